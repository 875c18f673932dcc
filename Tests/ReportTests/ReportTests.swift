import Foundation
import Testing

@testable import Jobs
@testable import Report

@Suite("What a report counts and writes")
struct ReportTests {
    private func sidecar(
        _ path: String, bytes: UInt64 = 1000, written: [UInt64] = [100, 50], label: String? = nil,
        at start: String = "2026-05-01T10:00:00.000Z", to end: String = "2026-05-01T10:00:01.000Z"
    ) -> Sidecar {
        var stage = StageReport(name: "classify", seconds: 0.25)
        stage.classification = label.map { label in
            var said = Classification(name: "kind", model: "kind", digest: "")
            said.label = label
            said.labels = [.init(label: label, score: 0.9)]
            return said
        }
        var skipped = StageReport(name: "denoise", seconds: 9)
        skipped.details["skipped"] = "clean"
        return Sidecar(
            sluice: "0.1.0", job: "job-1",
            source: .init(
                name: path.split(separator: "/").last.map(String.init) ?? path, path: path, bytes: bytes, sha256: "",
                format: .tiff, width: 40, height: 30, bands: 3, depth: 8, pages: 1),
            exif: nil, pipeline: .init(name: "web", digest: ""), stages: [stage, skipped],
            renditions: written.enumerated().map { index, bytes in
                RenditionReport(
                    name: "r\(index)", path: "\(path).r\(index).jpg", format: "jpeg", width: 1, height: 1, pages: 1,
                    bytes: bytes, sha256: "", seconds: 0.5)
            },
            timing: .init(queued: start, started: start, finished: end, wallSeconds: 1, cpuSeconds: 2),
            memory: .init(estimate: 30 << 20, peak: 20 << 20, plan: "in-memory"), attempts: 1, warnings: [])
    }

    private func failure(_ source: String, _ code: ErrorCode, _ message: String) -> ErrorFile {
        ErrorFile(
            sluice: "0.1.0", source: source, nameBytes: nil, error: JobError(code, message), attempts: 3,
            firstSeen: "2026-05-01T10:00:00.000Z", lastSeen: "2026-05-01T10:00:00.000Z",
            pipeline: .init(name: "web", digest: ""))
    }

    private func report(_ sidecars: [Sidecar], _ failures: [ErrorFile] = []) throws -> String {
        var tally = ReportTally()
        for sidecar in sidecars { tally.add(sidecar) }
        for failure in failures { tally.add(failure) }
        let summary = ReportSummary(tally, memoryCap: 192 << 20) { "\($0)" }
        var text = ""
        let page = ReportPage { text += $0 }
        try page.begin(summary, subject: "/srv/out", made: "2026-05-01")
        try page.beginFailures(summary)
        for failure in failures { try page.failure(failure) }
        try page.endFailures(summary)
        try page.beginPictures(summary.pictures)
        for sidecar in sidecars { try page.picture(sidecar, .none) }
        try page.endPictures(summary.pictures)
        try page.end(summary, made: "2026-05-01", remarks: [])
        return text
    }

    @Test("sums, savings, labels, steps and failures")
    func tally() throws {
        var tally = ReportTally()
        #expect(tally.isEmpty && tally.saved == nil)
        tally.add(sidecar("a.tif", label: "photo"))
        tally.add(sidecar("b.tif", label: "photo", at: "2026-05-01T10:00:00.500Z", to: "2026-05-01T10:00:03.000Z"))
        tally.add(
            sidecar(
                "c.tif", written: [], label: "drawing", at: "2026-05-02T10:00:00.000Z", to: "2026-05-02T10:00:02.000Z"))
        tally.add(failure("d", .damaged, "x"))
        tally.add(failure("e", .damaged, "x"))
        tally.add(failure("f", .timedOut, "x"))
        let summary = ReportSummary(tally, memoryCap: nil) { "\(Int($0))" }
        #expect(summary.pictures == 3 && summary.renditions == 4 && summary.failed == 3)
        #expect(summary.bytesRead == 3000 && summary.bytesWritten == 300)
        #expect(summary.savedPercent == 85, "what has no renditions saves nothing")
        #expect(summary.busySeconds == 5 && summary.picturesPerSecond == 0.6)
        #expect(summary.labels == [.init(name: "photo", count: 2), .init(name: "drawing", count: 1)])
        #expect(summary.stages.map(\.name) == ["classify"], "what was skipped took no time")
        #expect(summary.encodings.map(\.count) == [2, 2])
        #expect(summary.failures.map(\.code) == [.damaged, .timedOut] && summary.failures.map(\.count) == [2, 1])
        #expect(summary.peakMemory == 20 << 20 && summary.underestimated == 0)
        #expect(try JSONDecoder().decode(ReportSummary.self, from: JSONEncoder().encode(summary)) == summary)
    }

    @Test("different labels without end do not grow it")
    func bounded() {
        var tally = ReportTally()
        for number in 0..<3000 { tally.add(sidecar("a", label: "label \(number)")) }
        #expect(tally.labels.count == 1000 && tally.otherLabels == 2000)
    }

    static let hostile = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onload='alert(1)", "&lt;b&gt;",
        "</title></main>",
        "]]>--><!--", "a\u{0}\u{1B}[31m\u{85}b", "javascript:alert(1)", "{{7*7}}${7*7}",
    ]

    @Test("names, labels and messages are text, whatever they say", arguments: hostile)
    func escaping(text: String) throws {
        let plain = try report([sidecar("x/name", label: "label")], [failure("source", .damaged, "message")])
        let name = text.replacingOccurrences(of: "/", with: "\u{2215}")
        var odd = sidecar("x/\(name)", label: text)
        odd.warnings = [text]
        odd.pipeline.name = text
        odd.sluice = text
        odd.source.path = text
        var failed = failure(text, .damaged, text)
        failed.stage = text
        failed.lastSeen = text
        let html = try report([odd], [failed])
        // The same tags; of the warning there is one more.
        func tags(_ html: String) -> [String: Int] {
            html.components(separatedBy: "<").dropFirst().reduce(into: [:]) {
                $0[String($1.prefix { $0 != " " && $0 != ">" && $0 != "\n" }), default: 0] += 1
            }
        }
        var expected = tags(plain)
        expected["span", default: 0] += 1
        expected["/span", default: 0] += 1
        #expect(
            tags(html).filter { !["bdi", "/bdi"].contains($0.key) }
                == expected.filter { !["bdi", "/bdi"].contains($0.key) })
        #expect(
            !html.unicodeScalars.contains {
                $0.value < 0x20 && $0 != "\n" && $0 != "\t" || (0x7F..<0xA0).contains($0.value)
            })
        if text.contains("<") || text.contains("\"") { #expect(!html.contains(text)) }
        #expect(!html.contains("onerror=alert(1)>"))
    }

    @Test("the policy allows its own style and script only, and no attribute needs more")
    func policy() throws {
        let html = try report([sidecar("x", label: "a")], [failure("y", .damaged, "z")])
        #expect(html.hasPrefix(ReportPage.mark))
        #expect(html.contains("default-src 'none'; img-src data: file: 'self'; style-src 'sha256-"))
        #expect(!html.contains(" style=") && !html.contains("unsafe-inline") && !html.contains("https://"))
        #expect(html.contains("lang=\"en\"") && html.contains("<main>"))
    }

    @Test(
        "links lead to the files whatever their names are",
        arguments: [
            ("a b/c.jpg", "./a%20b/c.jpg"), ("javascript:x", "./javascript%3Ax"),
            ("50%?#\"'<.jpg", "./50%25%3F%23%22%27%3C.jpg"),
            ("/srv/ü", "file:///srv/%C3%BC"), ("//evil/x", "file:////evil/x"),
        ])
    func links(path: String, expected: String) {
        #expect(url(Array(path.utf8)) == expected)
    }

    @Test("figures for people")
    func figures() {
        #expect(whole(0) == "0" && whole(999) == "999" && whole(1000) == "1,000" && whole(-1_234_567) == "-1,234,567")
        #expect(size(0) == "0\u{A0}B" && size(999) == "999\u{A0}B" && size(1500) == "1.5\u{A0}KiB")
        #expect(size(1 << 30) == "1.0\u{A0}GiB" && size(.max) == "16.0\u{A0}EiB")
        #expect(
            duration(0.0124) == "12\u{A0}ms" && duration(1.25) == "1.3\u{A0}s" && duration(61) == "1\u{A0}min 1\u{A0}s")
        #expect(duration(.nan) == "–" && percent(-0.5) == "-50\u{A0}%" && percent(.infinity) == "–")
    }
}
