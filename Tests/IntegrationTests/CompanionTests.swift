import Foundation
import Glibc
import LinuxIO
import Status
import Testing

@testable import Jobs

/// What lies beside a picture and tells of it.
@Suite("Companions fill what EXIF lacks")
struct CompanionTests {
    /// By the date, with all that may be kept.
    static let dated = """
        version: 1
        renditions:
          small: { resize: { width: 32 }, format: jpeg }
        metadata: { keep: [exif] }
        output: { route: "{year}/{month}" }
        """

    static let takeout = """
        {"title": "a.png", "description": "At the lake", "photoTakenTime": {"timestamp": "1583064000"},
         "geoData": {"latitude": 48.2, "longitude": 16.37, "altitude": 171.0}}
        """

    static let xmp = """
        <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
        <rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" \
        exif:DateTimeOriginal="2011-07-12T16:42:31-05:00"/></rdf:RDF></x:xmpmeta>
        """

    private func sidecar(_ scratch: Scratch, _ path: String) throws -> Sidecar {
        try JSONDecoder().decode(Sidecar.self, from: Data(scratch.read("out/\(path)")))
    }

    @Test("Google's export sorts by date; sidecar and results have date, place and words, and whence")
    func takeout() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/album/a.png")
            try scratch.write(text: Self.takeout, to: "in/album/a.png.supplemental-metadata.json")
            try scratch.writePicture("in/album/b.png", seed: 2)
            try scratch.write(text: Self.takeout, to: "in/album/b.png.json")
            // What an editor says comes first.
            try scratch.write(text: Self.xmp, to: "in/album/b.xmp")
            try scratch.writePicture("in/album/c.png", seed: 3)
            let run = try await scratch.process(pipeline: Self.dated)
            #expect(run.exitCode == 0, "\(run)")
            let a = try sidecar(scratch, "2020/03/album/a.png.json")
            #expect(a.exif?.taken == "2020-03-01T12:00:00Z" && a.exif?.takenFrom == .companion)
            #expect(a.exif?.gps == .init(latitude: 48.2, longitude: 16.37, altitude: 171))
            #expect(a.exif?.description == "At the lake" && a.warnings.isEmpty)
            let name = "a.png.supplemental-metadata.json"
            #expect(a.filled?.taken == name && a.filled?.gps == name && a.filled?.description == name)
            let b = try sidecar(scratch, "2011/07/album/b.png.json")
            #expect(b.exif?.taken == "2011-07-12T16:42:31-05:00")
            #expect(b.filled?.taken == "b.xmp" && b.filled?.gps == "b.png.json")
            let c = try sidecar(scratch, "undated/album/c.png.json")
            #expect(c.filled == nil && c.exif == nil)
            // The result's own EXIF has them too.
            let text = try await runProgram(
                BuiltPrograms.sluice,
                ["explain", "\(scratch.path)/out/2020/03/album/a.small.jpg", "-p", "\(scratch.path)/pipeline.yaml"])
            #expect(text.output.contains("taken: 2020-03-01T12:00:00+00:00"), "\(text)")
            #expect(text.output.contains("GPS: 48.2, 16.37") && text.output.contains("description: At the lake"))
            let source = try await runProgram(
                BuiltPrograms.sluice,
                ["explain", "\(scratch.path)/in/album/b.png", "-p", "\(scratch.path)/pipeline.yaml"])
            #expect(source.output.contains("taken from the companion b.xmp"), "\(source)")
            #expect(source.output.contains("route 2011/07"))
            #expect(try await scratch.process(pipeline: Self.dated).report().unchanged == 3)
        }
    }

    @Test("conditions ask for what companions tell")
    func conditions() async throws {
        let pipeline = """
            version: 1
            renditions:
              lake: { format: png, when: "exif.description contains 'lake' and exif.taken >= '2020' and exif.gps" }
              other: { format: png, when: "exif.description == none" }
            """
        try await withScratch { scratch in
            for name in ["a", "b"] { try scratch.writePicture("in/\(name).png") }
            try scratch.write(text: Self.takeout, to: "in/a.png.json")
            #expect(try await scratch.process(pipeline: pipeline).report().renditions == 2)
            #expect(try scratch.exists("out/a.lake.png") && scratch.exists("out/b.other.png"))
        }
    }

    @Test("the metadata policy holds for what companions tell")
    func policy() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            try scratch.write(
                text: Self.takeout.replacing("At the lake", with: "At 48.2012, 16.3702"), to: "in/a.png.json")
            let policies = [
                ("keep: none", false), ("keep: all, drop: all", false), ("keep: all, drop: [gps]", false),
                ("keep: all", true),
            ]
            for (index, (policy, hasPlace)) in policies.enumerated() {
                let pipeline = Self.dated.replacing("keep: [exif]", with: policy)
                let arguments = try scratch.processArguments(pipeline: pipeline, out: "out\(index)")
                #expect(try await runProgram(BuiltPrograms.sluice, arguments).exitCode == 0)
                let folder = "out\(index)/2020/03"
                let result = try scratch.read("\(folder)/a.small.jpg")
                let hasBlock = result.indices.contains { result[$0...].starts(with: "Exif".utf8) }
                #expect(hasBlock == (index > 1), "\(policy)")
                let words = result.indices.contains { result[$0...].starts(with: "48.2012".utf8) }
                #expect(words == hasPlace, "\(policy)")
                let sidecar = String(decoding: try scratch.read("\(folder)/a.png.json"), as: UTF8.self)
                #expect(sidecar.contains("\"latitude\"") == hasPlace, "\(sidecar)")
                #expect(sidecar.contains("48.2012") == sidecar.contains("\"latitude\""))
                #expect(sidecar.contains("\"gps\"") == sidecar.contains("\"latitude\""))
            }
        }
    }

    @Test("what cannot be used is told, and spoils nothing")
    func hostile() async throws {
        try await withScratch { scratch in
            for name in ["broken", "large", "linked", "pipe", "entities"] { try scratch.writePicture("in/\(name).png") }
            try scratch.write(text: "{\"photoTakenTime\":", to: "in/broken.png.json")
            try scratch.write([UInt8](repeating: 0x20, count: (1 << 20) + 1), to: "in/large.xmp")
            try scratch.write(text: Self.takeout, to: "secret.json")
            #expect(symlink("\(scratch.path)/secret.json", "\(scratch.path)/in/linked.png.json") == 0)
            #expect(mkfifo("\(scratch.path)/in/pipe.xmp", 0o600) == 0)
            try scratch.write(text: "<!DOCTYPE a [<!ENTITY b SYSTEM '/etc/passwd'>]><a>&b;</a>", to: "in/entities.xmp")
            let run = try await scratch.process(pipeline: Self.dated)
            #expect(try run.report().published == 5, "\(run)")
            func warnings(_ name: String) throws -> [String] {
                try sidecar(scratch, "undated/\(name).png.json").warnings
            }
            #expect(
                try warnings("broken") == [
                    "companion: 'broken.png.json' was not used: it is no JSON object that can be read"
                ])
            #expect(try warnings("large") == ["companion: 'large.xmp' was not used: it has more than 1024 KiB"])
            #expect(try warnings("linked") == ["companion: 'linked.png.json' was not used: it is a link"])
            #expect(try warnings("pipe").isEmpty)
            #expect(try warnings("entities").first?.hasPrefix("companion: 'entities.xmp' was not used") == true)
        }
    }

    @Test("a picture that is dropped again is made again where a companion says something else")
    func changed() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try scratch.write(text: Self.dated, to: "Pipelines/cheap.yaml")
            let picture = Pictures.png(width: 40, height: 30)
            try await place.watched { program in
                try scratch.write(text: Self.takeout, to: "inbox/a.png.json")
                try scratch.drop(picture, at: "inbox/a.png")
                try await place.expectSidecars(["2020/03/a.png.json"], program)
                try await expectSoon { try scratch.files(below: "inbox").isEmpty }
                let first = try scratch.snapshot(below: "outbox")
                // Without one, what it once said holds.
                try scratch.drop(picture, at: "inbox/a.png")
                try await expectSoon { try scratch.files(below: "inbox").isEmpty }
                try await place.settleAll(program)
                #expect(try scratch.snapshot(below: "outbox").filter { first[$0.key] != nil } == first)
                // While its picture is not there it would follow the one before.
                try scratch.write(text: "", to: "inbox/a.png.part")
                try scratch.drop(picture, at: "inbox/a.png")
                try scratch.write(text: Self.xmp, to: "inbox/a.xmp")
                try scratch.remove("inbox/a.png.part")
                try await place.expectSidecars(["2011/07/a.png.json"], program)
                try await expectSoon { try !scratch.exists("outbox/2020/03/a.png.json") }
                #expect(await place.stop(program).exitCode == 0)
            }
        }
    }

    @Test("companions that leave the inbox on their own are read nonetheless", arguments: ["archive", "copy"])
    func othersLeave(_ rule: String) async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(
                scratch,
                inboxes: [
                    "main: { path: inbox, pipeline: cheap, after: archive, others: \(rule), \(WatchedPlace.quick) }"
                ])
            try scratch.write(text: Self.dated, to: "Pipelines/cheap.yaml")
            try await place.watched { program in
                try scratch.write(text: Self.takeout, to: "inbox/a.png.json")
                try await expectSoon { try scratch.exists("archive/a.png.json") }
                try scratch.writePicture("inbox/a.png")
                try await place.expectSidecars(["2020/03/a.png.json"], program)
                #expect(await place.stop(program).exitCode == 0)
            }
        }
    }

    @Test("a picture waits for a companion that is being written, and both leave together")
    func written() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(
                scratch, inboxes: ["main: { path: inbox, pipeline: cheap, settle: 1500ms, settle-other: 1500ms }"])
            try scratch.write(text: Self.dated, to: "Pipelines/cheap.yaml")
            try await place.watched { program in
                try scratch.writePicture("inbox/a.png")
                // The last word comes when the picture has settled long since.
                for end in 1...4 {
                    let text = end < 4 ? "{\"half\": \(end)" : Self.takeout
                    try scratch.write(text: text, to: "inbox/a.png.json")
                    try await Task.sleep(for: .milliseconds(700))
                }
                try await place.expectSidecars(["2020/03/a.png.json"], program)
                try await expectSoon { try scratch.files(below: "inbox").isEmpty }
                #expect(await place.stop(program).exitCode == 0)
            }
        }
    }

    @Test("a companion that is written for ever holds its picture for writer-limit, and the log says so")
    func writtenForEver() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(
                scratch,
                inboxes: ["main: { path: inbox, pipeline: cheap, settle: 1s, settle-other: 1s, writer-limit: 3s }"])
            try await place.watched { program in
                try scratch.writePicture("inbox/a.png")
                let start = ContinuousClock.now
                var count = 0
                while try !scratch.exists("outbox/a.png.json"), ContinuousClock.now - start < .seconds(60) {
                    count += 1
                    try scratch.write(text: "{\"half\": \(count)", to: "inbox/a.png.json")
                    try await Task.sleep(for: .milliseconds(200))
                }
                #expect(try scratch.exists("outbox/a.png.json"))
                #expect(ContinuousClock.now - start > .seconds(3))
                #expect(program.errorsSoFar.contains("took a source without waiting longer"))
                #expect(await place.stop(program).exitCode == 0)
            }
        }
    }

    @Test("companions as large as they may be need no more memory than a small picture has")
    func largest() async throws {
        try await withScratch { scratch in
            let pad = String(repeating: "x", count: 1 << 20)
            for (name, text) in [
                ("a", "{\"list\": [" + String(repeating: "1,", count: 19_000) + "\"" + pad.dropLast(60_000) + "\"]}"),
                ("b", "{\"description\": \"" + pad.dropLast(100) + "\"}"),
            ] {
                try scratch.writePicture("in/\(name).png")
                try scratch.write(text: text, to: "in/\(name).png.json")
            }
            let elements = String(repeating: "<b c='d'/>", count: 6_500) + pad.dropLast(70_000)
            try scratch.writePicture("in/c.png")
            try scratch.write(text: "<a>" + elements + "</a>", to: "in/c.xmp")
            let run = try await scratch.process(pipeline: Self.dated)
            #expect(try run.report().published == 3, "\(run)")
            for name in ["a", "b", "c"] {
                let sidecar = try sidecar(scratch, "undated/\(name).png.json")
                #expect(sidecar.warnings.isEmpty && sidecar.attempts == 1, "\(name): \(sidecar.warnings)")
                #expect(sidecar.memory.peak <= sidecar.memory.estimate, "\(name): \(sidecar.memory)")
            }
        }
    }
}

/// Raw and picture of one name. Content decides what is decoded: here it is the same for both.
@Suite("Raw beside a picture")
struct PairTests {
    private func pipeline(_ rule: String) -> String { Scratch.quickPipeline + "\npairs: \(rule)\n" }

    @Test("which of both is processed, and again once the rule says otherwise")
    func rules() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/roll/IMG_1.JPG")
            try scratch.writePicture("in/roll/IMG_1.DNG", seed: 2)
            try scratch.writePicture("in/roll/IMG_2.JPG", seed: 3)
            try scratch.writePicture("in/roll/IMG_3.dng", seed: 4)
            let jpeg = try await scratch.process(pipeline: pipeline("jpeg"))
            #expect(jpeg.exitCode == 0, "\(jpeg)")
            #expect(try jpeg.report().others == ["dng": 1] && jpeg.report().published == 3)
            #expect(try !scratch.exists("out/roll/IMG_1.DNG.json") && scratch.exists("out/roll/IMG_1.small.jpg"))
            let both = try await scratch.process(pipeline: pipeline("both"))
            #expect(try both.exitCode == 0 && both.report().others.isEmpty && both.report().published == 1, "\(both)")
            #expect(try both.report().unchanged == 3)
            // The name was taken.
            #expect(try scratch.exists("out/roll/IMG_1.DNG.small.jpg") && scratch.exists("out/roll/IMG_1.DNG.json"))
            #expect(try await scratch.process(pipeline: pipeline("both")).report().unchanged == 4)
        }
        try await withScratch { scratch in
            try scratch.writePicture("in/IMG_1.JPG")
            try scratch.writePicture("in/IMG_1.DNG", seed: 2)
            try scratch.writePicture("in/IMG_2.JPG", seed: 3)
            let dry = try await runProgram(
                BuiltPrograms.sluice, scratch.processArguments(pipeline: pipeline("raw")) + ["-n"])
            #expect(dry.output.contains("no pictures: 1 jpg"), "\(dry)")
            let raw = try await scratch.process(pipeline: pipeline("raw"))
            #expect(try raw.exitCode == 0 && raw.report().others == ["jpg": 1] && raw.report().published == 2, "\(raw)")
            // The raw file has the short name, whichever came first.
            #expect(try scratch.exists("out/IMG_1.small.jpg") && scratch.exists("out/IMG_1.DNG.json"))
            #expect(try !scratch.exists("out/IMG_1.JPG.json") && scratch.exists("out/IMG_2.small.jpg"))
            #expect(try await scratch.process(pipeline: pipeline("raw")).report().others == ["jpg": 1])
            let jpeg = try await scratch.process(pipeline: pipeline("jpeg"))
            #expect(try jpeg.report().published == 1 && jpeg.report().quarantined == 0, "\(jpeg)")
            #expect(try scratch.exists("out/IMG_1.JPG.json") && scratch.exists("out/IMG_1.JPG.small.jpg"))
        }
    }

    @Test("with quarantine for others, the one that stands aside is no failure")
    func quarantine() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/IMG_1.JPG")
            try scratch.writePicture("in/IMG_1.DNG", seed: 2)
            for _ in 0..<2 {
                let run = try await scratch.process("--others", "quarantine", pipeline: pipeline("jpeg"))
                #expect(try run.exitCode == 0 && run.report().others == ["dng": 1], "\(run)")
            }
        }
    }

    @Test(
        "the one that stands aside follows the other into the archive, early and late",
        arguments: [("raw", "IMG_1.DNG", "IMG_1.JPG"), ("jpeg", "IMG_1.JPG", "IMG_1.DNG")])
    func follows(_ rule: String, _ processed: String, _ aside: String) async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            try scratch.write(text: WatchedPlace.cheap + "pairs: \(rule)\n", to: "Pipelines/cheap.yaml")
            try await place.watched { program in
                try scratch.writePicture("inbox/a/\(aside)")
                try scratch.writePicture("inbox/a/\(processed)", seed: 2)
                try await expectSoon {
                    try scratch.exists("archive/a/\(processed)") && scratch.exists("archive/a/\(aside)")
                }
                try scratch.writePicture("inbox/b/\(processed)", seed: 3)
                try await expectSoon { try scratch.exists("archive/b/\(processed)") }
                try scratch.writePicture("inbox/b/\(aside)", seed: 4)
                try await expectSoon { try scratch.exists("archive/b/\(aside)") }
                #expect(await place.stop(program).exitCode == 0)
            }
            #expect(try scratch.files(below: "outbox").filter { $0.hasSuffix(".json") && $0.contains(aside) }.isEmpty)
        }
    }
}
