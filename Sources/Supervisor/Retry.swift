import Glibc
import Journal
import LinuxIO
import Outbox
import PipelineModel

/// `sluice retry`: brings quarantined sources back, to be tried as if they were new.
package struct Retry: Sendable {
    package enum Choice: Sendable {
        case all
        /// Paths as bytes; see `RetryNames`.
        case files([[UInt8]])
    }

    package struct Report: Codable, Sendable, Equatable {
        package struct Retried: Codable, Sendable, Equatable {
            /// As it is in its inbox.
            package var source: String
            package var inbox: String
            /// Where it lay in the quarantine; nil where it had stayed in its place.
            package var from: String?
        }
        package struct Left: Codable, Sendable, Equatable {
            package var file: String
            package var reason: String
        }
        package var schema = 1
        package var retried: [Retried] = []
        package var left: [Left] = []
        /// What happens next, or what to do.
        package var next = ""
        /// Whether there was nothing that could have been brought back.
        package var isEmpty: Bool { retried.isEmpty && left.isEmpty }
    }

    private let choice: Choice

    package init(_ choice: Choice) { self.choice = choice }

    /// The chosen ones; a file that is not found is put on the list of those left.
    func select<Value>(
        of values: [Value], named: [RetryNames.Named], _ report: inout Report
    ) -> [Value] {
        guard case .files(let files) = choice else { return values }
        let names = RetryNames(named)
        var chosen: Set<Int> = []
        for file in files {
            let found = names.find(file)
            if found.isEmpty {
                report.left.append(.init(file: escaped(file), reason: "nothing of that name is in the quarantine"))
            }
            chosen.formUnion(found)
        }
        return chosen.sorted().map { values[$0] }
    }

    // MARK: Of `process` runs

    /// Sources stayed in their place: the journal forgets that they failed, so that the next `process` does them again.
    /// Under the run's own locks, so that no run is under way.
    ///
    /// First the journal, then the error files: a reason may outlive its failure, which the next run clears or writes
    /// anew, but no failure is ever without a reason.
    /// - Parameter output: what `process` was given as `--out`.
    /// - Throws: `WorkplaceError` when a run is under way; what journal and file system throw.
    package func ofProcess(output: String) async throws -> Report {
        var report = Report()
        report.next = "Run 'sluice process' again with --out \(escaped(output.utf8))."
        let state = "\(output)/.sluice"
        guard access("\(state)/journal.sqlite", F_OK) == 0 else { return report }
        let quarantine = Quarantine(root: try makeDirectory("\(state)/quarantine"))
        let locks = try RootLocks(
            staging: makeDirectory("\(state)/staging"),
            others: [("the outbox", Directory.open(path: output)), ("the quarantine", quarantine.root)])
        let journal = try Journal(path: "\(state)/journal.sqlite")
        let failed = try journal.jobs(in: [.quarantined])
        guard !failed.isEmpty else {
            try journal.close()
            return report
        }
        let root = resolved(Array(quarantine.root.path.utf8)) ?? []
        let chosen = select(of: failed, named: failed.map { names(of: $0, quarantine: root) }, &report)
        for job in chosen {
            let path = job.source.path
            do {
                try await journal.supersede(job.id, now: wallClock())
                try quarantine.clear(path)
                report.retried.append(.init(source: path.text, inbox: job.source.inbox))
            } catch {
                report.left.append(.init(file: path.text, reason: "\(error)"))
            }
        }
        try journal.close()
        withExtendedLifetime(locks) {}
        return report
    }

    private func names(of job: JobRecord, quarantine: [UInt8]) -> RetryNames.Named {
        let path = job.source.path.bytes
        let ending = Array(".error.json".utf8)
        return .init(
            absolute: [
                joined(Array(job.source.inbox.utf8), path), joined(quarantine, path + ending), joined(quarantine, path),
            ],
            relative: [path, path + ending])
    }
}
