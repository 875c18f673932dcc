import Glibc
import LinuxIO
import Testing
import Text

@Suite("sluice process: hostile input is boring")
struct ProcessHostileTests {
    /// What each file is, and the code it ends with; nil: published.
    private static func hostile(_ picture: [UInt8]) -> [(path: [UInt8], bytes: [UInt8], code: String?)] {
        func name(_ text: String) -> [UInt8] { Array(text.utf8) }
        let svg = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><rect width='9' height='9'/></svg>"
        return [
            (name("svg.jpg"), Array(svg.utf8), "unsupported-format"),
            (name("pdf.jpg"), Array("%PDF-1.4\n1 0 obj\n<<>>\nendobj\n".utf8), "unsupported-format"),
            (name("psd.jpg"), Array("8BPS".utf8) + [0, 1] + [UInt8](repeating: 0, count: 60), "unsupported-format"),
            (name("matrix.jpg"), Array("2 2\n1 0\n0 1\n".utf8), "unsupported-format"),
            (name("csv.png"), Array("1,2,3\n4,5,6\n".utf8), "unsupported-format"),
            (name("pfm.png"), Array("PF\n1 1\n-1.0\n............".utf8), "unsupported-format"),
            (name("empty.jpg"), [], "empty-file"),
            (name("noise.gif"), (0..<400).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) }, "unsupported-format"),
            (name("signature.png"), Array(picture.prefix(8)), "truncated"),
            (name("header.png"), Array(picture.prefix(20)), "truncated"),
            (name("cut.png"), Array(picture.prefix(picture.count / 2)), "truncated"),
            (name("bomb.png"), Pictures.pngHeader(width: 2_000_000_000, height: 2_000_000_000), "too-many-pixels"),
            (name("wide.png"), Pictures.pngHeader(width: 40_000, height: 40_000), "damaged or truncated"),
            (name("-rf"), picture, nil),
            (name("--help.png"), picture, nil),
            (name("new\nline.png"), picture, nil),
            (name("back\\slash.png"), picture, nil),
            (name("{stem}.{ext}"), picture, nil),
            (name("%s%n%x.png"), picture, nil),
            (name("a b'\"$(touch x);.png"), picture, nil),
            ([0xFF, 0xFE] + name(".png"), picture, nil),
            ([0xC3] + name("é.png"), picture, nil),
            (name(String(repeating: "n", count: 251) + ".png"), picture, "name-too-long"),
            (name(String(repeating: "m", count: 240)), picture, nil),
        ]
    }

    @Test(
        "cases 15, 16, 18, 22, 23: ends every odd file with a result or a reason, and no run with an error of its own")
    func everything() async throws {
        try await withScratch { scratch in
            let picture = Pictures.png(width: 48, height: 32)
            let hostile = Self.hostile(picture)
            for file in hostile { try scratch.write(file.bytes, to: Array("in/".utf8) + file.path) }
            try scratch.writePicture("elsewhere.png")
            for (link, target) in [
                ("link.png", "../elsewhere.png"), ("links", ".."), ("dangling.png", "nowhere"),
                ("self.png", "self.png"),
            ] {
                #expect(symlink(target, "\(scratch.path)/in/\(link)") == 0)
            }
            #expect(mkfifo("\(scratch.path)/in/fifo.jpg", 0o600) == 0)
            let before = try scratch.snapshot(below: "in")

            let result = try await scratch.process()
            #expect(result.exitCode == 65, "\(result)")
            let report = try result.report()
            let codes = Dictionary(report.failures.map { ($0.source, $0.code) }) { first, _ in first }
            let sidecars = try scratch.verifiedOutbox()
            for file in hostile {
                let path = escaped(file.path)
                guard let code = file.code else {
                    #expect(sidecars[path] != nil, "\(path) is published; \(codes[path] ?? "no reason")")
                    continue
                }
                #expect(sidecars[path] == nil, "\(path)")
                #expect(codes[path].map(code.contains) == true, "\(path): \(codes[path] ?? "no reason"), not \(code)")
            }
            for link in ["link.png", "links", "dangling.png", "self.png", "fifo.jpg"] {
                #expect(codes[link] == "not-a-regular-file", "\(link)")
            }
            #expect(report.total == hostile.count + 5)
            #expect(report.failures.allSatisfy { !$0.message.isEmpty })
            #expect(try scratch.files(below: "out/.sluice/quarantine").count == report.quarantined, "each has its file")
            #expect(try scratch.snapshot(below: "in") == before, "sources are left alone")
            #expect(!result.errors.contains("\u{1B}"))
            // Where the kernel lacks a piece of the workers' sandbox there is a line of that, too.
            let lines = result.errors.split(separator: "\n").filter { !$0.hasSuffix("see 'sluice doctor'") }
            #expect(lines.allSatisfy { $0.hasPrefix("quarantined: ") }, "one line each")

            let again = try await scratch.process().report()
            #expect(again.published == 0 && again.quarantined == report.quarantined)
            #expect(again.unchanged == report.published)
        }
    }

    @Test("case 18: names a source that is not UTF-8 by its bytes, in sidecar and reason")
    func bytes() async throws {
        try await withScratch { scratch in
            try scratch.write(Pictures.png(width: 9, height: 9), to: Array("in/".utf8) + [0xFF, 0x41])
            try scratch.write([1, 2, 3, 4, 5, 6, 7, 8], to: Array("in/".utf8) + [0xFF, 0x42])
            _ = try await scratch.process()
            let names = try scratch.files(below: "out", hidden: true)
            #expect(names.contains("\\xffA.small.jpg") && names.contains("\\xffA.json"))
            #expect(names.contains(".sluice/quarantine/\\xffB.error.json"))
            let found = try scratch.directory.openDirectory(Array("out".utf8)).list().map(\.name)
            #expect(found.contains([0xFF, 0x41] + Array(".json".utf8)))
        }
    }

    @Test(
        "case 22: calls a cut JPEG truncated", .enabled(if: Tool.vips.isInstalled, "the vips command makes the picture")
    )
    func cutJPEG() async throws {
        try await withScratch { scratch in
            try await scratch.convertPicture(to: "whole.jpg", width: 200, height: 150)
            let bytes = try scratch.read("whole.jpg")
            try scratch.write(Array(bytes.prefix(bytes.count * 2 / 3)), to: "in/cut.jpg")
            try scratch.write(Array(bytes.prefix(100)), to: "in/short.jpg")
            let report = try await scratch.process().report()
            #expect(report.quarantined == 2)
            #expect(report.failures.allSatisfy { ["truncated", "damaged"].contains($0.code) }, "\(report.failures)")
            #expect(try scratch.verifiedOutbox().isEmpty)
        }
    }

    @Test(
        "refuses a picture that is too large for the cap, names the cap it needs, and takes it under that cap",
        .enabled(if: Tool.vips.isInstalled, "the vips command makes the picture"))
    func tooLarge() async throws {
        try await withScratch { scratch in
            // A palette is chosen from all pixels at once: 24 bytes each, and nothing streams.
            try await scratch.convertPicture(to: "in/a.png", width: 1600, height: 1200)
            try scratch.writePicture("in/b.png")
            let pipeline = "version: 1\nrenditions: { flat: { format: png, palette: true } }"
            let small = try await scratch.process(
                "--memory-cap", "56MiB", "--workers", "1", "--spill-limit", "0", pipeline: pipeline)
            let report = try small.report()
            #expect(report.codes == ["too-large-for-cap": 1] && report.published == 1, "\(small)")
            #expect(report.failures.first?.message.contains("needs memory.cap") == true)
            #expect(try await scratch.process("--memory-cap", "256MiB", pipeline: pipeline).exitCode == 0)
        }
    }
}
