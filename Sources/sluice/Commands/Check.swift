import ArgumentParser
import Glibc
import PipelineModel

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Validate pipelines and configurations.",
        discussion: "Prints every fault with file, line and column. Exit code 78 when there is one.")

    @Argument(help: ArgumentHelp("YAML files, or names of pipelines.", valueName: "file"), completion: .file())
    var files: [String]

    @Flag(help: "Print the faults as JSON to standard output.")
    var json = false

    @Flag(name: [.short, .long], help: "Say nothing of files that are in order.")
    var quiet = false

    func run() async throws {
        try await reportingErrors { try check() }
    }

    private func check() throws {
        var faults: [Fault] = []
        for file in files {
            do {
                let path = try PipelineLoader.find(name: file, directories: pipelineDirectories())
                switch YAMLKind.guess(path: path) {
                case .pipeline:
                    let pipeline = try PipelineLoader.load(path: path, digest: digestOfFile)
                    if !quiet, !json {
                        try Console.result(
                            "\(path): pipeline '\(pipeline.name)' is in order: \(pipeline.stages.count) stages, "
                                + "renditions \(pipeline.renditions.map(\.name).joined(separator: ", "))")
                    }
                case .configuration:
                    let configuration = try Configuration.load(
                        path: path, pipelineDirectories: pipelineDirectories(), digest: digestOfFile)
                    if !quiet, !json {
                        try Console.result(
                            "\(path): configuration is in order: inboxes "
                                + configuration.inboxes.map { "\($0.name) (\($0.pipeline.name))" }
                                .joined(separator: ", "))
                    }
                }
            } catch let found as ConfigurationFaults {
                faults += found.faults
            }
        }
        if json {
            try Console.result(try jsonText(faults.map(FaultLine.init)))
        } else {
            for fault in faults { Console.line("\(fault)") }
        }
        if !faults.isEmpty { throw ExitCode.badConfiguration }
    }
}

private struct FaultLine: Encodable {
    let file: String
    let line: Int
    let column: Int
    let path: String
    let message: String

    init(_ fault: Fault) {
        file = fault.file
        line = fault.line
        column = fault.column
        path = fault.path
        message = fault.message
    }
}
