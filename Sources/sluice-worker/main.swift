import Glibc
import Imaging
import LinuxIO
import WorkerProtocol

// The worker: takes requests from standard input, runs one job at a time, answers on standard output. It dies with the
// supervisor's thread that started it, and when its standard input closes.

dieWithParent()
// Standard output is the protocol's alone: whatever a library prints goes to standard error.
let answers = dup(STDOUT_FILENO)
guard answers >= 0, dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 else { exit(71) }
_ = fcntl(answers, F_SETFD, FD_CLOEXEC)
boundMemoryAllocator()
limitCoreDumps()

do {
    try VipsRuntime.start()
} catch {
    complain("\(error)")
    exit(69)
}
let libraries = ["libvips": VipsRuntime.version]

var worker = Worker(requests: STDIN_FILENO, answers: answers)
do {
    try worker.greet(libraries: libraries)
    try worker.serve()
} catch {
    complain("\(error)")
    exit(70)
}
