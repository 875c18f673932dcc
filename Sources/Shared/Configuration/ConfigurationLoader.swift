import Pipeline
package import Schema

extension Configuration {
    /// The configuration of a file. Pipelines are looked for in `Pipelines/` and `pipelines/` beside it, then in
    /// `pipelineDirectories`; their own faults come after the configuration's.
    package static func load(
        path: String, pipelineDirectories: [String], digest: @escaping FileDigest
    ) throws(ConfigurationFaults) -> Configuration {
        try load(
            yaml: ConfigurationText.read(path), file: path, directory: parentDirectory(path),
            pipelineDirectories: pipelineDirectories, digest: digest)
    }

    /// - Parameters:
    ///   - file: What faults call it.
    ///   - directory: Where relative paths start, and `Pipelines/` lies.
    package static func load(
        yaml: String, file: String, directory: String, pipelineDirectories: [String], digest: @escaping FileDigest
    ) throws(ConfigurationFaults) -> Configuration {
        let document = try YAMLDocument.parse(yaml, file: file)
        var reading = Reading(file: file, directory: directory, digest: digest)
        let directories = ["\(directory)/Pipelines", "\(directory)/pipelines"] + pipelineDirectories
        reading[PipelineFinder.self] = PipelineFinder(directory: directory, directories: directories, digest: digest)
        let shape = Shape<ConfigurationDraft>.configuration { draft, members, reading in
            check(draft, members, &reading)
        }
        let draft = try reading.reading(shape, document)
        return draft.configuration(directory: directory)
    }

    private static func check(_ draft: ConfigurationDraft, _ members: Members, _ reading: inout Reading) {
        if members.has("inboxes") {
            for key in ["inbox", "pipeline"] where members.has(key) {
                reading.fault(
                    members.keyPlace(of: key), at: key, "cannot be combined with 'inboxes'; remove one or the other")
            }
        } else if !members.has("inbox") {
            reading.fault(members.place, "needs 'inboxes', or 'inbox' and 'pipeline'")
        } else if !members.has("pipeline") {
            reading.fault(members.keyPlace(of: "inbox"), at: "inbox", "also needs 'pipeline'")
        }
        // Only what was read can be compared.
        guard members.areSound("root", "outbox", "archive", "quarantine", "staging", "journal", "inbox") else { return }
        draft.places(members, directory: reading.directory).check(&reading)
        checkSubfolders(draft, &reading)
    }

    private static func checkSubfolders(_ draft: ConfigurationDraft, _ reading: inout Reading) {
        var owners: [String: String] = [:]
        for (name, inbox) in draft.inboxes {
            let subfolder = draft.subfolder(of: name)
            if let owner = owners[subfolder] {
                reading.fault(
                    inbox.place, at: "inboxes.\(name).outbox",
                    "'\(subfolder)' is already used by inbox '\(owner)'")
            }
            owners[subfolder] = name
        }
    }
}

extension ConfigurationDraft {
    /// The inboxes, the short form's one too.
    private var allInboxes: [(name: String, value: Inbox)] {
        guard let inbox else { return inboxes }
        var short = Inbox()
        short.path = inbox
        short.pipeline = pipeline
        return [("inbox", short)]
    }

    fileprivate func subfolder(of name: String) -> String {
        guard let inbox = inboxes.first(where: { $0.name == name })?.value else { return "" }
        return inbox.outbox ?? (inboxes.count > 1 ? name : "")
    }

    fileprivate func places(_ members: Members, directory: String) -> ConfigurationPlaces {
        let paths = Paths(self, directory: directory)
        func named(_ key: String, _ path: String) -> ConfigurationPlaces.Named {
            .init(
                key: key, called: "the \(key)", path: path, place: members.place(of: key), isGiven: members.has(key))
        }
        return ConfigurationPlaces(
            inboxes: allInboxes.map { name, inbox in
                .init(
                    key: self.inbox == nil ? "inboxes.\(name).path" : "inbox",
                    called: self.inbox == nil ? "the inbox '\(name)'" : "the inbox",
                    path: paths.absolute(inbox.path),
                    place: self.inbox == nil ? inbox.place : members.place(of: "inbox"), isGiven: true)
            },
            roots: [
                named("outbox", paths.outbox), named("archive", paths.absolute(archive)),
                named("quarantine", paths.absolute(quarantine)), named("staging", paths.staging),
            ], journal: named("journal", paths.absolute(journal)))
    }

    fileprivate func configuration(directory: String) -> Configuration {
        let paths = Paths(self, directory: directory)
        let inboxes = allInboxes.compactMap { name, draft -> Configuration.Inbox? in
            guard let loaded = draft.pipeline else { return nil }
            var inbox = Configuration.Inbox(
                name: name, path: paths.absolute(draft.path), pipeline: loaded.pipeline, pipelineFile: loaded.file)
            if let after = draft.after { inbox.pipeline.after = after }
            if let others = draft.others { inbox.pipeline.others = others }
            inbox.settle = draft.settle
            inbox.settleOther = draft.settleOther
            inbox.settleEmpty = draft.settleEmpty
            inbox.writerLimit = draft.writerLimit
            inbox.priority = draft.priority
            inbox.ignore = draft.ignore
            inbox.scanEvery = draft.scanEvery
            inbox.subfolder = subfolder(of: name)
            return inbox
        }
        var configuration = Configuration(
            inboxes: inboxes, outbox: paths.outbox, archive: paths.absolute(archive),
            quarantine: paths.absolute(quarantine), staging: paths.staging, journal: paths.absolute(journal))
        configuration.memoryCap = memory.cap
        configuration.spillLimit = spill.limit
        configuration.workers = workers == 0 ? nil : workers
        configuration.attempts = attempts
        configuration.drain = drain
        configuration.history = history
        configuration.onnxRuntime = models.runtime.map { absolutePath($0, in: directory) }
        configuration.http = http.located(root: paths.root, directory: directory)
        return configuration
    }

    /// Relative paths start at `root`, `root` at the file's directory.
    private struct Paths {
        let root: String
        let outbox: String
        let staging: String

        init(_ draft: ConfigurationDraft, directory: String) {
            let root = absolutePath(draft.root ?? ".", in: directory)
            self.root = root
            outbox = absolutePath(draft.outbox, in: root)
            // A rename out of staging must not cross file systems, so the default follows the outbox.
            staging = draft.staging.map { absolutePath($0, in: root) } ?? absolutePath("../.staging", in: outbox)
        }

        func absolute(_ path: String) -> String { absolutePath(path, in: root) }
    }
}

/// Finds pipelines by the names that a configuration gives them.
struct PipelineFinder: ReadingKey {
    static var initial: PipelineFinder? { nil }

    /// The configuration's own.
    let directory: String
    let directories: [String]
    let digest: FileDigest

    /// - Returns: the pipeline, and its file.
    func load(_ name: String) throws(ConfigurationFaults) -> (Pipeline, file: String) {
        let isFile = name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml")
        let found = try PipelineLoader.find(
            name: isFile ? absolutePath(name, in: directory) : name, directories: directories)
        let pipeline = try PipelineLoader.load(path: found, digest: digest)
        return (pipeline, file: found)
    }
}
