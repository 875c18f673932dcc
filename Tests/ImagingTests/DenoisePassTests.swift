import CVips
import Glibc
import Testing

@testable import Imaging
@testable import Jobs
@testable import Pipeline
@testable import Planning
@testable import Vips

extension ImagingTests {
    @Suite("What is measured is what is denoised")
    struct DenoisePassTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        enum Kind: String, CaseIterable {
            case jpeg, progressive, png, interlaced, webp, tiff

            var encoder: Rendition.Encoder {
                switch self {
                case .jpeg: Rendition.jpeg().encoder
                case .progressive: RestreamingTests.progressive
                case .png: .png(PNG())
                case .interlaced: RestreamingTests.interlaced
                case .webp: .webp(WebP())
                case .tiff: .tiff(TIFF())
                }
            }
        }

        func pixels(_ name: String) throws -> [UInt8] { try samples(bench.read(name)) }

        /// A picture that several renditions share is in memory; one that is for a single one is read twice.
        @Test("from a source that is opened twice as from memory", arguments: Kind.allCases, [nil, 300, 200, 120])
        func passes(kind: Kind, width: Int?) throws {
            let source = try bench.source(
                try noisy(try calm(480, 320), 25), as: kind.encoder)
            let stages = [denoise()] + (width.map { [.resize($0, nil)] } ?? [])
            let twice = try bench.run(
                source, stages: [.autorotate], renditions: [.png("twice", stages)], restreams: true)
            let held = try bench.run(
                source, stages: [.autorotate],
                renditions: [.png("held", stages), .png("other", Array(stages.dropFirst()))])
            #expect(twice.denoised.first?["sigma"] != nil && twice.denoised.first?["skipped"] == nil)
            #expect(twice.denoised.first?["sigma"] == held.denoised.first?["sigma"])
            #expect(twice.denoised.first?["sigmaAfter"] == held.denoised.first?["sigmaAfter"])
            #expect(try pixels("out.twice") == pixels("out.held"))
            #expect(twice.restreamed == (kind == .progressive || kind == .interlaced))
            // And it is denoised at all.
            #expect(try pixels("out.held") != pixels("out.other"))
        }

        @Test("before a shrink by two and more it is done after it", arguments: [Kind.jpeg, .png, .webp])
        func moved(kind: Kind) throws {
            let source = try bench.source(try noisy(try calm(960, 640), 40), as: kind.encoder)
            let after: [Stage] = [.grayscale, .resize(240, nil), denoise { $0.place = .here }]
            let explicit = try bench.run(source, stages: after, renditions: [.png("explicit")])
            #expect(explicit.denoised.first?["place"] == nil)
            for (name, stages, own) in [
                ("own", [denoise(), .grayscale, .resize(240, nil)], []),
                ("across", [denoise(), .grayscale], [.resize(240, nil)]),
                ("theirs", [], [denoise(), .grayscale, .resize(240, nil)]),
            ] as [(String, [Stage], [Stage])] {
                let output = try bench.run(source, stages: stages, renditions: [.png(name, own)])
                #expect(try pixels("out.\(name)") == pixels("out.explicit"), "\(name)")
                #expect(output.denoised.first?["place"] == "after the shrink to 240x160")
                #expect(output.denoised.first?["sigma"] == explicit.denoised.first?["sigma"])
            }
            // Renditions of one shrink share what was denoised after it, in the order in which it is written.
            try bench.run(
                source, stages: [.resize(240, nil), denoise { $0.place = .here }, .grayscale],
                renditions: [.png("shared")])
            let shared = try bench.run(
                source, stages: [denoise(), .grayscale],
                renditions: [.png("large", [.resize(240, nil)]), .png("small", [.resize(60, nil)])])
            #expect(try pixels("out.large") == pixels("out.shared"))
            #expect(shared.denoised.count == 1 && shared.denoised.first?["place"] == "after the shrink to 240x160")
            #expect(shared.stages.map(\.name) == ["denoise", "grayscale", "resize", "resize"])
        }

        @Test("before a smaller shrink, or where it is told to, it is done first")
        func asWritten() throws {
            let source = try bench.source(try noisy(try calm(960, 640), 15), as: Kind.jpeg.encoder)
            let here = denoise { $0.place = .here }
            for (width, stage) in [(600, denoise()), (240, here)] {
                let output = try bench.run(source, stages: [stage], renditions: [.png("a", [.resize(width, nil)])])
                try bench.run(source, stages: [stage], renditions: [.png("whole")])
                let whole = try bench.source(try bench.read("out.whole"))
                try bench.run(whole, renditions: [.png("b", [.resize(width, nil)])])
                // A JPEG's own rounding of sizes stays, so they may differ by a line.
                #expect(try bench.read("out.a").width == width)
                #expect(try bench.read("out.a").size == bench.read("out.b").size)
                #expect(try psnr(bench.read("out.a"), bench.read("out.b")) > 50)
                #expect(output.denoised.first?["place"] == nil)
                for name in bench.outputNames { unlinkat(bench.directory, name, 0) }
            }
        }

        @Test("between scaling and cutting or padding")
        func finishes() throws {
            let clean = try calm(960, 640)
            let source = try bench.source(try noisy(clean, 30))
            let padded = try bench.run(
                source, stages: [denoise()], renditions: [.png("padded", [.resize(240, 240, .contain)])])
            let cut = try bench.run(source, stages: [denoise()], renditions: [.png("cut", [.resize(160, 160, .cover)])])
            let plain = try bench.run(source, stages: [denoise()], renditions: [.png("plain", [.resize(240, 160)])])
            #expect(padded.denoised.first?["sigma"] == plain.denoised.first?["sigma"])
            #expect(cut.denoised.first?["sigma"] == plain.denoised.first?["sigma"])
            #expect(padded.renditions.map(\.height) == [240] && cut.renditions.map(\.width) == [160])
            let area = PixelRectangle(left: 0, top: 40, width: 240, height: 160)
            #expect(try samples(bench.read("out.padded").extracted(area)) == pixels("out.plain"))
        }

        @Test("with decoder and encoder at the same time as without", arguments: [1, 2])
        func overlapping(renditions: Int) throws {
            let source = try bench.source(try noisy(try calm(700, 550), 15), as: Kind.jpeg.encoder)
            let made = [Rendition.png("a", [.resize(600, nil)]), .png("b", [denoise(), .resize(90, nil)])]
            let pipeline: [Stage] = [.autorotate, denoise()]
            var outputs: [JobOutput] = []
            for overlaps in [false, true] {
                outputs.append(
                    try bench.run(
                        source, stages: pipeline, renditions: Array(made.prefix(renditions)),
                        prefix: overlaps ? "with" : "without", overlaps: overlaps))
            }
            for name in made.prefix(renditions).map(\.name) {
                #expect(try bench.bytes("with.\(name)") == bench.bytes("without.\(name)"))
            }
            #expect(outputs[0].denoised.map { $0["sigma"] } == outputs[1].denoised.map { $0["sigma"] })
            #expect(outputs.allSatisfy { $0.denoised.first?["seconds"] != nil })
        }

        @Test("a rendition that is made alone, after a crash, is the same")
        func resumed() throws {
            let source = try bench.source(try noisy(try calm(700, 550), 50), as: Kind.jpeg.encoder)
            let renditions = [
                Rendition.png("a", [.resize(200, nil)]), .png("b", [.resize(90, nil)]),
                .png("c", [.resize(40, nil), denoise()]),
            ]
            try bench.run(source, stages: [denoise()], renditions: renditions)
            for name in ["a", "b", "c"] {
                let output = try bench.run(
                    source, stages: [denoise()], renditions: renditions, only: [name], prefix: "again")
                #expect(try bench.bytes("again.\(name)") == bench.bytes("out.\(name)"))
                #expect(output.denoised.first?["sigmaAfter"] != nil)
            }
        }

        @Test("an animation is looked at and denoised frame for frame", arguments: [nil, 150, 200])
        func animation(width: Int?) throws {
            var webp = WebP()
            webp.lossless = true
            let rendition = Rendition(
                name: "webp", stages: width.map { [.resize($0, nil)] } ?? [], encoder: .webp(webp))
            let (calm, loud) = (try calm(320, 240), try noisy(try calm(320, 240), 30))
            func run(_ frames: [Image], _ prefix: String, _ stages: [Stage]) throws -> JobOutput {
                let source = try bench.source(try Loop(of: frames[0]).join(frames), as: .webp(webp))
                return try bench.run(source, stages: stages, renditions: [rendition], prefix: prefix)
            }
            let output = try run([loud, calm, loud], "loud", [denoise()])
            #expect(output.denoised.count == 1 && output.denoised("sigmaAfter") != nil)
            #expect(output.renditions.map(\.pages) == [3])
            _ = try run([loud, calm, loud], "plain", [])
            let (denoised, plain) = (
                try bench.read("loud.webp", allFrames: true).copiedToMemory(),
                try bench.read("plain.webp", allFrames: true).copiedToMemory()
            )
            let height = denoised.height / 3
            for frame in [0, 2] {
                let area = PixelRectangle(left: 0, top: frame * height, width: denoised.width, height: height)
                #expect(try samples(denoised.extracted(area)) != samples(plain.extracted(area)), "frame \(frame)")
            }
            // A title without noise says nothing of what follows.
            let first = try solid(320, 240, [90, 120, 150])
            let titled = try run([first, loud], "title", [denoise()]).denoised.first
            #expect(titled?["skipped"] == nil && titled?["sigmaAfter"] != nil, "\(String(describing: titled))")
            _ = try run([first, loud], "untouched", [])
            let (title, untouched) = (
                try bench.read("title.webp", allFrames: true).copiedToMemory(),
                try bench.read("untouched.webp", allFrames: true).copiedToMemory()
            )
            let size = (title.width, title.height / 2)
            for (frame, isSame) in [(0, true), (1, false)] {
                let area = PixelRectangle(left: 0, top: frame * size.1, width: size.0, height: size.1)
                #expect(try (samples(title.extracted(area)) == samples(untouched.extracted(area))) == isSame)
            }
            #expect(try run([first, calm], "calm", [denoise()]).denoised.first?["skipped"] == "clean")
        }
    }
}
