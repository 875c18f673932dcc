package import Configuration
import FoundationEssentials
import Glibc
import Jobs
import Journal
import LinuxIO
import Outbox
package import Places
import Text

/// Where a supervisor works, or worked: what `status` and `retry` need to find it.
package struct StatusPlace: Sendable {
    package var staging: String
    package var journal: String

    package init(_ configuration: Configuration) {
        staging = configuration.staging
        journal = configuration.journal
    }

    /// Of `sluice process --out`.
    package init(_ state: ProcessState) {
        staging = state.staging
        journal = state.journal
    }

    /// Asks the supervisor, if there is one, and reads the journal. Changes nothing.
    /// - Parameters:
    ///   - failures: how many are listed.
    ///   - patience: seconds that the supervisor may take to answer.
    /// - Returns: nil if there is neither.
    package func report(failures: Int, patience: Double = 5) -> StatusReport? {
        var report = StatusReport(running: false, warnings: [])
        ask(patience: patience, &report)
        do {
            report.journal = try readJournal(failures: failures, &report)
        } catch {
            report.warnings.append("the journal cannot be read: \(error)")
        }
        return report.running || report.journal != nil || !report.warnings.isEmpty ? report : nil
    }

    /// The process working there, or nil. Asks the kernel, not the process.
    package var holder: Int32? {
        (try? Directory.open(path: staging)).flatMap(RootLocks.currentHolder)
    }

    /// In staging; if there is no answer, beside the journal, where a supervisor listens while staging is gone.
    private func ask(patience: Double, _ report: inout StatusReport) {
        ask(StatusServer.socketName, in: staging, patience: patience, &report)
        if report.running { return }
        let fallback = StatusServer.fallback(of: journal)
        var atFallback = StatusReport(running: false, warnings: [])
        ask(fallback.name, in: fallback.directory, patience: patience, &atFallback)
        guard atFallback.supervisor != nil else { return }
        (report.running, report.process, report.supervisor) = (true, atFallback.process, atFallback.supervisor)
    }

    private func ask(_ name: [UInt8], in path: String, patience: Double, _ report: inout StatusReport) {
        let directory: Directory
        do {
            directory = try Directory.open(path: path)
        } catch let error as SystemCallError where error.errno == ENOENT {
            return
        } catch {
            return report.warnings.append("cannot tell whether sluice is running: \(error)")
        }
        do {
            let bytes = try readLocalSocket(in: directory, name: name, patience: patience)
            let status = try JSONDecoder().decode(SupervisorStatus.self, from: Data(bytes))
            report.running = true
            report.process = status.process
            report.supervisor = status
        } catch {
            let code = (error as? SystemCallError)?.errno
            // A process that has the socket open and does not answer exists, but is stopped or overloaded.
            let isListening = code == EAGAIN
            let holder =
                isListening ? RootLocks.holder(staging: directory) : RootLocks.currentHolder(staging: directory)
            report.running = isListening || holder != nil
            report.process = holder
            if report.running {
                let who = holder.map { "process \($0)" } ?? "a process"
                report.warnings.append("\(who) is running here, but does not answer: \(error)")
            } else if code != ENOENT && code != ECONNREFUSED {
                report.warnings.append("cannot tell whether sluice is running: \(error)")
            }
        }
    }

    private func readJournal(failures: Int, _ report: inout StatusReport) throws -> JournalStatus? {
        guard let reader = try JournalReader(path: journal) else { return nil }
        let overview = try reader.overview(failures: failures)
        try? reader.close()
        if !reader.isComplete {
            report.warnings.append(
                "the journal was left by a crash: its latest entries show after the next start")
        }
        return JournalStatus(
            path: escaped(journal.utf8),
            jobs: overview.counts.reduce(into: [:]) { $0[$1.key.rawValue] = $1.value }, retrying: overview.retrying,
            others: overview.others.isEmpty ? nil : overview.others,
            estimates: estimates(overview.uses),
            failures: overview.failures.map { failure in
                .init(
                    source: failure.source.path.text, inbox: failure.source.inbox, code: failure.error.code,
                    message: failure.error.message, stage: failure.error.stage, attempts: failure.attempts,
                    when: timestamp(failure.finishedAt))
            })
    }
}

/// How good the estimates of these jobs were: each in measured peaks.
func estimates(_ uses: [JournalReader.Use]) -> JournalStatus.Estimates? {
    let ratios = uses.map { Double($0.estimate) / Double(max(1, $0.peak)) }.sorted()
    guard let least = ratios.first, let most = ratios.last else { return nil }
    func rounded(_ ratio: Double) -> Double { (ratio * 1000).rounded() / 1000 }
    return .init(
        jobs: ratios.count, median: rounded(ratios[ratios.count / 2]), least: rounded(least), most: rounded(most),
        under: uses.count { $0.estimate < $0.peak })
}
