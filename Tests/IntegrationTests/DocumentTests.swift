import Jobs
import Testing

@Suite("Documents: every page is made")
struct DocumentTests {
    private static let pipeline = """
        version: 1
        pages: all
        renditions:
          small: { resize: { width: 32 }, format: jpeg }
          tiny: { resize: { width: 16 }, format: png }
        metadata: { keep: none }
        """

    /// Pages of different sizes.
    private static func pages(_ count: Int) -> [DocumentPicture] {
        (1...count).map { DocumentPicture(width: 40 + $0 * 20, height: 200 - $0 * 20, seed: UInt8($0)) }
    }

    private func names(_ pages: Int, _ form: (Int, String) -> String = { "scan.\($0).\($1)" }) -> [String] {
        (1...pages).flatMap { [form($0, "small.jpg"), form($0, "tiny.png")] }
    }

    @Test("each page, whatever its size, has its renditions; one sidecar tells of all, and a second run does nothing")
    func all() async throws {
        try await withScratch { scratch in
            try scratch.write(Pictures.document(Self.pages(3)), to: "in/scan.tif")
            try scratch.writePicture("in/photo.png")
            let dry = try await runProgram(
                BuiltPrograms.sluice, scratch.processArguments(pipeline: Self.pipeline) + ["--dry-run"])
            #expect(dry.output.contains(#"["scan.1.small.jpg", "scan.1.tiny.png", "scan.2.small.jpg""#), "\(dry)")
            #expect(try await scratch.process(pipeline: Self.pipeline).report().renditions == 8)
            let sidecars = try scratch.verifiedOutbox()
            let sidecar = try #require(sidecars["scan.tif"])
            #expect(sidecar.renditions.map(\.path) == names(3))
            #expect(sidecar.renditions.map(\.page) == [1, 1, 2, 2, 3, 3])
            #expect(sidecar.renditions.map(\.name) == ["small", "tiny", "small", "tiny", "small", "tiny"])
            // 60 × 180, 80 × 160, 100 × 140.
            #expect(sidecar.renditions.map(\.height) == [96, 48, 64, 32, 45, 22])
            #expect(sidecar.source.pages == 3 && sidecar.warnings.isEmpty)
            #expect(Set(sidecar.renditions.map(\.sha256)).count == 6)
            let photo = try #require(sidecars["photo.png"])
            #expect(photo.renditions.map(\.path) == ["photo.small.jpg", "photo.tiny.png"])
            #expect(photo.renditions.allSatisfy { $0.page == nil })
            let before = try scratch.snapshot(below: "out")
            #expect(try await scratch.process(pipeline: Self.pipeline).report().unchanged == 2)
            #expect(try scratch.snapshot(below: "out") == before)
            // A page that was taken away is made again, with all of its document.
            try scratch.remove("out/scan.2.tiny.png")
            #expect(try await scratch.process(pipeline: Self.pipeline).report().published == 1)
            #expect(try scratch.verifiedOutbox().count == 2)
        }
    }

    @Test("a document with fewer pages leaves none of the old ones; a lost journal is filled from the sidecar")
    func fewer() async throws {
        try await withScratch { scratch in
            try scratch.write(Pictures.document(Self.pages(4)), to: "in/scan.tif")
            _ = try await scratch.process(pipeline: Self.pipeline)
            #expect(try scratch.verifiedOutbox()["scan.tif"]?.renditions.count == 8)
            try scratch.write(Pictures.document(Self.pages(2)), to: "in/scan.tif")
            #expect(try await scratch.process(pipeline: Self.pipeline).report().published == 1)
            #expect(try scratch.verifiedOutbox()["scan.tif"]?.renditions.map(\.path) == names(2))
            for file in try scratch.files(below: "out/.sluice", hidden: true) where file.hasPrefix("journal.sqlite") {
                try scratch.remove("out/.sluice/\(file)")
            }
            let before = try scratch.snapshot(below: "out")
            #expect(try await scratch.process(pipeline: Self.pipeline).report().unchanged == 1)
            #expect(try scratch.snapshot(below: "out") == before)
            // One page is no document.
            try scratch.write(Pictures.document(Self.pages(1)), to: "in/scan.tif")
            _ = try await scratch.process(pipeline: Self.pipeline)
            #expect(
                try scratch.verifiedOutbox()["scan.tif"]?.renditions.map(\.path) == ["scan.small.jpg", "scan.tiny.png"])
        }
    }

    @Test("a worker that dies in the midst of a document costs no page that was made", arguments: [1, 3, 4])
    func dies(after: Int) async throws {
        try await withScratch { scratch in
            try scratch.write(Pictures.document(Self.pages(3)), to: "in/scan.tif")
            let crash = ["SLUICE_CRASH": "segfault@\(after):scan.tif"]
            let result = try await scratch.process(pipeline: Self.pipeline, environment: crash)
            // Six in all: in attempts of as many as that, and three attempts.
            #expect(result.exitCode == (after == 1 ? 65 : 0), "\(result)")
            guard after > 1 else { return #expect(try scratch.verifiedOutbox().isEmpty) }
            let sidecar = try #require(try scratch.verifiedOutbox()["scan.tif"])
            #expect(sidecar.renditions.map(\.path) == names(3))
            #expect(sidecar.stages.map(\.rendition) == ["small", "tiny"])
            #expect(sidecar.attempts == (after == 3 ? 3 : 2))
            let undisturbed = try scratch.processArguments(pipeline: Self.pipeline, out: "undisturbed")
            #expect(try await runProgram(BuiltPrograms.sluice, undisturbed).exitCode == 0)
            #expect(digests(try scratch.verifiedOutbox("undisturbed")) == digests(["scan.tif": sidecar]))
        }
    }

    @Test("a supervisor that is killed in the midst of a document leaves its pages to the next one")
    func killed() async throws {
        try await withScratch { scratch in
            try scratch.write(Pictures.document(Self.pages(3)), to: "in/scan.tif")
            let arguments = try scratch.processArguments(pipeline: Self.pipeline)
            var made: [String: FileFacts] = [:]
            let hanging = ["SLUICE_CRASH": "hang@4:scan.tif"]
            try await withProgram(BuiltPrograms.sluice, arguments, environment: hanging) { program in
                let staged = "out/.sluice/staging/jobs/job-1"
                let came = try await eventually(within: 60) {
                    try scratch.exists("\(staged)/2.tiny.rendition.record")
                }
                try #require(came, "\(program.errorsSoFar)")
                made = try scratch.snapshot(below: staged)
            }
            #expect(try await scratch.process(pipeline: Self.pipeline).exitCode == 0)
            let sidecar = try #require(try scratch.verifiedOutbox()["scan.tif"])
            #expect(sidecar.renditions.map(\.path) == names(3))
            let files = try scratch.snapshot(below: "out")
            #expect(files["scan.1.small.jpg"]?.inode == made["1.small.rendition"]?.inode)
            #expect(files["scan.2.tiny.png"]?.inode == made["2.tiny.rendition"]?.inode)
        }
    }

    @Test("a damaged page is named, and nothing of its document is published")
    func damaged() async throws {
        try await withScratch { scratch in
            var pages = Self.pages(3)
            pages[1].isDamaged = true
            try scratch.write(Pictures.document(pages), to: "in/scan.tif")
            #expect(try await scratch.process(pipeline: Self.pipeline).exitCode == 65)
            let error = try scratch.errorFile("scan.tif")
            #expect(error.message.hasPrefix("Page 2 of 3: "), "\(error)")
            #expect([.damaged, .truncated].contains(error.code))
            #expect(try scratch.verifiedOutbox().isEmpty)
            // Of the first page alone nothing is damaged.
            let first = Self.pipeline.replacing("pages: all", with: "pages: first")
            #expect(try await scratch.process("--overwrite", pipeline: first).exitCode == 0)
            let sidecar = try #require(try scratch.verifiedOutbox()["scan.tif"])
            #expect(sidecar.warnings == ["pages-ignored: 3 pages, the first is used"])
        }
    }

    @Test("more pages than are allowed are refused before anything is done")
    func tooMany() async throws {
        try await withScratch { scratch in
            try scratch.write(Pictures.document(Self.pages(5)), to: "in/scan.tif")
            let few = Self.pipeline + "\nlimits: { pages: 4 }\n"
            #expect(try await scratch.process(pipeline: few).exitCode == 65)
            let error = try scratch.errorFile("scan.tif")
            #expect(error.code == .tooManyPages && error.message.contains("5 pages"), "\(error)")
            let first = few.replacing("pages: all", with: "pages: first")
            #expect(try await scratch.process("--overwrite", pipeline: first).exitCode == 0)
            // However many are allowed, a worker has to be able to tell of them.
            let many = (0..<450).map { DocumentPicture(width: 1, height: 1, seed: UInt8(truncatingIfNeeded: $0)) }
            try scratch.write(Pictures.document(many), to: "in/scan.tif")
            #expect(try await scratch.process("--overwrite", pipeline: Self.pipeline).exitCode == 65)
            #expect(try scratch.errorFile("scan.tif").message.contains("at most 833 files"))
        }
    }

    @Test("as many files as one document may have are published")
    func many() async throws {
        try await withScratch { scratch in
            let many = (0..<416).map { DocumentPicture(width: 2, height: 2, seed: UInt8(truncatingIfNeeded: $0)) }
            try scratch.write(Pictures.document(many), to: "in/scan.tif")
            let result = try await scratch.process(pipeline: Self.pipeline)
            #expect(result.exitCode == 0, "\(result)")
            #expect(try scratch.verifiedOutbox()["scan.tif"]?.renditions.count == 832)
        }
    }

    @Test("a pyramid's smaller versions are no pages")
    func pyramid() async throws {
        try await withScratch { scratch in
            let levels = [80, 40, 20].map { DocumentPicture(width: $0, height: $0, subfile: $0 == 80 ? nil : 1) }
            try scratch.write(Pictures.document(levels), to: "in/map.tif")
            _ = try await scratch.process(pipeline: Self.pipeline)
            let sidecar = try #require(try scratch.verifiedOutbox()["map.tif"])
            #expect(sidecar.renditions.map(\.path) == ["map.small.jpg", "map.tiny.png"])
            #expect(sidecar.warnings.isEmpty && sidecar.source.pages == 1)
        }
    }

    @Test("documents and pictures of one stem share no name, and a template says where the number goes")
    func collisions() async throws {
        try await withScratch { scratch in
            try scratch.write(Pictures.document(Self.pages(2)), to: "in/a.tif")
            try scratch.write(Pictures.document(Self.pages(2)), to: "in/a.tiff")
            try scratch.writePicture("in/a.1.png")
            let pipeline = Self.pipeline + "\noutput: { name: \"{stem}-{page}.{rendition}.{ext}\" }\n"
            for pipeline in [Self.pipeline, pipeline] {
                let result = try await scratch.process("--overwrite", pipeline: pipeline)
                #expect(result.exitCode == 0, "\(result)")
                let sidecars = try scratch.verifiedOutbox()
                #expect(sidecars.count == 3)
                #expect(Set(sidecars.values.flatMap(\.renditions).map(\.path)).count == 10)
            }
            #expect(try scratch.exists("out/a-2.small.jpg") && scratch.exists("out/a.1-1.small.jpg"))
        }
    }

    @Test("of a sequence the still picture is used, with a warning")
    func sequence() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/a.png")
            let still = "version: 1\nrenditions: { a: { format: avif, effort: 0 } }\n"
            #expect(try await scratch.process(pipeline: still).exitCode == 0)
            var picture = try scratch.read("out/a.a.avif")
            // One of the brands that it is compatible with says that there is more, and a track of two pictures follows.
            let brand = try #require(picture.prefix(64).firstRange(of: Array("miaf".utf8)))
            picture.replaceSubrange(brand, with: Array("msf1".utf8))
            func full(_ type: String, _ content: [UInt8]) -> [UInt8] { MotionPhotos.box(type, [0, 0, 0, 0] + content) }
            let table = MotionPhotos.box("stbl", full("stsz", [0, 0, 0, 0, 0, 0, 0, 2]))
            let media = full("hdlr", [0, 0, 0, 0] + Array("pict".utf8)) + MotionPhotos.box("minf", table)
            picture += MotionPhotos.box("moov", MotionPhotos.box("trak", MotionPhotos.box("mdia", media)))
            try scratch.write(picture, to: "in/a.png")
            for pages in ["all", "first"] {
                let pipeline = Self.pipeline.replacing("pages: all", with: "pages: \(pages)")
                let result = try await scratch.process("--overwrite", pipeline: pipeline)
                #expect(result.exitCode == 0, "\(result)")
                let sidecar = try #require(try scratch.verifiedOutbox()["a.png"])
                #expect(sidecar.warnings == ["pages-ignored: a sequence of 2 pictures, the still picture is used"])
                #expect(sidecar.renditions.count == 2)
            }
        }
    }

    @Test("explain tells of each page")
    func explain() async throws {
        try await withScratch { scratch in
            try scratch.write(Pictures.document(Self.pages(2)), to: "in/scan.tif")
            try scratch.write(text: Self.pipeline, to: "pipeline.yaml")
            let told = try await runProgram(
                BuiltPrograms.sluice,
                ["explain", "\(scratch.path)/in/scan.tif", "--pipeline", "\(scratch.path)/pipeline.yaml"])
            #expect(told.output.contains("pages: 2, each is made"), "\(told)")
            #expect(
                told.output.contains("page 1, small: jpeg, 32 × 96")
                    && told.output.contains("page 2, tiny: png, 16 × 32"))
        }
    }
}
