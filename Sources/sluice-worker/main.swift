import Glibc
import Imaging
import Jobs
import LinuxIO
import Vips
import WorkerProtocol

// The worker: takes requests from standard input, runs one job at a time, answers on standard output. It dies with the
// supervisor's thread that started it, and when its standard input closes.

dieWithParent()
let arguments = WorkerArguments(CommandLine.arguments)
// While libraries can be found.
let models = ModelStore(keeping: arguments.models, library: arguments.onnxRuntime)
let trainer = Trainer(isNeeded: arguments.trains)
let confinement: ConfinementReport
do {
    confinement = try confine(staging: arguments.staging)
} catch {
    printError("\(error)")
    exit(73)
}
#if DEBUG
    if let attempt = arguments.attempt { exit(tryForbidden(attempt, confinement)) }
#endif
// Standard output is the protocol's alone: whatever a library prints goes to standard error.
let answers = dup(STDOUT_FILENO)
guard answers >= 0, dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 else { exit(71) }
_ = fcntl(answers, F_SETFD, FD_CLOEXEC)
boundMemoryAllocator()
boundThreadMemory()

do {
    try VipsRuntime.start()
} catch {
    printError("\(error)")
    exit(69)
}

var worker = Worker(requests: STDIN_FILENO, answers: answers, models: models, trainer: trainer)
var libraries = ["libvips": VipsRuntime.version]
if let engine = models.engine { libraries["models"] = engine }
if let version = trainer.version { libraries["liblinear"] = version }
do {
    try worker.greet(
        WorkerGreeting(
            libraries: libraries, confinement: confinement,
            formats: arguments.tellsFormats ? formatsOfThisWorker() : nil, engineFault: models.fault,
            trainingFault: trainer.fault))
    try worker.serve()
} catch {
    printError("\(error)")
    exit(70)
}

/// What libvips has found in its modules, from inside the confinement.
private func formatsOfThisWorker() -> [FormatSupport] {
    VipsRuntime.formats.map { FormatSupport(name: $0.format.rawValue, reads: $0.reads, writes: $0.writes) }
}
