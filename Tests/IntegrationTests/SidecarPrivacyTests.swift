import Foundation
import Glibc
import LinuxIO
import Testing
import WebClient

@testable import Jobs

/// What a pipeline keeps out of its pictures is nowhere else either: not in sidecars, reports, pages, metrics or logs.
@Suite(
    "Sidecars obey the pipeline's metadata",
    .enabled(if: Tool.exiftool.isInstalled && Tool.vips.isInstalled, "needs exiftool and vips"))
struct SidecarPrivacyTests {
    /// In six formats, so that every way of writing metadata is met.
    static func pipeline(_ more: String) -> String {
        """
        version: 1
        accept: [jpeg, png, webp, tiff, heif, jxl]
        stages: [autorotate, resize: 48x48]
        renditions:
          j: { format: jpeg }
          p: { format: png }
          w: { format: webp }
          a: { format: avif, effort: 0 }
          x: { format: jxl, effort: 3 }
          t: { format: tiff }
        \(more)
        """
    }

    /// As they are written into the sources; what numbers say comes besides.
    private static let tags = [
        "-GPSLatitude=48.208491", "-GPSLatitudeRef=N", "-GPSLongitude=16.372081", "-GPSLongitudeRef=E",
        "-GPSAltitude=171", "-Make=Needlemaker", "-Model=Needle X100", "-LensModel=Needlelens 35", "-ISO=1637",
        "-FNumber=3.7", "-FocalLength=37", "-DateTimeOriginal=1999:07:14 13:14:15", "-ModifyDate=1999:07:15 13:14:15",
        "-XMP-xmp:CreateDate=1999:07:14 13:14:15", "-Artist=Needle Artist", "-Copyright=Needle Owner",
        "-ImageDescription=Needle words", "-XMP-dc:Description=Needle words",
        "-XMP-exif:GPSLatitude=48.208491", "-XMP-exif:GPSLongitude=16.372081",
    ]
    private static let places = ["48.208", "16.372", "latitude"]
    private static let dates = ["1999-07", "1999:07", "2020-03-01"]
    private static let cameras = ["Needlemaker", "Needle X100", "Needlelens", "\"iso\""]
    private static let owners = ["Needle Artist", "Needle Owner"]
    private static let words = ["Needle words", "At the lake"]

    /// One of each format, and one of which only a file beside it tells.
    private func fill(_ scratch: Scratch, _ folder: String) async throws {
        let names = ["a.jpg", "b.png", "c.webp", "d.tif", "e.avif", "f.jxl"]
        for (seed, name) in names.enumerated() {
            try await scratch.convertPicture(to: "\(folder)/\(name)", seed: UInt8(seed))
            let path = "\(scratch.path)/\(folder)/\(name)"
            let result = try await runProgram(
                try #require(Tool.exiftool.path), ["-q", "-q", "-m", "-n", "-overwrite_original"] + Self.tags + [path])
            #expect(result.exitCode == 0, "\(result)")
        }
        try scratch.writePicture("\(folder)/g.png", seed: 9)
        try scratch.write(text: CompanionTests.takeout, to: "\(folder)/g.png.json")
    }

    /// All sidecars, as one text.
    private func sidecars(_ scratch: Scratch, _ out: String) throws -> String {
        try scratch.files(below: out, hidden: true).filter { $0.hasSuffix(".json") && !$0.contains("/journal") }
            .map { String(decoding: try scratch.read("\(out)/\($0)"), as: UTF8.self) }.joined()
    }

    private func found(_ needles: [String], in text: String) -> [String] { needles.filter(text.contains) }

    @Test("keep: none leaves no place, date or camera in pictures, sidecars, report, page, metrics or log")
    func nothing() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch, more: WatchedPlace.listening)
            try scratch.write(
                text: Self.pipeline("metadata: { keep: none }\nothers: leave"), to: "Pipelines/cheap.yaml")
            try await fill(scratch, "made")
            var texts = ""
            try await place.watched { program in
                let port = try place.port(of: program)
                for name in try scratch.files(below: "made") { try scratch.move("made/\(name)", to: "inbox/\(name)") }
                let names = ["a.jpg", "b.png", "c.webp", "d.tif", "e.avif", "f.jxl", "g.png"]
                try await place.expectSidecars(names.map { "\($0).json" }, program)
                for page in ["/", "/status", "/metrics", "/health"] {
                    texts += try get(page, port: port)?.text ?? ""
                }
                let stopped = await place.stop(program)
                #expect(stopped.exitCode == 0)
                #expect(stopped.errors.contains("published"), "the log is that of the level info")
                texts += stopped.output + stopped.errors
            }
            let report = try await runProgram(
                BuiltPrograms.sluice, ["report", "\(scratch.path)/outbox", "--thumbnails", "none"])
            #expect(report.exitCode == 0, "\(report)")
            texts += report.output + String(decoding: try scratch.read("outbox/report.html"), as: UTF8.self)
            texts += try sidecars(scratch, "outbox")
            let all = Self.places + Self.dates + Self.cameras + Self.owners + Self.words
            #expect(found(all, in: texts) == [])
            #expect(try place.sidecar("a.jpg.json").exif == nil && place.sidecar("g.png.json").filled == nil)
            // Of the pictures exiftool knows more.
            let listing = try await runProgram(
                try #require(Tool.exiftool.path),
                [
                    "-r", "-a", "-G1", "-n", "-q", "-q", "-GPS*", "-Make", "-Model", "-Lens*", "-DateTimeOriginal",
                    "-EXIF:ModifyDate", "-XMP:all", "-IPTC:all", "-Artist", "-Copyright", "\(scratch.path)/outbox",
                ])
            #expect(found(["GPS", "Make", "Date", "Lens", "Artist", "Copyright", "Needle"], in: listing.output) == [])
        }
    }

    enum Told: String { case place, date, camera, owner, words }

    @Test(
        "a sidecar tells what its pictures tell, or as sidecar.exif says",
        arguments: [
            ("metadata: { keep: all }", [.place, .date, .camera, .owner, .words]),
            ("metadata: { keep: all, drop: [gps] }", [.date, .camera, .owner, .words]),
            ("metadata: { keep: all, drop: [copyright] }", [.place, .date, .camera, .words]),
            ("metadata: { keep: [exif] }", [.place, .date, .camera, .owner, .words]),
            ("metadata: { keep: [icc] }", []),
            ("", [.owner]),
            ("metadata: { keep: [xmp] }", [.date]),
            ("metadata: { keep: all }\nsidecar: { exif: none }", []),
            ("metadata: { keep: all }\nsidecar: { where: none }", []),
            ("metadata: { keep: none }\nsidecar: { exif: all }", [.place, .date, .camera, .owner, .words]),
            (
                "metadata: { keep: none }\nsidecar: { exif: all, where: private/here }",
                [.place, .date, .camera, .owner, .words]
            ),
        ] as [(String, [Told])])
    func policies(_ rules: String, _ told: [Told]) async throws {
        try await withScratch { scratch in
            try await fill(scratch, "in")
            let run = try await scratch.process(pipeline: Self.pipeline(rules))
            #expect(run.exitCode == 0, "\(run)")
            let text = try sidecars(scratch, "out")
            let needles: [(Told, [String])] = [
                (.place, Self.places), (.date, ["1999-07-14T13:14:15"]), (.camera, Self.cameras), (.owner, Self.owners),
                (.words, ["Needle words"]),
            ]
            for (kind, words) in needles {
                let expected = told.contains(kind) ? words : []
                #expect(found(words, in: text) == expected, "\(kind.rawValue): \(text.prefix(3000))")
            }
            let ofCompanion = told.contains(.words)
            #expect(text.contains("At the lake") == ofCompanion && text.contains("\"filled\"") == ofCompanion)
            #expect(try await scratch.process(pipeline: Self.pipeline(rules)).report().unchanged == 7)
        }
    }

    @Test("routes and conditions know what is not told")
    func factsInside() async throws {
        try await withScratch { scratch in
            try await fill(scratch, "in")
            let pipeline = """
                version: 1
                renditions:
                  a: { format: png, when: exif.gps }
                metadata: { keep: none }
                sidecar: { exif: none }
                output: { route: "{year}" }
                """
            #expect(try await scratch.process(pipeline: pipeline).exitCode == 0)
            #expect(try scratch.exists("out/1999/a.a.png") && scratch.exists("out/2020/g.a.png"))
            #expect(found(Self.places + Self.cameras, in: try sidecars(scratch, "out")) == [])
        }
    }
}
