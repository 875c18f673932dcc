import Foundation
import Glibc
import Jobs
import LinuxIO
import Logging
import Testing

@testable import Run
@testable import Status

@Suite("Log lines")
struct LogLineTests {
    private func line(
        _ message: String = "published", _ metadata: Logger.Metadata = [:], level: Logger.Level = .info
    ) -> LogLine {
        LogLine(time: 1_795_320_000.125, level: level, message: message, metadata: metadata)
    }

    @Test("text: time, level, message, fields; the job first; quotes only where they are needed")
    func text() {
        let fields: Logger.Metadata = [
            "seconds": .stringConvertible(0.25), "source": "a b.jpg", "job": "job-12", "empty": "", "plain": "x/y.jpg",
            "many": .array(["a", "b c"]), "count": .stringConvertible(3), "equal": "a=b",
        ]
        #expect(
            line("published", fields).text(.text)
                == #"2026-11-22T04:00:00.125Z info published job=job-12 source="a b.jpg" count=3 empty="" equal="a=b" "#
                + #"many=[a,"b c"] plain=x/y.jpg seconds=0.25"# + "\n")
    }

    @Test("for the journal: a priority instead of time and level")
    func journal() {
        let levels: [(Logger.Level, Int)] = [
            (.trace, 7), (.debug, 7), (.info, 6), (.notice, 5), (.warning, 4), (.error, 3), (.critical, 2),
        ]
        for (level, priority) in levels {
            #expect(line("paused", ["reason": "x"], level: level).text(.journal) == "<\(priority)>paused reason=x\n")
        }
        #expect(LogFormat.automatic(journalStream: "9:1234", device: 9, inode: 1234) == .journal)
        #expect(LogFormat.automatic(journalStream: "9:1234", device: 9, inode: 1235) == .text)
    }

    @Test("JSON: flat, numbers as numbers, our own names kept apart from fields'")
    func json() throws {
        let fields: Logger.Metadata = [
            "job": "job-12", "seconds": .stringConvertible(0.25), "count": .stringConvertible(UInt64.max), "level": "x",
            "many": .array(["a", "b"]), "nan": .stringConvertible(Double.nan),
        ]
        let text = line("published", fields, level: .warning).text(.json)
        #expect(
            text == #"{"time":"2026-11-22T04:00:00.125Z","level":"warning","message":"published","job":"job-12","#
                + #""count":18446744073709551615,"level_":"x","many":["a","b"],"nan":"nan","seconds":0.25}"# + "\n")
        _ = try JSONSerialization.jsonObject(with: Data(text.utf8))
    }

    @Test(
        "nothing in a name or message makes a line or a field of its own",
        arguments: [
            "a\nb", "a\r\n<3>b", "a\" job=job-13 x=\"", "\u{1B}[2J", "\u{85}\u{2028}\u{202E}", "\\x0a", "\0", "🦥 ü",
            "] b=c [", "tab\there",
        ])
    func injection(text: String) throws {
        for format in [LogFormat.text, .journal, .json] {
            let written = line("m " + text, ["source": "\(text)", "list": .array(["\(text)"])]).text(format)
            #expect(written.hasSuffix("\n"))
            let inside = written.dropLast().unicodeScalars
            #expect(
                inside.allSatisfy { scalar in
                    scalar.value >= 0x20 && !(0x7F..<0xA0).contains(scalar.value)
                        && !(0x2028...0x202E).contains(scalar.value)
                }, "\(written)")
            #expect(!written.contains(" job=job-13 ") || written.contains(#"\" job=job-13"#))
        }
        let json = line("m", ["source": "\(text)"]).text(.json)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: String])
        #expect(object["source"] == text)
    }

    @Test("who does not read keeps nobody waiting, and is told what was dropped once they read again")
    func fullPipe() throws {
        let (reader, writer) = try Wire.pipe()
        let sink = LogSink(.text, descriptor: writer.number, patience: 20)
        let padding = String(repeating: "x", count: 1000)
        let began = monotonicNanoseconds()
        for number in 0..<1000 { sink.write(line("number \(number)", ["padding": "\(padding)"])) }
        // One wait, however many lines: a wait for each would take twenty seconds.
        #expect(monotonicNanoseconds() - began < 10_000_000_000)
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        let count = read(reader.number, &piece, piece.count)
        let lines = String(decoding: piece[..<count], as: UTF8.self).split(separator: "\n")
        #expect(lines.count > 10 && lines.count < 1000)
        #expect(lines.allSatisfy { $0.hasSuffix("padding=\(padding)") }, "whole lines")
        sink.write(line("after"))
        let rest = read(reader.number, &piece, piece.count)
        let last = String(decoding: piece[..<rest], as: UTF8.self)
        #expect(
            last.contains(
                "warning log lines were dropped because nothing was reading them lines=\(1000 - lines.count)\n"))
        #expect(last.hasSuffix(" info after\n"))
    }

    @Test("lines that are longer than what a pipe has room for wait no longer than others, and end as lines")
    func longLines() throws {
        let (reader, writer) = try Wire.pipe()
        let sink = LogSink(.text, descriptor: writer.number, patience: 20)
        let padding = String(repeating: "x", count: 9000)
        let began = monotonicNanoseconds()
        for _ in 0..<100 { sink.write(line("long", ["padding": "\(padding)"])) }
        #expect(monotonicNanoseconds() - began < 10_000_000_000)
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        var count = read(reader.number, &piece, piece.count)
        sink.write(line("after"))
        count += piece[count...].withUnsafeMutableBytes { read(reader.number, $0.baseAddress, $0.count) }
        let lines = String(decoding: piece[..<count], as: UTF8.self).split(separator: "\n")
        #expect(lines.allSatisfy { $0.hasPrefix("20") || $0.hasPrefix("19") }, "each begins with its time")
        #expect(lines.last?.hasSuffix(" info after") == true)
    }

    private func sample(_ used: UInt64) -> MemorySample {
        MemorySample(supervisor: 3, workers: used - 3, peak: used, reserved: 10, cap: 100)
    }

    @Test("the memory is told once a minute, while somebody looks")
    func regular() {
        var reports = MemoryReports(now: 1000)
        let told = (1...600).filter { second in reports.take(sample(50), now: 1000 + Double(second) / 2) == [.regular] }
        #expect(told == [120, 240, 360, 480, 600])
    }

    @Test("over 80 % of the cap it warns once, again only after it was under 70 %, and never twice in a minute")
    func high() {
        var reports = MemoryReports(now: 0)
        func warns(_ used: UInt64, _ now: Double) -> Bool { reports.take(sample(used), now: now).contains(.high) }
        #expect(!warns(80, 1) && warns(81, 2) && !warns(90, 3) && !warns(75, 4) && !warns(95, 5))
        #expect(!warns(60, 6) && !warns(90, 7), "it went down, but the last warning is not a minute old")
        #expect(!warns(90, 61) && warns(90, 62.5), "and it is still over")
        #expect(!warns(90, 200))
    }

    @Test("a job is followed by its id, from the log to its sidecar and the journal, whatever becomes of it")
    func follow() async throws {
        guard Tool.python3.isInstalled else { return print("left out: following a job needs python3") }
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            let json = ["/bin/sh", "-c", "exec \"$@\" --log-format json --log-level debug", "sh"]
            try await place.watched(through: json) { program in
                try scratch.writePicture("inbox/a b.png", seed: 3)
                try scratch.write(text: "none", to: "inbox/bad.jpg")
                try await place.expectSidecars(["a b.png.json"], program)
                let failed = try await eventually { try scratch.exists("quarantine/bad.jpg.error.json") }
                #expect(failed)
                try scratch.writePicture("inbox/a b.png", seed: 3)
                let again = await eventually { program.errorsSoFar.contains(#""message":"unchanged""#) }
                #expect(again, "\(program.errorsSoFar)")
                #expect(await place.stop(program).exitCode == 0)
                var events: [String: [String: String]] = [:]
                for line in program.errorsSoFar.split(separator: "\n") {
                    let fields = try #require(
                        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
                    #expect(["time", "level", "message"].allSatisfy { fields[$0] is String }, "\(line)")
                    guard let source = fields["source"] as? String else { continue }
                    let job = try #require(fields["job"] as? String, "\(line)")
                    let message = try #require(fields["message"] as? String)
                    events[source, default: [:]][message] = job
                    #expect(fields["inbox"] as? String == "main")
                }
                let job = try #require(events["a b.png"]?["published"])
                #expect(try place.sidecar("a b.png.json").job == job)
                #expect(events["a b.png"]?["started"] != nil && events["a b.png"]?["unchanged"] != job)
                let rows = try await place.journal("SELECT 'job-' || id, state FROM job WHERE id = \(job.dropFirst(4))")
                #expect(rows == ["\(job)\tdone"])
                let bad = try #require(events["bad.jpg"]?["quarantined"])
                let badRows = try await place.journal("SELECT state FROM job WHERE id = \(bad.dropFirst(4))")
                #expect(badRows == ["quarantined"])
            }
        }
    }

    @Test("where standard error is the journal's stream, lines have priorities and no times")
    func automatic() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            let launcher = ["/bin/sh", "-c", "JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec \"$@\"", "sh"]
            try await place.watched(through: launcher) { program in
                let words = program.errorsSoFar.split(separator: "\n")
                #expect(words.contains { $0.hasPrefix("<6>watching ") }, "\(words)")
                let result = await place.stop(program)
                #expect(result.exitCode == 0)
                #expect(result.errors.split(separator: "\n").allSatisfy { $0.first == "<" }, "\(result)")
            }
            try await place.watched { program in
                #expect(program.errorsSoFar.contains("Z info watching "), "\(program.errorsSoFar)")
                #expect(await place.stop(program).exitCode == 0)
            }
        }
    }
}
