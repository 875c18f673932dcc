import Admission
import Engine
import Glibc
import Jobs
import Journal
import Run
import Status
import Synchronization
import Text

/// Progress on standard error: one line that is redrawn on a terminal, an occasional plain line elsewhere. Failures
/// get a line of their own in both.
final class ProgressDisplay: Sendable {
    private let tally: RunTally
    private let quiet: Bool
    private let terminal: Bool
    private let cap: MemoryCap
    private let drawing = Mutex<Task<Void, Never>?>(nil)
    private let lineIsOpen = Mutex(false)

    init(tally: RunTally, quiet: Bool, cap: MemoryCap) {
        self.tally = tally
        self.quiet = quiet
        self.cap = cap
        terminal = isatty(STDERR_FILENO) == 1 && getenv("TERM").map { String(cString: $0) } != "dumb"
    }

    func take(_ event: EngineEvent) {
        tally.take(event)
        switch event {
        case .quarantined(let source, let error, _):
            say("quarantined: \(source.path): \(error.code.rawValue): \(error.message)")
        case .stillQuarantined(let source, let error, _) where !quiet:
            say("still quarantined: \(source.path): \(error.code.rawValue): \(error.message)")
        case .willRetry(let job, let error, _) where !quiet:
            say("will be retried: \(job.source.path): \(error.code.rawValue): \(error.message)")
        case .superseded(let source, _):
            say("removed or changed before processing, left for the next run: \(source.path)")
        case .paused(let reason, let seconds):
            say("paused for \(oneDecimal(seconds)) s: \(reason)")
        case .journalSetAside(let damage):
            say("\(damage); rebuilding it from the sidecars")
        default:
            break
        }
    }

    /// What does not hold as somebody meant it is told whatever else is.
    @Sendable func note(_ notice: String, isFault: Bool) { if isFault || !quiet { say(notice) } }

    /// Starts drawing: ten times a second on a terminal, every ten seconds elsewhere.
    func begin(_ monitor: RunMonitor) {
        let task = Task { [self] in
            var round = 0
            while !Task.isCancelled {
                let memory = await monitor.memory()
                tally.noteMemory(memory)
                if !quiet, terminal || round % 100 == 99 { draw(memory: memory) }
                round += 1
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
        drawing.withLock { $0 = task }
    }

    func end() {
        drawing.withLock { $0?.cancel() }
        clearLine()
    }

    private func say(_ text: String) {
        clearLine()
        Console.line(text)
    }

    private func clearLine() {
        lineIsOpen.withLock { open in
            if open { Console.raw("\r\u{1B}[K") }
            open = false
        }
    }

    private func draw(memory: UInt64) {
        let counts = tally.counts
        let seconds = tally.seconds
        let rate = seconds > 0 ? Double(counts.published + counts.failed) / seconds : 0
        var line = "\(counts.done)"
        if let expected = counts.expected { line += "/\(expected)" }
        line += " files  \(oneDecimal(rate)) images/s"
        if let expected = counts.expected, rate > 0, expected > counts.done {
            line += "  ETA \(duration(Double(expected - counts.done) / rate))"
        }
        line += "  memory \(mebibytes(memory)) of \(mebibytes(cap.total))"
        if counts.failed > 0 { line += "  \(counts.failed) quarantined" }
        if terminal {
            let share = counts.expected.map { Double(counts.done) / Double(max($0, 1)) } ?? 0
            let filled = min(20, Int(share * 20))
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 20 - filled)
            lineIsOpen.withLock { open in
                Console.raw("\r\(bar) \(line)\u{1B}[K")
                open = true
            }
        } else {
            Console.line(line)
        }
    }

    private func duration(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded(.up))
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }
}
