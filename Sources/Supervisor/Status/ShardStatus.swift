import Jobs
import Outbox
import Places
import Text

/// The state of one shard of a divided outbox.
package struct ShardStatus: Codable, Sendable, Equatable {
    /// `2/4`.
    package var shard: String
    package var running: Bool
    package var process: Int32?
    /// Of one that runs on this machine.
    package var supervisor: SupervisorStatus?
    /// Jobs by state; nil where it has not begun.
    package var jobs: [String: Int]?
}

extension StatusReport {
    /// Of `sluice process --out`: of the newest run, or of the newest runs of all shards together.
    /// - Parameter failures: how many are listed.
    /// - Returns: nil where there never was one.
    package static func ofProcess(output: String, failures: Int, patience: Double = 5) -> StatusReport? {
        let states = ProcessState.newest(in: output)
        let reports = states.map { StatusPlace($0).report(failures: failures, patience: patience) }
        guard states.first?.shard != nil else { return reports.first ?? nil }
        var whole = StatusReport(running: false, warnings: [])
        var (shards, found, listed): ([ShardStatus], [JournalStatus], [JournalStatus.Failure]) = ([], [], [])
        for (state, report) in zip(states, reports) {
            let name = state.shard?.description ?? ""
            shards.append(
                ShardStatus(
                    shard: name, running: report?.running ?? false, process: report?.process,
                    supervisor: report?.supervisor, jobs: report?.journal?.jobs))
            whole.running = whole.running || report?.running == true
            whole.warnings += report?.warnings.map { "shard \(name): \($0)" } ?? []
            if let journal = report?.journal { found.append(journal) }
            listed += report?.journal?.failures ?? []
        }
        whole.shards = shards
        if !found.isEmpty {
            whole.journal = JournalStatus(
                path: escaped((states.first?.shared ?? output).utf8),
                jobs: found.reduce(into: [:]) { $0.merge($1.jobs, uniquingKeysWith: +) },
                retrying: found.reduce(0) { $0 + $1.retrying },
                others: found.compactMap(\.others).reduce(nil) { $0?.merging($1, uniquingKeysWith: +) ?? $1 },
                estimates: nil,
                failures: Array(listed.sorted { $0.when > $1.when }.prefix(failures)))
        }
        return whole
    }

    /// For people: a line each.
    var shardLines: [String] {
        (shards ?? []).map { shard in
            var words: [String] = []
            if let supervisor = shard.supervisor {
                words.append(supervisor.state.rawValue)
                words.append("\(oneDecimal(supervisor.lastMinute.picturesPerSecond))/s")
            } else {
                words.append(shard.running ? "running" : shard.jobs == nil ? "not started" : "not running here")
            }
            words += JobState.allCases.compactMap { state in
                shard.jobs?[state.rawValue].map { "\($0) \(state.rawValue)" }
            }
            return row("shard \(shard.shard)", words.joined(separator: ", "))
        }
    }

    var shardHeadline: String? {
        shards.map { shards in
            let running = shards.count(where: \.running)
            return running == 0
                ? "sluice is not running here (\(counted(shards.count, "shard")))"
                : "sluice is running: \(running) of \(shards.count) shards, on this machine"
        }
    }
}
