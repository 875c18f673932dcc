import Glibc
import Jobs
import Journal
import LinuxIO
import Outbox
import Places
import Text

/// `sluice retry`: brings quarantined sources back, to be tried as if they were new.
package struct RetryRun: Sendable {
    package enum Choice: Sendable {
        case all
        /// Paths as bytes; see `RetryNames`.
        case files([[UInt8]])
    }

    package struct Report: Codable, Sendable, Equatable {
        package struct Retried: Codable, Sendable, Equatable {
            /// Its path in the inbox.
            package var source: String
            package var inbox: String
            /// Its path in quarantine; nil if it had stayed in its inbox.
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
        /// Whether there was nothing to bring back.
        package var isEmpty: Bool { retried.isEmpty && left.isEmpty }
    }

    private let choice: Choice

    package init(_ choice: Choice) { self.choice = choice }

    /// Whether superseded files are selected.
    var choosesSuperseded: Bool {
        guard case .files(let files) = choice else { return false }
        let folder = Quarantine.superseded
        return files.contains { file in
            file.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual(folder) }
        }
    }

    /// The selected ones; files that are not found are listed as left.
    func select<Value>(
        of values: [Value], named: [RetryNames.Named], _ report: inout Report
    ) -> [Value] {
        guard case .files(let files) = choice else { return values }
        let names = RetryNames(named)
        var chosen: Set<Int> = []
        for file in files {
            let found = names.find(file)
            if found.isEmpty {
                report.left.append(.init(file: escaped(file), reason: "nothing by that name is in quarantine"))
            }
            chosen.formUnion(found)
        }
        return chosen.sorted().map { values[$0] }
    }

    // MARK: Of `process` runs

    /// Sources stayed where they are: removes their failures from the journal, so that the next `process` retries them.
    /// Holds the runs' own locks, so that none is in progress; covers all shards that ever existed.
    ///
    /// First the journal, then the error files: a reason may outlive its failure, which the next run clears or writes
    /// anew, but no failure is ever without a reason.
    /// - Parameter output: what `process` was given as `--out`.
    /// - Throws: `WorkspaceError` if a run is in progress; journal and file system errors.
    package func ofProcess(output: String) async throws -> Report {
        var report = Report()
        report.next = "Run 'sluice process' again with --out \(escaped(output.utf8))."
        let states = ProcessState.all(in: output).filter { access($0.journal, F_OK) == 0 }
        guard let shared = states.first?.shared else { return report }
        let division = try DivisionLock(in: makeDirectory(shared), shards: nil)
        let outbox = try Directory.open(path: output)
        var (failed, names): ([Failed], [RetryNames.Named]) = ([], [])
        var (locks, journals): ([RootLocks], [Journal]) = ([], [])
        // Each needs five descriptors.
        raiseOpenFilesLimit()
        for state in states {
            let quarantine = Quarantine(root: try makeDirectory(state.quarantine))
            // Locked against everyone else who uses this outbox; the shards' own directories do not conflict.
            locks.append(
                try RootLocks(
                    staging: makeDirectory(state.staging), others: [("the quarantine", quarantine.root)],
                    shared: [("the outbox", outbox)]))
            let journal = try Journal(path: state.journal)
            journals.append(journal)
            let root = resolved(Array(quarantine.root.path.utf8)) ?? []
            for job in try await journal.jobs(in: [.quarantined]) {
                failed.append(Failed(job: job, journal: journal, quarantine: quarantine))
                names.append(self.names(of: job, quarantine: root))
            }
        }
        for failed in failed.isEmpty ? [] : select(of: failed, named: names, &report) {
            let (job, path) = (failed.job, failed.job.source.path)
            do {
                try await failed.journal.supersede(job.id, now: wallClock())
                try failed.quarantine.clear(path)
                // It may have failed in runs of several kinds.
                let retried = Report.Retried(source: path.text, inbox: job.source.inbox)
                if !report.retried.contains(retried) { report.retried.append(retried) }
            } catch {
                report.left.append(.init(file: path.text, reason: "\(error)"))
            }
        }
        for journal in journals { try journal.close() }
        withExtendedLifetime((division, locks)) {}
        return report
    }

    private struct Failed {
        let job: JobRecord
        let journal: Journal
        let quarantine: Quarantine
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
