import Admission
import ArgumentParser
import Check
import Configuration
import Engine
import Glibc
import LinuxIO
import Models
import Pipeline
import Run
import Schema
import Text

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Validate pipelines, configurations and model descriptions.",
        discussion: """
            Prints every fault with file, line and column, and warns of likely mistakes. Models that are named \
            are loaded and run once, in a worker. Exits with 78 if there is a fault.
            """)

    @Argument(help: ArgumentHelp("YAML files or pipeline names.", valueName: "file"), completion: .file())
    var files: [String]

    @Option(
        help: ArgumentHelp(
            "Memory for all processes together when it runs, e.g. 192MiB (default: as for process).",
            valueName: "size"))
    var memoryCap: ByteCount?

    @OptionGroup
    var engine: EngineOption

    @Flag(help: "Print the faults as JSON to standard output.")
    var json = false

    @Flag(name: [.short, .long], help: "Print nothing for files that are OK.")
    var quiet = false

    func validate() throws {
        try refuseEmpty(Dictionary(files.map { ("FILE", $0) }) { $0.isEmpty ? $0 : $1 })
    }

    func run() async throws {
        try await reportingErrors { try await check() }
    }

    private func check() async throws {
        var faults: [Fault] = []
        for file in files {
            do {
                let path = try PipelineLoader.find(name: file, directories: pipelineDirectories())
                let words = try await check(path)
                if !quiet, !json { try Console.result("\(path): \(words)") }
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

    /// The message for a file without faults. Throws ConfigurationFaults, WorkerMissing.
    private func check(_ path: String) async throws -> String {
        switch YAMLKind.guess(path: path) {
        case .pipeline:
            let pipeline = try PipelineLoader.load(path: path, digest: digestOfFile)
            try await FormatCheck.require([pipeline])
            try await check(pipeline.models)
            warn(of: [pipeline], in: path)
            return "pipeline '\(pipeline.name)' is OK: \(counted(pipeline.stages.count, "stage")), "
                + "renditions \(pipeline.resultNames.joined(separator: ", "))"
        case .configuration:
            let configuration = try Configuration.load(
                path: path, pipelineDirectories: pipelineDirectories(), digest: digestOfFile)
            try await FormatCheck.require(configuration.inboxes.map(\.pipeline))
            try await check(
                configuration.inboxes.flatMap(\.pipeline.models), MemoryWishes(configuration),
                staging: configuration.staging, onnxRuntime: configuration.onnxRuntime)
            warn(of: configuration.inboxes.map(\.pipeline), in: path)
            return "configuration is OK: inboxes "
                + configuration.inboxes.map { "\($0.name) (\($0.pipeline.name))" }.joined(separator: ", ")
        case .model:
            let model = try ModelLoader.load(path: path, digest: digestOfFile)
            guard let found = try await check([model]).first else { return "model is OK" }
            return "model is OK: outputs \(found.outputs.joined(separator: ", ")) with \(found.engine); uses "
                + "\(mebibytes(found.memory)) of memory, \(mebibytes(found.peakMemory)) at peak"
        }
    }

    /// To standard error; a warning is not a fault.
    private func warn(of pipelines: [Pipeline], in path: String) {
        for pipeline in pipelines {
            for warning in pipeline.warnings {
                Console.line("\(path): warning: pipeline '\(pipeline.name)': \(warning)")
            }
        }
    }

    @discardableResult
    private func check(
        _ models: [ModelDescription], _ wishes: MemoryWishes = MemoryWishes(), staging: String = ".",
        onnxRuntime: String? = nil
    ) async throws -> [ModelCheck.Found] {
        guard !models.isEmpty else { return [] }
        var wishes = wishes
        if let memoryCap { wishes.cap = memoryCap.bytes }
        let cap = try MemorySettings.forChecks(wishes, on: .here(staging: staging))
        let scratch = try ScratchDirectory("sluice-check")
        defer { withExtendedLifetime(scratch) {} }
        let place = ModelPlace(
            onnxRuntime: onnxRuntime ?? engine.onnxruntime, directory: scratch.directory.path, spill: cap.spill)
        let check = try await ModelCheck(models, budget: cap.budget, place)
        if !check.faults.isEmpty { throw ConfigurationFaults(check.faults) }
        return check.found
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
