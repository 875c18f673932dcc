import Testing
import WorkerProtocol

@testable import WorkerPool

@Suite("How much a worker may say")
struct OutputLimiterTests {
    private static let second: Int64 = 1_000_000_000

    @Test("up to the bound of one request, and the next one begins anew")
    func bound() throws {
        var limiter = OutputLimiter(mostBytes: 1000)
        try limiter.take(1000, at: 0, from: "answers")
        #expect(throws: OutputLimiter.LimitExceeded.self) { try limiter.take(1, at: 1, from: "answers") }
        limiter.restart()
        try limiter.take(1000, at: 2, from: "answers")
    }

    @Test("what ends or fails counts nothing")
    func ends() throws {
        var limiter = OutputLimiter(mostBytes: 1)
        for _ in 0..<10 { try limiter.take(-1, at: 0, from: "answers") }
        for _ in 0..<10 { try limiter.take(0, at: 0, from: "answers") }
    }

    @Test("a flood waits for the rest of its second, and no longer")
    func pace() throws {
        var limiter = OutputLimiter(mostBytes: .max)
        let start = 5 * Self.second
        #expect(limiter.pause(at: start) == nil)
        try limiter.take(OutputLimiter.mostPerSecond, at: start, from: "standard error")
        #expect(limiter.pause(at: start) == nil, "as much as is allowed")
        try limiter.take(1, at: start + 1, from: "standard error")
        #expect(limiter.pause(at: start + Self.second / 2) == 501)
        #expect(limiter.pause(at: start + Self.second) == nil)
        try limiter.take(1, at: start + Self.second, from: "standard error")
        #expect(limiter.pause(at: start + Self.second) == nil)
    }

    @Test("less than the pace is never held up")
    func steady() throws {
        var limiter = OutputLimiter(mostBytes: .max)
        for tenth in Int64(0)..<100 {
            let now = tenth * Self.second / 10
            try limiter.take(OutputLimiter.mostPerSecond / 10, at: now, from: "standard error")
            #expect(limiter.pause(at: now) == nil)
        }
    }
}

@Suite("What a worker says of its confinement")
struct ConfinementReportTests {
    private func report(landlock: ConfinementReport.Piece, seccomp: ConfinementReport.Piece) -> ConfinementReport {
        ConfinementReport(
            descriptors: .holds(""), limits: .holds(""), noNewPrivileges: .holds(""), landlock: landlock,
            landlockABI: nil, seccomp: seccomp, staging: nil)
    }

    @Test("nothing where everything holds, every missing piece with its reason on one line otherwise")
    func shortfall() {
        #expect(report(landlock: .holds("ABI 1"), seccomp: .holds("")).shortfall == nil)
        let line = report(landlock: .missing("switched off"), seccomp: .missing("not there")).shortfall
        #expect(line?.contains("landlock (switched off), seccomp (not there)") == true)
        #expect(line?.contains("\n") == false)
        var off = report(landlock: .holds(""), seccomp: .holds(""))
        off.isSwitchedOff = true
        #expect(off.shortfall?.contains("SLUICE_SANDBOX=off") == true)
    }

    @Test("the greeting carries it over the wire; a greeting without one is understood too")
    func greeting() throws {
        let sent = WorkerGreeting(
            libraries: ["a": "1"], confinement: report(landlock: .missing("x"), seccomp: .holds("y")),
            formats: [FormatSupport(name: "jpeg", reads: true, writes: false)])
        let body = try Frame.encode(sent).dropFirst(Frame.headerLength)
        let got = try Frame.decode(WorkerGreeting.self, body: body)
        #expect(got.confinement == sent.confinement && got.formats == sent.formats)
        let old = #"{"version":1,"libraries":{}}"#
        #expect(try Frame.decode(WorkerGreeting.self, body: Array(old.utf8)).confinement == nil)
    }
}
