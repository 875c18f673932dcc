import ArgumentParser
import Engine
import Glibc
import LinuxIO
import Models
import Training

struct Train: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a model on your own pictures: one folder per label.",
        discussion: """
            DIR holds one folder per label, with pictures in it: DIR/cat/1.jpg, DIR/dog/2.jpg. One picture per \
            label is enough to start; five give a first impression, twenty are good. It writes the model \
            (model.yaml, model.safetensors, model.labels.txt) and, in model.report/, how good it is: every \
            picture is judged by a model that has not seen it. The pictures' features are kept in \
            model.training/, so Ctrl-C, a crash or new pictures cost none of the work already done.

            Files that are not pictures or cannot be read are listed and skipped.

            Example: sluice train ~/labelled --out kinds.yaml --backbone mobilenet.yaml
            Then:    stages: [ { classify: { model: kinds.yaml } } ]
            """)

    @Argument(
        help: ArgumentHelp("The directory with one folder of pictures per label.", valueName: "dir"),
        completion: .directory)
    var directory: String

    @Option(
        name: [.short, .customLong("out")],
        help: ArgumentHelp("The model description to write.", valueName: "model.yaml"),
        completion: .file(extensions: ["yaml", "yml"]))
    var output: String

    @Option(
        help: ArgumentHelp(
            "Description of a network that outputs an embedding (default: the built-in descriptor).",
            valueName: "model.yaml"),
        completion: .file(extensions: ["yaml", "yml"]))
    var backbone: String?

    @Option(
        help: ArgumentHelp(
            "Label pictures whose best score is lower 'unknown': 0 to 1.", valueName: "score"))
    var minScore: Double?

    @Option(help: ArgumentHelp("Number of cross-validation folds, 2 to 20.", valueName: "n"))
    var folds = 5

    @OptionGroup
    var memory: MemoryOptions

    @OptionGroup
    var engine: EngineOption

    @Flag(help: "Replace existing files at --out, whoever made them.")
    var overwrite = false

    @Flag(inversion: .prefixedNo, help: "Whether to keep the pictures' features for the next training.")
    var keepFeatures = true

    @Flag(help: "Print the report as JSON to standard output.")
    var json = false

    @Flag(name: [.short, .long], help: "Show no progress, only failures and the result.")
    var quiet = false

    func validate() throws {
        try refuseEmpty(["DIR": directory, "--out": output, "--backbone": backbone])
        if !(2...20).contains(folds) { throw ValidationError("--folds must be a number from 2 to 20, not \(folds).") }
        if let minScore, !(0...1).contains(minScore) {
            throw ValidationError("--min-score must be a number from 0 to 1, not \(minScore).")
        }
    }

    func run() async throws {
        surviveClosedPipes()
        try await reportingErrors { try await train() }
    }

    private func train() async throws {
        var options = TrainingRun.Options(directory: directory, out: output)
        if let backbone {
            options.backbone = try ModelLoader.load(path: backbone, digest: digestOfFile)
            options.backboneName = backbone
        }
        options.minScore = minScore
        options.folds = folds
        options.memory = memory.wishes
        options.onnxRuntime = engine.onnxruntime
        options.overwrite = overwrite
        options.keepsFeatures = keepFeatures
        if !quiet {
            options.onNotice = { printError("\($0); see 'sluice doctor'") }
            options.onStep = { Console.line($0) }
        }
        let run = try await TrainingRun(options)
        guard let report = try await process(run) else {
            Console.line("Interrupted. Run the same command again to continue.")
            throw ExitCode.interrupted
        }
        if json { return try Console.result(jsonText(report)) }
        try Console.result(report.text(width: terminalWidth()))
        try Console.result("\n" + written(run.places))
    }

    private func process(_ run: TrainingRun) async throws -> TrainingReport? {
        let tally = RunTally()
        // Failures are reported with the result.
        let display = ProgressDisplay(tally: tally, quiet: quiet, cap: run.cap)
        let counting = Task {
            let count = try await run.count()
            tally.expect(count)
        }
        defer {
            counting.cancel()
            display.end()
        }
        return try await run.run(
            onEvent: { event in
                if case .quarantined = event { tally.take(event) } else { display.take(event) }
            },
            onMonitor: display.begin, onFeatures: display.end)
    }

    private func written(_ places: TrainingPlaces) -> String {
        var lines = [
            "Model:   \(places.path(places.description)), \(places.classifier), \(places.labels)",
            "Report:  \(places.path(places.report))/confusion.svg, report.json",
        ]
        if keepFeatures {
            lines.append("Kept:    \(places.path(places.work)), for the next training")
        }
        lines.append("Use it:  stages: [ { classify: { model: \(places.path(places.description)) } } ]")
        return lines.joined(separator: "\n")
    }

    /// Characters per line, if standard output is a terminal.
    private func terminalWidth() -> Int {
        var size = winsize()
        return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col >= 40 ? Int(size.ws_col) : 100
    }
}
