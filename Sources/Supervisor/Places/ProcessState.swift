import LinuxIO
package import Outbox

/// Where a run of `process` keeps its state: below its outbox. Each shard has a directory of its own.
package struct ProcessState: Sendable, Equatable {
    package let output: String
    /// Nil: a run over everything.
    package let shard: Shard?

    package init(output: String, shard: Shard? = nil) {
        self.output = output
        self.shard = shard
    }

    /// What all runs of the outbox share.
    package var shared: String { "\(output)/.sluice" }
    package var root: String { shard.map { "\(shared)/\($0.folder)" } ?? shared }
    package var staging: String { "\(root)/staging" }
    package var journal: String { "\(root)/journal.sqlite" }
    package var quarantine: String { "\(root)/quarantine" }

    /// The places of the newest runs: one, or those of all shards, whether they have begun or not.
    package static func newest(in output: String) -> [ProcessState] {
        let shards = (try? Directory.open(path: "\(output)/.sluice")).flatMap(DivisionLock.division)?.shards ?? 0
        if shards == 0 { return [ProcessState(output: output)] }
        return (1...shards).compactMap { Shard(number: $0, of: shards) }.map { ProcessState(output: output, shard: $0) }
    }

    /// The places of all runs that there ever were.
    package static func all(in output: String) -> [ProcessState] {
        let names = (try? Directory.open(path: "\(output)/.sluice").list()) ?? []
        let shards = names.compactMap { Shard(folder: String(decoding: $0.name, as: UTF8.self)) }
        return [ProcessState(output: output)]
            + shards.sorted { ($0.count, $0.number) < ($1.count, $1.number) }
            .map { ProcessState(output: output, shard: $0) }
    }
}
