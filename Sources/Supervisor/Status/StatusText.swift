import Admission
import Jobs
import Outbox
import Text

// The status as human-readable text.
extension StatusReport {
    package var text: String {
        var lines = [shardHeadline ?? headline]
        lines += shardLines
        if let supervisor { lines += supervisor.lines(journal: journal) }
        if let journal { lines += journal.lines }
        lines += warnings.map { "warning: \(printable($0))" }
        return lines.joined(separator: "\n")
    }

    private var headline: String {
        if let supervisor {
            return "sluice \(supervisor.sluice) is running: process \(supervisor.process) (\(supervisor.use)), since "
                + "\(supervisor.since) (\(duration(supervisor.seconds)))"
        }
        if running { return "sluice is running\(process.map { ": process \($0)" } ?? ""), but does not answer" }
        return "sluice is not running here"
    }
}

extension SupervisorStatus {
    fileprivate func lines(journal: JournalStatus?) -> [String] {
        var lines = [row("state", stateText)]
        lines.append(
            row(
                "queue",
                (queue.settling.map { $0 > 0 ? "\($0) settling, " : "" } ?? "")
                    + "\(queue.waiting) waiting, \(queue.running) running, \(queue.finishing) being published"))
        for job in jobs {
            let attempt = job.attempt > 1 ? ", attempt \(job.attempt)" : ""
            lines.append(
                row(
                    "running",
                    "\(job.source) (\(job.pipeline)\(attempt)): \(duration(job.seconds)), \(mebibytes(job.estimate)), \(job.plan)"
                ))
        }
        lines.append(row("last minute", lastMinute.text))
        lines.append(row("since start", sinceStart.text + ends.text))
        lines.append(
            row(
                "memory",
                "\(mebibytes(memory.used)) of \(mebibytes(memory.cap)) used (supervisor "
                    + "\(mebibytes(memory.supervisor)), workers \(mebibytes(memory.workers))), peak "
                    + "\(mebibytes(memory.peak)); \(mebibytes(memory.reserved)) of \(mebibytes(memory.budget)) reserved"
            ))
        lines.append(
            row(
                "spill",
                memory.spillLimit == 0
                    ? "off: nothing may be spilled to staging"
                    : "\(mebibytes(memory.spillReserved)) of \(mebibytes(memory.spillLimit)) reserved"))
        for inbox in inboxes where inbox.state != .watched {
            let why = inbox.reason.map { ": \(printable($0))" } ?? ""
            lines.append(
                row(
                    "inbox",
                    "\(inbox.name) (\(inbox.path)) is \(inbox.state.rawValue)"
                        + (inbox.since.map { " since \($0)" } ?? "") + why))
        }
        for inbox in inboxes {
            for hold in inbox.holds ?? [] {
                lines.append(row("held", "\(hold.source) (\(inbox.name)): \(hold.reason) since \(hold.since)"))
            }
            let more = (inbox.held ?? 0) - (inbox.holds?.count ?? 0)
            if more > 0 { lines.append(row("held", "and \(more) more of \(inbox.name)")) }
        }
        return lines
    }

    private var stateText: String {
        guard let pause else { return state.rawValue }
        let again = pause.triesAgain.map { "; next try at \($0)" } ?? "; retries automatically"
        return "\(state.rawValue) since \(pause.since): \(printable(pause.reason))\(again)"
    }
}

extension SupervisorStatus.Throughput {
    fileprivate var text: String {
        "\(counted(pictures, "picture")) (\(oneDecimal(picturesPerSecond))/s), \(mebibytes(bytesRead)) read, "
            + "\(mebibytes(bytesWritten)) written in \(counted(renditions, "rendition"))"
    }
}

extension SupervisorStatus.Ends {
    fileprivate var text: String {
        let parts = [
            (unchanged, "unchanged"), (quarantined, "quarantined"), (retries, "failed attempts"),
            (superseded, "removed or changed before processing"), (others, "no pictures"),
        ]
        return parts.filter { $0.0 > 0 }.map { "; \($0.0) \($0.1)" }.joined()
    }
}

extension JournalStatus {
    fileprivate var lines: [String] {
        let counts = JobState.allCases.compactMap { state in
            jobs[state.rawValue].map { "\($0) \(state.rawValue)" }
        }
        var lines = [row("jobs", counts.isEmpty ? "none yet" : counts.joined(separator: ", "))]
        if let others, !others.isEmpty { lines.append(row("no pictures", countedKinds(others))) }
        if retrying > 0 { lines.append(row("", "\(retrying) of the queued jobs failed before and will be retried")) }
        if let estimates {
            lines.append(
                row(
                    "estimates",
                    "\(percent(estimates.median)) of peak memory over the last \(counted(estimates.jobs, "job")) (median), "
                        + "\(percent(estimates.least)) to \(percent(estimates.most)); \(estimates.under) too low"))
        }
        if !failures.isEmpty { lines.append("recent failures ('sluice retry' brings them back):") }
        for failure in failures {
            lines.append(
                "  \(failure.when)  \(failure.source)  \(failure.code.rawValue): \(printable(failure.message))")
        }
        return lines
    }
}

func row(_ name: String, _ text: String) -> String {
    name + String(repeating: " ", count: max(1, 13 - name.count)) + text
}

/// Messages hold what file systems and decoders said: nothing of it may move a terminal's cursor.
private func printable(_ text: String) -> String {
    String(
        String.UnicodeScalarView(
            text.unicodeScalars.map { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) ? " " : $0 }))
}

private func percent(_ share: Double) -> String { "\(Int((min(share, 1e6) * 100).rounded())) %" }

private func duration(_ seconds: Double) -> String {
    if seconds < 60 { return "\(oneDecimal(seconds)) s" }
    let whole = Int(min(seconds, 1e12))
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    if whole < 172_800 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
    return "\(whole / 86400) days"
}
