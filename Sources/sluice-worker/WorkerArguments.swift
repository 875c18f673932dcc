/// `sluice-worker [--staging DIR]`; the supervisor is the only one who calls it.
struct WorkerArguments {
    /// The one directory to write below; a worker that only looks at pictures needs none.
    var staging: String?
    /// What to try that is forbidden, in debug builds.
    var attempt: String?

    init(_ arguments: [String]) {
        var rest = arguments.dropFirst()
        while let name = rest.popFirst() {
            switch name {
            case "--staging": staging = rest.popFirst()
            case "--try": attempt = rest.popFirst()
            default: complain("does not know '\(name)'")
            }
        }
    }
}
