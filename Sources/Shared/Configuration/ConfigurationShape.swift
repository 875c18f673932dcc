import Jobs
import Pipeline
import Schema
import Text

/// A configuration file as YAML, before its paths are put together.
struct ConfigurationDraft: Sendable {
    struct Inbox: Sendable {
        var path = ""
        var pipeline: LoadedPipeline?
        var after: Disposal?
        var others: OthersRule?
        var settle: Double = 2
        var settleOther: Double = 5
        var settleEmpty: Double = 60
        var writerLimit: Double = 600
        var priority = 0
        var ignore: [IgnorePattern] = []
        var scanEvery: Double = 60
        var outbox: String?
        /// Of the path's value, for faults about where it lies.
        var place = Place.start
    }
    struct LoadedPipeline: Sendable {
        var pipeline: Pipeline
        var file: String
    }
    struct Memory: Sendable {
        var cap: UInt64?
    }
    struct Spill: Sendable {
        var limit: UInt64?
    }
    struct Models: Sendable {
        var runtime: String?
    }

    var root: String?
    var inboxes: [(name: String, value: Inbox)] = []
    var inbox: String?
    var pipeline: LoadedPipeline?
    var outbox = "outbox"
    var archive = "archive"
    var quarantine = "quarantine"
    var staging: String?
    var journal = "journal.sqlite"
    var memory = Memory()
    var spill = Spill()
    var workers: Int?
    var attempts = 3
    var drain: Double = 30
    var models = Models()
    var http = Configuration.HTTP()
    var history = Configuration.History()
}

extension Shape<ConfigurationDraft> {
    /// `check` gets what the keys held, to look at the places together.
    static func configuration(check: @escaping Check) -> Shape {
        .object(
            "a map that starts with 'version: 1'", initial: ConfigurationDraft(),
            keys: placeKeys + workKeys, check: check
        )
        .alsoRequiring("oneOf", [["required": ["inboxes"]], ["required": ["inbox", "pipeline"]]])
    }

    private static let placeKeys: [Key<ConfigurationDraft>] = [
        Key(checked: "version", .version, required: true, "Version of the format; always 1."),
        Key(
            "root", \.root, .path,
            "Base for relative paths, itself relative to this file; default: this file's directory."),
        Key("inboxes", \.inboxes, .inboxes, "The directories to watch, by name."),
        Key("inbox", \.inbox, .path, "Shorthand for a single inbox, with 'pipeline'."),
        Key("pipeline", \.pipeline, .pipelineName, "The pipeline of 'inbox'."),
        Key("outbox", \.outbox, .path, "Where renditions and sidecars appear."),
        Key("archive", \.archive, .path, "Where sources go after success."),
        Key("quarantine", \.quarantine, .path, "Where failed sources go, each with its error file."),
        Key(
            "staging", \.staging, .path,
            "Where renditions are written before they appear in the outbox, on its file system; default: .staging "
                + "beside the outbox."),
        Key("journal", \.journal, .path, "The database file that records all jobs."),
    ]

    private static let workKeys: [Key<ConfigurationDraft>] = [
        Key("memory", \.memory, .memory, "Memory limit for all processes together."),
        Key("spill", \.spill, .spill, "Limit for files in staging that hold what does not fit into memory."),
        Key("workers", \.workers, .workers, "Number of worker processes; auto chooses by processors and memory."),
        Key("attempts", \.attempts, .integer(1...20), "How often a source is tried before it is quarantined."),
        Key("drain", \.drain, .duration(), "How long a shutdown waits for running jobs."),
        Key("history", \.history, .history, "How long the journal keeps finished jobs."),
        Key("models", \.models, .models, "How models are run."),
        Key("http", \.http, .http, "Status page, health check and metrics, for 'sluice watch'."),
    ]
}

extension Shape<Int> {
    /// `auto` gives 0.
    fileprivate static let workers = Shape(
        expected: "a whole number from 1 to 256, or auto",
        schema: ["anyOf": [["const": "auto"], Shape<Int>.integer(1...256).schema]],
        read: { node, reading in
            if case .scalar("auto", _) = node.content { return 0 }
            guard case .scalar(let text, quoted: false) = node.content, let count = Int(text), (1...256).contains(count)
            else {
                wrongKind(node, expected: "a whole number from 1 to 256, or auto", &reading)
                return nil
            }
            return count
        })
}

extension Shape<ConfigurationDraft.Memory> {
    fileprivate static let memory = Shape.object(
        "a map of cap", initial: ConfigurationDraft.Memory(),
        keys: [
            Key(
                "cap", \.cap,
                Shape<UInt64>.size.refused { cap in
                    guard cap < MemoryGrant.smallestCap else { return nil }
                    let least = Measure.describe(bytes: MemoryGrant.smallestCap)
                    return
                        "\(Measure.describe(bytes: cap)) is too small: the supervisor needs 10MiB, a worker 9MiB and "
                        + "its job 37MiB; set \(least) or more"
                },
                "Supervisor and workers together, not counting page cache; at least 56MiB. Default: three quarters of "
                    + "what the machine or its container has, at most 512MiB.")
        ])
}

extension Shape<ConfigurationDraft.Spill> {
    fileprivate static let spill = Shape.object(
        "a map of limit", initial: ConfigurationDraft.Spill(),
        keys: [
            Key(
                "limit", \.limit, .sizeOrNone,
                "Total for all jobs, 0 for none. Default: half of the free space on staging's "
                    + "file system at startup, at most 64GiB.")
        ])
}

extension Shape<Configuration.History> {
    fileprivate static let history = Shape.object(
        "a map of age and jobs", initial: Configuration.History(),
        keys: [
            Key("age", \.age, .duration(0...3_153_600_000), "Jobs that finished longer ago are removed."),
            Key("jobs", \.jobs, .integer(0...100_000_000), "If there are more, the oldest are removed."),
        ])
}

extension Shape<ConfigurationDraft.LoadedPipeline> {
    /// A name or a file; loaded where the reading can do it.
    fileprivate static let pipelineName = Shape<String>.text("a pipeline's name or file").map {
        name, node, reading -> ConfigurationDraft.LoadedPipeline? in
        guard let finder = reading[PipelineFinder.self] else { return nil }
        do throws(ConfigurationFaults) {
            let loaded = try finder.load(name)
            return ConfigurationDraft.LoadedPipeline(pipeline: loaded.0, file: loaded.file)
        } catch {
            if let only = error.faults.first, error.faults.count == 1, only.line == 0 {
                reading.fault(node.place, "\(quoted(name)): \(only.message)")
            } else {
                let count = error.faults.count
                reading.fault(node.place, "\(quoted(name)) has \(counted(count, "fault")), listed below")
                reading.elsewhere += error.faults
            }
            return nil
        }
    }
}

extension Shape<[(name: String, value: ConfigurationDraft.Inbox)]> {
    fileprivate static let inboxes = Shape.names(
        to: .inbox, called: "a map of inboxes (name: { path: inbox, pipeline: web })")
}

extension Shape<ConfigurationDraft.Inbox> {
    fileprivate static let inbox = Shape.object(
        "a map of path and pipeline", initial: ConfigurationDraft.Inbox(),
        keys: [
            Key("path", \.located, .locatedPath, required: true, "The directory, relative to root."),
            Key(
                "pipeline", \.pipeline, .pipelineName, required: true,
                "A pipeline's name, or its file relative to this file."),
            Key("after", \.after, .word, "What to do with sources afterwards; default: what the pipeline says."),
            Key(
                "others", \.others, .word,
                "What to do with files that are no pictures; default: what the pipeline says."),
            Key(
                "settle", \.settle, .duration(0...31_536_000),
                "How long a file must be quiet after a rename into the inbox or a close by its writer; 0s if only complete "
                    + "files are renamed into it."),
            Key(
                "settle-other", \.settleOther, .duration(0...31_536_000),
                "How long a file must be quiet after any other change."),
            Key(
                "settle-empty", \.settleEmpty, .duration(0...31_536_000),
                "How long an empty file must be quiet: some clients create it first and fill it later."),
            Key(
                "writer-limit", \.writerLimit, .duration(0...31_536_000),
                "How long a file still open for writing must be unchanged before it is taken anyway."),
            Key(
                "priority", \.priority, .integer(-100...100),
                "Inboxes with a higher priority go first; equal ones take turns."),
            Key(
                "ignore", \.ignore, .ignorePatterns,
                "What to pass over, besides the usual temporary names: patterns as in a .gitignore file, from the inbox on; "
                    + "'!' before one brings back."),
            Key("scan-every", \.scanEvery, .duration(1...86_400), "Time between full scans."),
            Key(
                "outbox", \.outbox, .subfolder,
                "Sub-folder in the outbox, archive and quarantine; default: the inbox's name if there are several."),
        ])
}

extension Shape<[IgnorePattern]> {
    fileprivate static let ignorePatterns = Shape.list(of: .ignorePattern, called: "a list of patterns ([\"*.bak\"])")
        .refused { patterns in
            patterns.count <= IgnorePattern.mostPatterns
                ? nil
                : "has \(patterns.count) patterns; the maximum is \(IgnorePattern.mostPatterns)"
        }
}

extension Shape<IgnorePattern> {
    fileprivate static let ignorePattern = Shape<String>.text("a pattern (*.bak)").map {
        text, node, reading -> IgnorePattern? in
        do {
            return try IgnorePattern(text)
        } catch {
            reading.fault(node.place, "\(quoted(text)) \(error)")
            return nil
        }
    }
}

/// A path with its place in the file.
private struct LocatedPath: Sendable {
    var path: String
    var place: Place
}

extension ConfigurationDraft.Inbox {
    fileprivate var located: LocatedPath {
        get { LocatedPath(path: path, place: place) }
        set { (path, place) = (newValue.path, newValue.place) }
    }
}

extension Shape<LocatedPath> {
    fileprivate static let locatedPath = Shape<String>.path.map { path, node, _ -> LocatedPath? in
        LocatedPath(path: path, place: node.place)
    }
}

extension Shape<String> {
    /// Below a directory, without leaving it.
    fileprivate static let subfolder = text("a sub-folder").refused { text in
        RelativePath(text) == nil ? "\(quoted(text)) is not a sub-folder; write it as 'photos' or 'photos/2024'" : nil
    }
}

extension Shape<ConfigurationDraft.Models> {
    fileprivate static let models = Shape.object(
        "a map of runtime", initial: ConfigurationDraft.Models(),
        keys: [
            Key(
                "runtime", \.runtime, .path,
                "The library of ONNX Runtime, relative to this file; default: the system's, or the one beside "
                    + "sluice-worker.")
        ])
}
