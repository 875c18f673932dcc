import Foundation
import Jobs
import Testing

@Suite(
    "Motion photos, gain maps and further pictures",
    .enabled(if: Tool.vips.isInstalled && Tool.exiftool.isInstalled, "the vips command and exiftool make and read them")
)
struct MotionPhotoTests {
    private static func pipeline(_ motion: String) -> String {
        """
        version: 1
        motion: \(motion)
        renditions:
          small: { resize: { width: 32 }, format: jpeg }
          tiny: { resize: { width: 16 }, format: webp }
        metadata: { keep: all }
        """
    }

    private func jpeg(_ scratch: Scratch, _ width: Int = 96) async throws -> [UInt8] {
        try await scratch.convertPicture(to: "made.jpg", width: width, height: 64)
        return try scratch.read("made.jpg")
    }

    enum Kind: CaseIterable {
        case google, googleWithGainMap, googleWithTrailer, micro, samsung

        func make(_ jpeg: [UInt8], _ video: [UInt8]) -> [UInt8] {
            switch self {
            case .google: MotionPhotos.google(jpeg, video: video)
            case .googleWithGainMap: MotionPhotos.google(jpeg, video: video, gainMap: jpeg)
            case .googleWithTrailer: MotionPhotos.google(jpeg, video: video, behind: [0, 0, 0x30, 0x0A, 0, 0, 0, 0, 1])
            case .micro: MotionPhotos.micro(jpeg, video: video)
            case .samsung: MotionPhotos.samsung(jpeg, video: video)
            }
        }
    }

    @Test("a motion photo's video is left out with its size, or published as it is", arguments: Kind.allCases)
    func video(_ kind: Kind) async throws {
        try await withScratch { scratch in
            let video = MotionPhotos.video(bytes: 200_000)
            try scratch.write(kind.make(try await jpeg(scratch), video), to: "in/p.jpg")
            _ = try await scratch.process(pipeline: Self.pipeline("leave"))
            let left = try #require(try scratch.verifiedOutbox()["p.jpg"])
            let gainMap = kind == .googleWithGainMap ? ", an HDR gain map" : ""
            #expect(left.warnings == ["parts-left-out: a motion video of 200 kB\(gainMap)"])
            #expect(left.motion == nil)

            _ = try await scratch.process("--overwrite", pipeline: Self.pipeline("extract"))
            let sidecar = try #require(try scratch.verifiedOutbox()["p.jpg"])
            #expect(sidecar.motion?.path == "p.mp4" && sidecar.motion?.format == "mp4")
            #expect(try scratch.read("out/p.mp4") == video)
            #expect(sidecar.renditions.map(\.path) == ["p.small.jpg", "p.tiny.webp"])
            #expect(!sidecar.warnings.contains { $0.contains("motion video of") })
            #expect(sidecar.warnings.contains { $0.contains("gain map") } == (kind == .googleWithGainMap))

            // Nothing of it is said in the results.
            let files = sidecar.renditions.map { "\(scratch.path)/out/\($0.path)" }
            let told = try await runProgram(try #require(Tool.exiftool.path), ["-a", "-G1", "-s"] + files).output
            for word in [
                "MotionPhoto", "MicroVideo", "Container", "hdrgm", "MPF", "MPImage", "EmbeddedVideo", "Samsung",
            ] {
                #expect(!told.contains(word), "\(word): \(told)")
            }
            if kind != .samsung { #expect(told.contains("kept")) }

            let before = try scratch.snapshot(below: "out")
            #expect(try await scratch.process(pipeline: Self.pipeline("extract")).report().unchanged == 1)
            #expect(try scratch.snapshot(below: "out") == before)
            try scratch.remove("out/p.mp4")
            #expect(try await scratch.process(pipeline: Self.pipeline("extract")).report().published == 1)
            #expect(try scratch.verifiedOutbox()["p.jpg"]?.motion != nil)
            // What is not wanted any more goes; so does a lost journal's.
            for file in try scratch.files(below: "out/.sluice", hidden: true) where file.hasPrefix("journal.sqlite") {
                try scratch.remove("out/.sluice/\(file)")
            }
            _ = try await scratch.process(pipeline: Self.pipeline("leave"))
            #expect(try scratch.verifiedOutbox()["p.jpg"]?.motion == nil)
        }
    }

    @Test("a HEIC's video lies in a box of its own")
    func heic() async throws {
        try await withScratch { scratch in
            _ = try await jpeg(scratch)
            let saved = try await runProgram(
                try #require(Tool.vips.path),
                ["heifsave", "\(scratch.path)/made.jpg", "\(scratch.path)/made.heic", "--compression", "hevc"])
            guard saved.exitCode == 0 else { return print("skipped: this vips writes no HEIC") }
            let video = MotionPhotos.video(brand: "qt  ")
            try scratch.write(try scratch.read("made.heic") + MotionPhotos.box("mpvd", video), to: "in/p.heic")
            _ = try await scratch.process(pipeline: Self.pipeline("leave"))
            #expect(try scratch.verifiedOutbox()["p.heic"]?.warnings == ["parts-left-out: a motion video of 1 kB"])
            _ = try await scratch.process("--overwrite", pipeline: Self.pipeline("extract"))
            #expect(try scratch.verifiedOutbox()["p.heic"]?.motion?.path == "p.mov")
            #expect(try scratch.read("out/p.mov") == video)
        }
    }

    @Test("a video that is cut short, is gone, or is none, is not published, and said to be missing")
    func damaged() async throws {
        try await withScratch { scratch in
            let (picture, video) = (try await jpeg(scratch), MotionPhotos.video())
            try scratch.write(
                Array(MotionPhotos.google(picture, video: video).dropLast(video.count)), to: "in/gone.jpg")
            var short = MotionPhotos.google(picture, video: video)
            // The last box says that it is longer than the file.
            short[short.count - 707] = 0xFF
            try scratch.write(short, to: "in/short.jpg")
            try scratch.write(
                MotionPhotos.google(picture, video: [UInt8](repeating: 0x41, count: 900)), to: "in/none.jpg")
            let result = try await scratch.process(pipeline: Self.pipeline("extract"))
            #expect(result.exitCode == 0, "\(result)")
            let sidecars = try scratch.verifiedOutbox()
            #expect(sidecars.values.allSatisfy { $0.motion == nil })
            #expect(sidecars["short.jpg"]?.warnings == ["parts-left-out: a motion video, which is damaged"])
            for name in ["gone.jpg", "none.jpg"] {
                #expect(
                    sidecars[name]?.warnings == ["parts-left-out: a motion video, which is not in the file any more"])
            }
        }
    }

    @Test("videos of two photographs of one name do not meet, and a worker's death costs none")
    func names() async throws {
        try await withScratch { scratch in
            let picture = try await jpeg(scratch)
            for (index, name) in ["p.jpg", "p.jpeg", "q.jpg"].enumerated() {
                let video = MotionPhotos.video(seed: UInt8(index))
                try scratch.write(MotionPhotos.google(picture, video: video), to: "in/\(name)")
            }
            let crash = ["SLUICE_CRASH": "segfault@2:q.jpg"]
            let result = try await scratch.process(pipeline: Self.pipeline("extract"), environment: crash)
            #expect(result.exitCode == 0, "\(result)")
            let paths = try scratch.verifiedOutbox().values.compactMap(\.motion?.path).sorted()
            #expect(paths.count == 3 && paths.contains("p.mp4") && paths.contains("q.mp4"), "\(paths)")
            #expect(try scratch.read("out/q.mp4") == MotionPhotos.video(seed: 2))
        }
    }

    @Test("further pictures of an MPO are counted, and its index is gone")
    func mpo() async throws {
        try await withScratch { scratch in
            let picture = try await jpeg(scratch)
            try scratch.write(MotionPhotos.mpo(picture, further: [picture]), to: "in/a.mpo")
            try scratch.write(MotionPhotos.mpo(picture, further: [picture, picture]), to: "in/b.jpg")
            _ = try await scratch.process(pipeline: Self.pipeline("extract"))
            let sidecars = try scratch.verifiedOutbox()
            #expect(sidecars["a.mpo"]?.warnings == ["parts-left-out: 1 further picture (MPO)"])
            #expect(sidecars["b.jpg"]?.warnings == ["parts-left-out: 2 further pictures (MPO)"])
            let told = try await runProgram(
                try #require(Tool.exiftool.path), ["-a", "-G1", "-s", "\(scratch.path)/out/a.small.jpg"]
            ).output
            #expect(!told.contains("MPF") && !told.contains("MPImage"), "\(told)")
        }
    }

    @Test(
        "parts of real files are told",
        .enabled(if: SharedData.directory("corpus") != nil && SharedData.directory("cases") != nil, "no shared files"))
    func real() async throws {
        try await withScratch { scratch in
            func copy(_ place: String, _ file: String, to name: String) throws {
                let directory = try #require(SharedData.directory(place))
                let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(directory)/\(file)"))
                try scratch.write(Array(bytes), to: name)
            }
            try copy("cases", "stale-container-tags/PXL_20240506_070809.MP.jpg", to: "in/pixel.jpg")
            try copy("corpus", "pillow/sugarshack.mpo", to: "in/sugar.mpo")
            _ = try await scratch.process(pipeline: Self.pipeline("leave"))
            let sidecars = try scratch.verifiedOutbox()
            #expect(sidecars["pixel.jpg"]?.warnings.contains { $0.contains("an HDR gain map") } == true)
            #expect(sidecars["sugar.mpo"]?.warnings.first == "parts-left-out: 1 further picture (MPO)")
        }
    }
}
