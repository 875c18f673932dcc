import Admission
import ArgumentParser
import Glibc
import Jobs
import LinuxIO
import Pipeline
import Places
import Run
import Schema
import Text

struct Process: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a pipeline over a directory once.",
        discussion: """
            Processes every file below DIR. Results appear below OUT in the same sub-folders, each with a \
            sidecar JSON. Sources stay where they are. A second run does only what is new or changed. Ctrl-C \
            finishes the pictures in progress and stops; the next run continues from there.

            With --shard K/N, a run processes the K-th of N parts of the sources, divided the same way on every \
            machine. The runs of all N parts fill one OUT, at the same time if you like, with the files that a \
            single run would have made. 'auto' takes K and N from the variables of a Slurm array; 'auto/N' takes \
            K from a Slurm array with tasks from 1, a Kubernetes indexed job or GNU parallel.

            Hidden files, what programs leave beside pictures, and places like '#recycle' and 'lost+found' are passed \
            over, as is what --ignore and the '.sluiceignore' files in DIR name, and every outbox of Sluice. Patterns \
            are those of a .gitignore: 'raw/' is a folder of that name anywhere, '/2019/*.png' begins at DIR, and \
            '!#recycle' brings back.

            Examples: sluice process ~/Pictures/2026 --pipeline web --out ~/web
                      sluice process /nas/2026 --pipeline web --out /nas/web --shard 2/4
            """)

    @Argument(help: ArgumentHelp("The directory with the sources.", valueName: "dir"), completion: .directory)
    var directory: String

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("A pipeline's name ('web') or file ('my.yaml').", valueName: "name|file"))
    var pipeline: String

    @Option(
        name: [.short, .customLong("out")], help: ArgumentHelp("The output directory.", valueName: "out"),
        completion: .directory)
    var output: String

    @OptionGroup
    var memory: MemoryOptions

    @OptionGroup
    var engine: EngineOption

    @Flag(inversion: .prefixedNo, help: "Whether to include sub-folders.")
    var recursive = true

    @Option(
        help: ArgumentHelp(
            "Pass over what a pattern names, as in a .gitignore; repeatable, the last one that matches wins.",
            valueName: "pattern"))
    var ignore: [String] = []

    @Option(help: ArgumentHelp("Process only one of N parts of the sources.", valueName: "k/n|auto|auto/n"))
    var shard: ShardChoice?

    @Flag(help: "Process everything again, and replace files in OUT whoever made them.")
    var overwrite = false

    @Flag(help: "Skip what was done before, even if its results are no longer in OUT.")
    var onlyNew = false

    @Option(
        help: ArgumentHelp(
            "What to do with files that are no pictures: leave them, copy them to OUT, or quarantine them as failures.",
            valueName: "leave|copy|quarantine"))
    var others: OthersRule?

    @Flag(name: [.customShort("n"), .long], help: "Show what would be done, without doing it.")
    var dryRun = false

    @Flag(
        help: """
            Print a summary as JSON to standard output; if the pipeline classifies, preceded by one line of JSON per picture \
            with its labels.
            """)
    var json = false

    @Flag(name: [.short, .long], help: "Show no progress, only failures.")
    var quiet = false

    func validate() throws {
        try refuseEmpty(["DIR": directory, "--out": output, "--pipeline": pipeline])
        if ignore.count > IgnorePattern.mostPatterns {
            throw ValidationError(
                "--ignore is given \(ignore.count) times; the maximum is \(IgnorePattern.mostPatterns)")
        }
        _ = try patterns()
    }

    private func patterns() throws -> [IgnorePattern] {
        try ignore.map { text in
            do {
                return try IgnorePattern(text)
            } catch {
                throw ValidationError("--ignore: \(quoted(text)) \(error)")
            }
        }
    }

    func run() async throws {
        surviveClosedPipes()
        try await reportingErrors {
            var options = OneShot.Options(
                directory: directory, output: output, pipeline: try loadPipeline(pipeline))
            options.memory = memory.wishes
            options.onnxRuntime = engine.onnxruntime
            options.recursive = recursive
            if let others { options.pipeline.others = others }
            options.ignore = try patterns()
            options.shard = try shard?.shard { getenv($0).map { String(cString: $0) } }
            options.overwrite = overwrite
            options.onlyNew = onlyNew
            if !quiet { options.onNotice = { printError("\($0); see 'sluice doctor'") } }
            let run = try OneShot(options)
            if dryRun { try await forecast(run) } else { try await process(run) }
        }
    }

    private func process(_ run: OneShot) async throws {
        let tally = RunTally()
        let display = ProgressDisplay(tally: tally, quiet: quiet, cap: run.cap)
        let counting = Task {
            let count = try await run.count()
            tally.expect(count)
        }
        defer { counting.cancel() }
        let interrupted: Bool
        let tags = json && !run.options.pipeline.classifiers.isEmpty
        do {
            interrupted = try await run.run(
                onEvent: { event in
                    display.take(event)
                    // The reader may be gone; the work continues.
                    if tags, let line = TagLine(event) { try? Console.result(jsonText(line, onOneLine: true)) }
                }, onScanNotice: display.note, onMonitor: display.begin)
        } catch {
            display.end()
            throw error
        }
        display.end()
        let summary = tally.summary(
            output: run.options.output, quarantine: run.quarantinePath, shard: run.shardName,
            others: run.options.pipeline.others,
            passedOver: run.passedOver, interrupted: interrupted)
        if json {
            try Console.result(try summary.json(onOneLine: tags))
        } else if !quiet || summary.quarantined > 0 {
            try Console.result(summary.text)
        }
        if interrupted { throw ExitCode.interrupted }
        if summary.quarantined > 0 { throw ExitCode.someQuarantined }
        // A shard without sources is not an error.
        if summary.total == 0, try await run.hasNoSources() {
            printError("'\(directory)' holds no files to process")
            throw ExitCode.noInput
        }
    }

    /// Names of results; of a long document's the first and the last.
    private func shown(_ renditions: [RelativePath]) -> String {
        let most = 24
        guard renditions.count > most, let last = renditions.last else { return "\(renditions.map(\.text))" }
        return "\(renditions.prefix(most - 1).map(\.text)) … '\(last)' (\(renditions.count) files)"
    }

    private func forecast(_ run: OneShot) async throws {
        var counts = (process: 0, unchanged: 0, refused: 0)
        var others: [String: Int] = [:]
        let routed = run.route.map { " below '\($0)', once its placeholders are known" } ?? ""
        try await run.forecast(
            onScanNotice: { [quiet] notice, isFault in if isFault || !quiet { Console.line(notice) } }
        ) { path, forecast in
            switch forecast {
            case .process(let renditions, let plan):
                counts.process += 1
                if !quiet, !json {
                    try Console.result(
                        "would process \(path) (about \(mebibytes(plan.estimate)), \(plan.way.rawValue)) → \(shown(renditions))\(routed)"
                    )
                }
            case .unchanged:
                counts.unchanged += 1
            case .other(let kind):
                others[kind, default: 0] += 1
                if !quiet, !json, run.options.pipeline.others == .copy {
                    try Console.result("would copy \(path)")
                }
            case .refused(let error):
                counts.refused += 1
                if !json { try Console.result("would refuse \(path): \(error.code.rawValue): \(error.message)") }
            }
        }
        if json {
            try Console.result(
                #"{"dryRun":true,"process":\#(counts.process),"unchanged":\#(counts.unchanged),"#
                    + #""others":\#(others.values.reduce(0, +)),"refuse":\#(counts.refused),"#
                    + #""passedOver":\#(run.passedOver.files),"passedOverFolders":\#(run.passedOver.folders)"#
                    + (run.shardName.map { #","shard":"\#($0)""# } ?? "") + "}"
            )
        } else {
            try Console.result(
                (run.shardName.map { "shard \($0): " } ?? "")
                    + "\(counts.process) to process, \(counts.unchanged) unchanged, \(counts.refused) to refuse"
                    + (others.isEmpty ? "" : "; no pictures: \(countedKinds(others))"))
            if let words = run.passedOver.words { try Console.result(words) }
        }
    }
}

/// `leave`, `copy` or `quarantine`: one-shot runs archive nothing.
extension OthersRule: ExpressibleByArgument {
    static var allValueStrings: [String] { ["leave", "copy", "quarantine"] }

    init?(argument: String) {
        guard let rule = OthersRule(rawValue: argument), rule != .archive else { return nil }
        self = rule
    }
}

extension ShardChoice: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }
}

/// `192MiB`, `1G`, `1048576`.
struct ByteCount: ExpressibleByArgument {
    let bytes: UInt64

    init?(argument: String) {
        guard let bytes = Measure.bytes(argument) else { return nil }
        self.bytes = bytes
    }
}
