import CLinux
import Glibc
import LinuxIO

/// Asks the kernel for SIGKILL when the supervisor's thread that started this worker ends; a decoder may be deep in a
/// picture and not see its standard input close.
func dieWithParent() {
    let parent = getppid()
    _ = sluice_die_with_parent(SIGKILL)
    // It may have gone before the kernel knew.
    if getppid() != parent { exit(0) }
}

/// A crash is attributed by the supervisor; a core file of a customer's picture helps nobody.
func limitCoreDumps() { _ = sluice_prlimit(0, Int32(RLIMIT_CORE.rawValue), 0, 0) }

func complain(_ text: String) {
    try? Wire.write(Array("sluice-worker: \(text)\n".utf8), to: STDERR_FILENO, subject: "standard error")
}
