import Foundation
import LinuxIO
import Outbox
import Testing

@testable import Jobs
@testable import Report

extension Scratch {
    fileprivate func report(_ more: String..., out: String = "out") async throws -> FinishedProgram {
        try await runProgram(BuiltPrograms.sluice, ["report", "\(path)/\(out)"] + more, timeout: 120)
    }

    fileprivate func reportText(_ name: String = "out/report.html") throws -> String {
        String(decoding: try read(name), as: UTF8.self)
    }
}

@Suite("sluice report")
struct ReportCommandTests {
    @Test("a run with hostile names, failures and foreign JSON: everything is there, as text")
    func whole() async throws {
        try await withScratch { scratch in
            let hostile = "<img src=x onerror=alert(1)>\"'.png"
            for (seed, name) in ["a.png", "b/c.png", hostile].enumerated() {
                try scratch.writePicture("in/\(name)", seed: UInt8(seed))
            }
            try scratch.write([], to: "in/empty.png")
            try scratch.write(text: "<script>alert(2)</script>", to: "in/no.png")
            #expect(try await scratch.process().exitCode == 65)
            try scratch.write(text: "{\"schema\": 1}", to: "out/foreign.json")
            try scratch.write(text: "{ damaged", to: "out/b/damaged.json")

            let done = try await scratch.report("--json")
            #expect(done.exitCode == 0, "\(done)")
            let summary = try JSONDecoder().decode(ReportSummary.self, from: Data(done.outputBytes))
            #expect(summary.pictures == 3 && summary.renditions == 6 && summary.failed == 2)
            #expect(summary.passedOver == 2 && summary.inReplacement == 0)
            #expect(summary.failures.map(\.code.rawValue).sorted() == ["empty-file", "unsupported-format"])
            #expect(summary.report?.hasSuffix("/out/report.html") == true)
            let html = try scratch.reportText()
            #expect(html.hasPrefix(ReportPage.mark) && html.hasSuffix("</html>\n"))
            #expect(html.components(separatedBy: "<li data-seconds=").count == 4)
            #expect(html.components(separatedBy: "src=\"data:image/").count == 4, "all pictures are small enough")
            #expect(!html.contains(hostile) && html.contains("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;.png"))
            #expect(html.contains("empty-file") && html.contains(ErrorCode.emptyFile.advice))

            // A report is replaced by the next, and disturbs no run.
            #expect(try await scratch.report().exitCode == 0)
            #expect(try await scratch.process().report().unchanged == 3)
            _ = try scratch.verifiedOutbox(foreign: ["report.html", "foreign.json", "b/damaged.json"])
        }
    }

    @Test("where there is nothing it ends with 66; what is no report of ours is not replaced")
    func refusals() async throws {
        try await withScratch { scratch in
            #expect(try await scratch.report().exitCode == 66)
            try scratch.makeDirectory("out")
            #expect(try await scratch.report().exitCode == 66)
            try scratch.writePicture("in/a.png")
            #expect(try await scratch.process().exitCode == 0)
            try scratch.write(text: "mine", to: "out/report.html")
            #expect(try await scratch.report().exitCode == 73)
            #expect(try scratch.reportText() == "mine")
            let elsewhere = try await scratch.report("--out", "\(scratch.path)/other.html", "--thumbnails", "link")
            #expect(elsewhere.exitCode == 0, "\(elsewhere)")
            let html = try scratch.reportText("other.html")
            #expect(html.contains("src=\"file:///") && !html.contains("src=\"data:"))
            let printed = try await scratch.report("--out", "-", "--thumbnails", "none")
            #expect(printed.exitCode == 0)
            #expect(String(decoding: printed.outputBytes, as: UTF8.self).hasPrefix(ReportPage.mark))
            #expect(try await scratch.report("--out", "-", "--json").exitCode == 64)
        }
    }

    @Test("renditions that are too large, or that browsers do not show, are made small by a worker")
    func madeSmall() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png", width: 700, height: 500)
            let run = try await scratch.process(
                pipeline: """
                    version: 1
                    renditions:
                      whole: { format: tiff }
                    """)
            #expect(run.exitCode == 0)
            #expect(try await scratch.report().exitCode == 0)
            #expect(try scratch.reportText().contains("src=\"data:image/jpeg;base64,/9j/"))
            // Somebody's file in its place is not shown.
            let name = try #require(
                try scratch.verifiedOutbox(foreign: ["report.html"])["a.png"]?.renditions.first?.path)
            try scratch.write(text: "another", to: "out/\(name)")
            #expect(try await scratch.report().exitCode == 0)
            #expect(!(try scratch.reportText().contains("src=\"data:image/")))
        }
    }

    @Test("the failures of all shards, each in a quarantine of its own; none of an earlier division")
    func shards() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            for shard in 1...3 {
                // 66: a part may be empty.
                #expect(try await [0, 66].contains(scratch.process("--shard", "\(shard)/3").exitCode))
            }
            for shard in 1...3 {
                let error = ErrorFile(
                    sluice: sluiceVersion, source: "bad-\(shard).png", nameBytes: nil,
                    error: JobError(.damaged, "shard \(shard)"), attempts: 1, firstSeen: "", lastSeen: "",
                    pipeline: .init(name: "web", digest: ""))
                try scratch.write(
                    SidecarFile.encode(error),
                    to: "out/.sluice/shard-\(shard)-of-3/quarantine/bad-\(shard).png.error.json")
                try scratch.write(
                    SidecarFile.encode(error), to: "out/.sluice/shard-\(shard)-of-4/quarantine/old.png.error.json")
            }
            let done = try await scratch.report("--json")
            let summary = try JSONDecoder().decode(ReportSummary.self, from: Data(done.outputBytes))
            #expect(summary.failed == 3 && summary.pictures == 1)
            let html = try scratch.reportText()
            for shard in 1...3 { #expect(html.contains("bad-\(shard).png")) }
        }
    }
}
