package import Pipeline
package import Text

/// What `sluice watch` serves: inboxes with their pipelines, and where everything goes. All paths are absolute.
///
/// Read from YAML, or made in code by `process`.
package struct Configuration: Sendable, Equatable {
    /// A directory that is watched.
    package struct Inbox: Sendable, Equatable {
        package var name: String
        package var path: String
        /// `after` is the inbox's own where it has one.
        package var pipeline: Pipeline
        /// Where the pipeline was read, to read it again; empty where it was made in code.
        package var pipelineFile: String
        /// Seconds that a source must be quiet after a rename into the inbox or a close by its writer.
        package var settle: Double = 2
        /// Seconds that it must be quiet after any other change.
        package var settleOther: Double = 5
        /// Seconds that an empty file must be quiet: some clients create it first and fill it later.
        package var settleEmpty: Double = 60
        /// Seconds that a source still open for writing must be unchanged before it is taken anyway.
        package var writerLimit: Double = 600
        /// Inboxes with a higher priority go first; equal ones take turns.
        package var priority: Int = 0
        /// What is left alone, besides the built-in places and names; with `!`, what of those is not.
        package var ignore: [IgnorePattern] = []
        /// Seconds between two scans.
        package var scanEvery: Double = 60
        /// Below outbox, archive and quarantine; empty for none.
        package var subfolder: String = ""

        package init(name: String, path: String, pipeline: Pipeline, pipelineFile: String = "") {
            self.name = name
            self.path = path
            self.pipeline = pipeline
            self.pipelineFile = pipelineFile
        }
    }

    /// The status page, health and metrics.
    package struct HTTP: Sendable, Equatable {
        /// Nil: only on sockets that a service manager passes.
        package var listen: ListenAddress?
        /// Its first line is what clients have to know. Absolute.
        package var tokenFile: String?

        package init(listen: ListenAddress? = nil, tokenFile: String? = nil) {
            self.listen = listen
            self.tokenFile = tokenFile
        }
    }

    /// At least one.
    package var inboxes: [Inbox]
    package var outbox: String
    package var archive: String
    package var quarantine: String
    /// On the outbox's file system.
    package var staging: String
    /// A file.
    package var journal: String
    /// Bytes; nil takes the default for this machine.
    package var memoryCap: UInt64?
    /// Worker processes; nil lets Sluice choose.
    package var workers: Int?
    /// How often a source is tried before it goes to quarantine.
    package var attempts: Int = 3
    /// Seconds that a stop waits for running jobs.
    package var drain: Double = 30
    package var http = HTTP()
    /// The library that runs models, absolute; nil: where it is usually found.
    package var onnxRuntime: String?
    package var history = History()

    /// What the journal keeps of jobs that have ended.
    package struct History: Sendable, Equatable {
        /// Seconds.
        package var age: Double = 90 * 86_400
        package var jobs: Int = 100_000

        package init() {}
    }

    /// Bytes that jobs may have in files in staging together, where memory has no room; 0: none, nil: the default for
    /// this machine.
    package var spillLimit: UInt64?

    package init(
        inboxes: [Inbox], outbox: String, archive: String, quarantine: String, staging: String, journal: String
    ) {
        self.inboxes = inboxes
        self.outbox = outbox
        self.archive = archive
        self.quarantine = quarantine
        self.staging = staging
        self.journal = journal
    }
}
