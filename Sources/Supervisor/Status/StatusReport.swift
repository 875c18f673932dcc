package import Jobs

/// A running supervisor's status, as sent over its socket. Paths as `escaped` writes them; times RFC 3339, UTC.
package struct SupervisorStatus: Codable, Sendable, Equatable {
    package enum State: String, Codable, Sendable {
        /// Nothing to do.
        case idle
        case running
        /// The environment is at fault; it tries again by itself.
        case paused
        /// Stopping: finishing running jobs.
        case draining
    }

    package struct Pause: Codable, Sendable, Equatable {
        package var reason: String
        package var since: String
        /// Nil: with the next source that comes.
        package var triesAgain: String?
    }

    package struct Queue: Codable, Sendable, Equatable {
        /// Seen in the inboxes, and not complete or not queued yet; of `process` 0.
        package var settling: Int? = 0
        /// Queued in the journal.
        package var waiting: Int
        package var running: Int
        /// Being published.
        package var finishing: Int
        /// Seconds since the oldest waiting job was queued.
        package var oldest: Double?
    }

    package struct Job: Codable, Sendable, Equatable {
        package var source: String
        package var inbox: String
        package var pipeline: String
        package var attempt: Int
        /// So far.
        package var seconds: Double
        /// Bytes that its worker is expected to hold at most.
        package var estimate: UInt64
        /// Bytes of the budget that are its own.
        package var reserved: UInt64
        /// How it is done: `in-memory`, `restreamed`, `spilled`, or `none` where only publishing is left.
        package var plan: String
        /// Bytes of the source, and how far its worker has read; nil, or behind, where a decoder reads in its own way.
        package var size: UInt64?
        package var read: UInt64?
    }

    package struct Throughput: Codable, Sendable, Equatable {
        /// Sources whose results were published.
        package var pictures = 0
        package var renditions = 0
        package var bytesRead: UInt64 = 0
        package var bytesWritten: UInt64 = 0
        package var picturesPerSecond = 0.0
    }

    package struct Ends: Codable, Sendable, Equatable {
        package var unchanged = 0
        package var quarantined = 0
        package var superseded = 0
        /// Files that are no pictures.
        package var others = 0
        /// Attempts that failed and were followed by another.
        package var retries = 0
    }

    /// Bytes of anonymous memory.
    package struct Memory: Codable, Sendable, Equatable {
        package var cap: UInt64
        /// What running jobs may reserve together.
        package var budget: UInt64
        package var reserved: UInt64
        /// What jobs may have in files in staging together, and what of it is reserved.
        package var spillLimit: UInt64
        package var spillReserved: UInt64
        /// Now.
        package var supervisor: UInt64
        package var workers: UInt64
        package var used: UInt64
        /// The most that was seen, twice a second.
        package var peak: UInt64
    }

    /// A source that is held back, and why.
    package struct Hold: Codable, Sendable, Equatable {
        package var source: String
        package var since: String
        /// `held open for writing`.
        package var reason: String
    }

    package struct Inbox: Codable, Sendable, Equatable {
        package enum State: String, Codable, Sendable {
            case watched, polled, gone
        }
        package var name: String
        package var path: String
        package var state: State
        /// Why it is polled or gone.
        package var reason: String?
        package var since: String?
        package var pipeline: String?
        /// Sources that ended well and badly since the start.
        package var pictures: Int?
        package var quarantined: Int?
        /// Sources waiting for their writer or for more data, and the first of them.
        package var held: Int? = 0
        package var holds: [Hold]? = []
    }

    package var schema = 1
    package var sluice: String
    package var process: Int32
    /// `watch` or `process`.
    package var use: String
    package var since: String
    package var seconds: Double
    package var state: State
    package var pause: Pause?
    package var queue: Queue
    /// The longest running first; where they are many, not all.
    package var jobs: [Job]
    package var lastMinute: Throughput
    package var sinceStart: Throughput
    package var ends: Ends
    package var memory: Memory
    package var inboxes: [Inbox]
}

/// Status read from the journal.
package struct JournalStatus: Codable, Sendable, Equatable {
    package struct Estimates: Codable, Sendable, Equatable {
        /// How many of the newest jobs were looked at.
        package var jobs: Int
        /// Estimated over measured peak memory: 1 is exact, more is on the safe side.
        package var median: Double
        package var least: Double
        package var most: Double
        /// Jobs that took more than was estimated.
        package var under: Int
    }

    package struct Failure: Codable, Sendable, Equatable {
        package var source: String
        package var inbox: String
        package var code: ErrorCode
        package var message: String
        package var stage: String?
        package var attempts: Int
        package var when: String
    }

    package var path: String
    /// Jobs by state; states without jobs are omitted.
    package var jobs: [String: Int]
    /// Queued jobs that have failed before.
    package var retrying: Int
    /// Files that are no pictures, by what they are: `mov`, `aae`, `json`, …
    package var others: [String: Int]?
    package var estimates: Estimates?
    /// The newest first.
    package var failures: [Failure]
}

/// What `sluice status --json` prints.
package struct StatusReport: Codable, Sendable, Equatable {
    package var schema = 1
    /// Whether a supervisor is running there.
    package var running: Bool
    /// Its process, where it is known.
    package var process: Int32?
    package var supervisor: SupervisorStatus?
    package var journal: JournalStatus?
    /// For a divided outbox; everything else is the total of all shards.
    package var shards: [ShardStatus]?
    /// What could not be read, and why.
    package var warnings: [String]
}
