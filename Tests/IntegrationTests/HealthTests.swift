import Admission
import Engine
import HTTP
import Synchronization
import Testing
import WorkerPool

@testable import Jobs
@testable import Journal
@testable import Status
@testable import Web

@Suite("Health and metrics, without files and clocks")
struct HealthTests {
    private let board: StatusBoard
    private let cap = MemoryCap(total: 256 << 20, workers: 1)

    private let source: SourceIdentity

    init() throws {
        let path = try #require(RelativePath("a.jpg"))
        source = SourceIdentity(inbox: "main", path: path, size: 1, mtime: 1, inode: 1)
        let clock = Clock()
        board = StatusBoard(clock: { clock.now }, monotonic: { Int64(clock.now * 1e9) })
        self.clock = clock
    }

    private final class Clock: Sendable {
        private let time = Mutex(1000.0)
        var now: Double { time.withLock { $0 } }
        func set(_ now: Double) { time.withLock { $0 = now } }
    }
    private let clock: Clock

    private func look() -> Health { Health(board.vitals(use: "watch", cap: cap)) }

    private func show(waiting: Int = 0, running: Int = 0, draining: Bool = false, oldest: Double? = nil) {
        board.show(
            .init(waiting: waiting, running: running, reserved: 10 << 20, oldest: oldest), finishing: 0,
            draining: draining)
    }

    @Test("ok while nothing is wrong; the queue, its age, the memory and the last success are told")
    func well() {
        board.note(models: [])
        show(waiting: 3, running: 1, oldest: 940)
        let health = look()
        #expect(health.status == .ok && health.why == [])
        #expect(health.queue.waiting == 3 && health.queue.running == 1 && health.queue.oldestSeconds == 60)
        #expect(health.memory.cap == 256 << 20 && health.memory.reserved == 10 << 20)
        #expect(health.memory.available == health.memory.budget - (10 << 20))
        #expect(health.lastSuccess == nil && health.lastSuccessSeconds == nil)
        board.take(.unchanged(source, job: 1))
        clock.set(1007.5)
        #expect(look().lastSuccess == "1970-01-01T00:16:40.000Z" && look().lastSuccessSeconds == 7.5)
        // A clock that was set back makes nothing negative.
        clock.set(10)
        #expect(look().lastSuccessSeconds == 0 && look().queue.oldestSeconds == 0)
    }

    @Test("degraded while paused, while sources cannot be taken in, and while an inbox is gone; polled is a note")
    func degraded() {
        board.setInboxes([("main", "/in", "web")])
        show(waiting: 1)
        board.take(.paused(reason: "disk full", seconds: 5))
        #expect(look().status == .degraded && look().why == ["paused since 1970-01-01T00:16:40.000Z: disk full"])
        board.take(.resumed)
        #expect(look().status == .ok)
        board.note(intakeFault: "cannot accept sources: no space")
        clock.set(1030)
        #expect(look().status == .degraded && look().why.first?.contains("no space") == true)
        #expect(look().queue.oldestSeconds == 30)
        board.note(intakeFault: nil)
        board.note(inbox: 0, .polled, reason: "no watches left")
        #expect(look().status == .ok && look().why.first?.contains("no watches left") == true)
        board.note(inbox: 0, .gone, reason: "unmounted")
        #expect(look().status == .degraded && look().why == ["the inbox 'main' (/in) is gone: unmounted"])
        board.note(inbox: 0, .watched)
        #expect(look().status == .ok && look().why == [])
        board.take(.quarantined(source, JobError(.damaged, "broken"), job: 1))
        #expect(look().status == .ok && look().queue.quarantined == 1)
    }

    @Test("degraded when jobs wait and nothing moves; not while something runs, or has just ended")
    func standstill() {
        show(waiting: 2)
        clock.set(1119)
        #expect(look().status == .ok)
        clock.set(1121)
        #expect(look().status == .degraded && look().why.first?.hasPrefix("2 jobs wait") == true)
        show(waiting: 2, running: 1)
        #expect(look().status == .ok)
        show(waiting: 2)
        board.take(.superseded(source, job: 1))
        #expect(look().status == .ok)
        show()
        clock.set(9999)
        #expect(look().status == .ok, "nothing waits")
    }

    @Test("stopping, whatever else is wrong")
    func stopping() {
        show(waiting: 1, draining: true)
        board.take(.paused(reason: "disk full", seconds: 5))
        #expect(look().status == .stopping && look().why.contains { $0.contains("disk full") })
    }

    @Test("memory over the cap is a fault")
    func overCap() {
        let small = Health(board.vitals(use: "watch", cap: MemoryCap(total: 1, workers: 1)))
        #expect(small.status == .degraded && small.why.first?.contains("more than the cap") == true)
    }

    @Test("what happens to jobs is counted; every label is of a fixed set")
    func counted() throws {
        board.setInboxes([("a\"b\\c\nd", "/in", "web")])
        board.take(.unchanged(source, job: 1))
        board.take(.quarantined(source, JobError(.damaged, "broken"), job: 1))
        board.take(.quarantined(source, JobError(.damaged, "broken"), job: 1))
        board.note(Death(.signalled(11)))
        board.note(workers: [1], started: 7)
        for seconds in [0.0001, 0.003, 0.3, 70] { board.note(commit: seconds) }
        let text = String(
            decoding: Metrics.text(board.vitals(use: "watch", cap: cap), HTTPTraffic().counts), as: UTF8.self)
        for line in [
            #"sluice_jobs_total{state="unchanged",code=""} 1"#,
            #"sluice_jobs_total{state="quarantined",code="damaged"} 2"#,
            #"sluice_jobs_total{state="quarantined",code="timed-out"} 0"#,
            #"sluice_worker_deaths_total{cause="signalled"} 1"#, "sluice_workers_started_total 7",
            #"sluice_journal_commit_duration_seconds_bucket{le="0.0005"} 1"#,
            #"sluice_journal_commit_duration_seconds_bucket{le="0.005"} 2"#,
            #"sluice_journal_commit_duration_seconds_bucket{le="5"} 3"#,
            #"sluice_journal_commit_duration_seconds_bucket{le="+Inf"} 4"#,
            "sluice_journal_commit_duration_seconds_count 4", #"sluice_health_status{status="ok"} 1"#,
            #"sluice_inbox_state{inbox="a\"b\\c\nd",state="watched"} 1"#, "sluice_memory_cap_bytes 268435456",
        ] {
            #expect(text.contains("\n\(line)\n"), "\(line) is missing in\n\(text)")
        }
        try expectPrometheusText(text)
        var tally = MetricsTally()
        for cause in [
            Death.Cause.exited(1), .signalled(9), .timedOut(1), .overMemory(peak: 1, limit: 1), .brokeProtocol(""),
            .stopped, .neverReady(""), .killedFromOutside,
        ] {
            #expect(Death.Cause.labels.contains(cause.label))
            tally.note(Death(cause))
        }
        #expect(tally.deaths.count == Death.Cause.labels.count)
    }
}

/// Whether it is Prometheus' text format, and in the form that its own checker asks for.
func expectPrometheusText(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    var kinds: [String: String] = [:]
    var helped: Set<String> = []
    var seen: Set<String> = []
    var current = ""
    #expect(text.hasSuffix("\n"), sourceLocation: sourceLocation)
    for line in text.split(separator: "\n") {
        let words = line.split(separator: " ", maxSplits: 3)
        if line.hasPrefix("# HELP ") {
            #expect(
                words.count == 4 && helped.insert(String(words[2])).inserted, "\(line)", sourceLocation: sourceLocation)
            continue
        }
        if line.hasPrefix("# TYPE ") {
            current = String(words[2])
            #expect(
                helped.contains(current) && kinds.updateValue(String(words[3]), forKey: current) == nil
                    && ["counter", "gauge", "histogram"].contains(words[3]), "\(line)", sourceLocation: sourceLocation)
            #expect(current.hasSuffix("_total") == (words[3] == "counter"), "\(line)", sourceLocation: sourceLocation)
            #expect(current.wholeMatch(of: /sluice_[a-z_]+/) != nil, "\(line)", sourceLocation: sourceLocation)
            continue
        }
        let sample = /([a-z_]+)(\{(?:[a-z]+="(?:[^"\\]|\\["\\n])*",?)+\})? (-?[0-9.]+(?:e[+-]?[0-9]+)?|\+Inf|NaN)/
        guard let match = line.wholeMatch(of: sample) else {
            Issue.record("no sample: \(line)", sourceLocation: sourceLocation)
            continue
        }
        let name = String(match.1)
        let family = kinds[current] == "histogram" ? name.replacing(/_(bucket|sum|count)$/, with: "") : name
        #expect(family == current, "\(line) stands below \(current)", sourceLocation: sourceLocation)
        #expect(
            seen.insert(name + (match.2.map(String.init) ?? "")).inserted, "\(line)", sourceLocation: sourceLocation)
    }
    #expect(kinds.count > 30 && Set(kinds.keys) == helped, sourceLocation: sourceLocation)
}
