/// `sluice-worker [--staging DIR] [--models BYTES] [--onnxruntime FILE] [--train] [--formats]`; called only by the supervisor.
struct WorkerArguments {
    /// The one directory to write below; a worker that only looks at pictures needs none.
    var staging: String?
    /// Bytes of models that it may keep between jobs; nil: it runs none.
    var models: UInt64?
    /// The library that runs them; nil: where it is usually found.
    var onnxRuntime: String?
    /// Whether it is to train classifiers.
    var trains = false
    /// Whether it is to tell which formats it reads and writes: that opens all libraries.
    var tellsFormats = false
    /// What to try that is forbidden, in debug builds.
    var attempt: String?

    init(_ arguments: [String]) {
        var rest = arguments.dropFirst()
        while let name = rest.popFirst() {
            switch name {
            case "--staging": staging = rest.popFirst()
            case "--models": models = rest.popFirst().flatMap { UInt64($0) }
            case "--onnxruntime": onnxRuntime = rest.popFirst()
            case "--train": trains = true
            case "--formats": tellsFormats = true
            case "--try": attempt = rest.popFirst()
            default: printError("does not know '\(name)'")
            }
        }
    }
}
