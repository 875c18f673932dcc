import CLinux
import Glibc
import LinuxIO
import WorkerProtocol

/// Takes from this process what a decoder has no business with, piece by piece; where the kernel lacks a piece it
/// carries on without it and says so. First thing in `main`: Landlock and no_new_privs hold for the threads that this
/// one starts, and there is no other yet.
///
/// - Parameter staging: the one directory to write below.
/// - Throws: `SystemCallError` when the staging directory cannot be opened: no job could be done.
func confine(staging: String?) throws -> ConfinementReport {
    let directory = try staging.map { try openPath($0, O_DIRECTORY) }
    // SLUICE_SANDBOX=off is for debugging with a debugger or strace. The greeting reports it.
    if getenv("SLUICE_SANDBOX").map({ String(cString: $0) }) == "off" {
        let off = ConfinementReport.Piece.missing("SLUICE_SANDBOX=off")
        return ConfinementReport(
            descriptors: off, limits: off, noNewPrivileges: off, landlock: off, landlockABI: landlockABI(),
            seccomp: off, staging: staging, isSwitchedOff: true)
    }
    let descriptors = closeInherited(except: directory)
    // Opened while that is possible.
    CostMeter.openFiles()
    let limits = limitSelf()
    let noNewPrivileges = attempt("no privilege gain through execve") { sluice_no_new_privileges() }
    let landlock = landlock(staging: directory)
    // Last: it refuses what the others need.
    let seccomp = attempt("sockets, other processes, new programs, mounts, keys etc. are blocked") {
        sluice_refuse_system_calls()
    }
    return ConfinementReport(
        descriptors: descriptors, limits: limits, noNewPrivileges: noNewPrivileges, landlock: landlock,
        landlockABI: landlockABI(), seccomp: seccomp, staging: staging)
}

/// Asks the kernel for SIGKILL when the supervisor's thread that started this worker ends; a decoder may be deep in a
/// picture and not see its standard input close.
func dieWithParent() {
    let parent = getppid()
    _ = sluice_die_with_parent(SIGKILL)
    // It may have gone before the kernel knew.
    if getppid() != parent { exit(0) }
}

func printError(_ text: String) {
    try? Wire.write(Array("sluice-worker: \(text)\n".utf8), to: STDERR_FILENO, subject: "standard error")
}

// MARK: Pieces

private func attempt(_ words: String, _ call: () -> Int32) -> ConfinementReport.Piece {
    call() == 0 ? .holds(words) : .missing(reason(errno))
}

func reason(_ code: Int32) -> String {
    switch code {
    case ENOSYS: "this kernel does not support it"
    case EOPNOTSUPP: "it is disabled in this kernel"
    default: String(cString: strerror(code))
    }
}

/// A path to hang a rule on; it cannot be read through. Throws SystemCallError.
func openPath(_ path: String, _ flags: Int32 = 0) throws -> Descriptor {
    let number = sluice_openat(AT_FDCWD, path, SLUICE_O_PATH | O_CLOEXEC | flags, 0)
    guard number >= 0 else { throw SystemCallError("open", path) }
    return Descriptor(owning: number)
}

/// Closes what the supervisor, or who started it, has left open for its children: a journal, a socket.
private func closeInherited(except kept: Descriptor?) -> ConfinementReport.Piece {
    let words = "all but standard input, output and error closed"
    guard let kept, kept.number > 2 else {
        return sluice_close_from(3) == 0 ? .holds(words) : closeOneByOne(except: nil, words)
    }
    for number in 3..<max(3, kept.number) { close(number) }
    return sluice_close_from(UInt32(kept.number) + 1) == 0 ? .holds(words) : closeOneByOne(except: kept, words)
}

/// Before Linux 5.9.
private func closeOneByOne(except kept: Descriptor?, _ words: String) -> ConfinementReport.Piece {
    guard let list = opendir("/proc/self/fd") else { return .missing("neither close_range nor /proc") }
    defer { closedir(list) }
    var open: [Int32] = []
    while let entry = readdir(list) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if let number = Int32(name) { open.append(number) }
    }
    for number in open where number > 2 && number != dirfd(list) && number != kept?.number { close(number) }
    return .holds(words)
}

/// Descriptors that a worker may have open. A job takes those that come with it, and a handful in libraries.
private let mostOpen: UInt64 = 256

/// A crash is attributed by the supervisor; a core file with a customer's picture would not help. There is no limit on
/// the size of files: a picture spilled to staging may rightly take many gigabytes.
private func limitSelf() -> ConfinementReport.Piece {
    guard sluice_limit_self(Int32(RLIMIT_CORE.rawValue), 0, 1) == 0,
        sluice_limit_self(Int32(RLIMIT_NOFILE.rawValue), mostOpen, 1) == 0
    else { return .missing(reason(errno)) }
    return .holds("no core files, \(mostOpen) descriptors, CPU time per job")
}

/// Ends this worker when a job takes more CPU than `seconds` of wall-clock time can give it. The supervisor's time-out
/// comes first, unless it hangs. Of the soft limit alone, so that the next job can have its own.
func limitCPU(seconds: Double) {
    var used = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used)
    let allowed = min(max(seconds, 0), 1e9) * Double(onlineProcessors()) + 5
    _ = sluice_limit_self(Int32(RLIMIT_CPU.rawValue), UInt64(used.tv_sec) + UInt64(allowed.rounded(.up)), 0)
}
