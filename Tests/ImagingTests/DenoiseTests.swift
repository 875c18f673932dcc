import CResample
import CVips
import Glibc
import Testing
import Text

@testable import Imaging
@testable import Jobs
@testable import Models
@testable import Pipeline
@testable import Planning
@testable import Stages
@testable import Vips

/// With a change.
func denoise(_ change: (inout Denoise) -> Void = { _ in }) -> Stage {
    var denoise = Denoise()
    change(&denoise)
    return .denoise(denoise)
}

/// What a picture is without its noise: soft, with a frame.
func calm(_ width: Int, _ height: Int, bands: Int = 3) throws -> Image {
    let soft = try texture(width, height).blurred(sigma: 9).linear(factor: 0.6, offset: 50)
        .cast(to: VIPS_FORMAT_UCHAR)
    let image = bands < 3 ? try soft.extractedBands(first: 0, count: 1) : soft
    return try image.interpreted(as: bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB).copiedToMemory()
}

/// White noise in each band, 8 bits.
func noisy(_ image: Image, _ sigma: Double, seed: Int = 5) throws -> Image {
    var noise: Image?
    for band in 0..<image.bands {
        let next = try Image.make {
            sluice_gaussnoise(&$0, Int32(image.width), Int32(image.height), 0, sigma, Int32(seed + 7919 * band))
        }
        noise = try noise.map { try $0.joined(with: next) } ?? next
    }
    let sum = try Image.make { sluice_add(image.pointer, noise?.pointer ?? image.pointer, &$0) }
    return try sum.linear(factor: 1, offset: 0.5).cast(to: VIPS_FORMAT_UCHAR).interpreted(as: image.interpretation)
        .copiedToMemory()
}

extension JobOutput {
    /// The details of all denoisings.
    var denoised: [[String: String]] { stages.filter { $0.name == "denoise" }.map(\.details) }

    func denoised(_ key: String) -> Double? { denoised.first?[key].flatMap { Double($0) } }
}

extension ImagingTests {
    @Suite("Denoising")
    struct DenoiseTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        @Test(
            "takes the noise out of a picture of each kind, and tells how much there was", arguments: [1, 3], [8, 16])
        func kinds(bands: Int, depth: Int) throws {
            let clean = try calm(240, 180, bands: bands)
            let before = try noisy(clean, 12)
            var image = before
            if depth == 16 {
                image = try image.converted(to: bands < 3 ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_RGB16)
            }
            let output = try bench.run(try bench.source(image), stages: [denoise()], renditions: [.png()])
            var after = try bench.read("out.png")
            #expect(after.bands == bands && after.is16Bit == (depth == 16))
            if depth == 16 { after = try after.converted(to: before.interpretation) }
            #expect(try psnr(clean, after) > psnr(clean, before) + 3)

            let details = try #require(output.denoised.first)
            #expect(details["method"] == "dct" && details["skipped"] == nil && details["place"] == nil)
            let sigma = try #require(output.denoised("sigma"))
            #expect(abs(sigma - 12) < 3)
            #expect(try #require(output.denoised("sigmaAfter")) < sigma / 2, "\(details)")
            #expect(try #require(output.denoised("seconds")) > 0)
            #expect(try #require(output.stages.first).seconds > 0)
        }

        @Test("leaves alpha alone to the bit", arguments: [Denoise.Method.dct, .median, .gaussian])
        func alpha(method: Denoise.Method) throws {
            let alpha = try noisy(try solid(120, 90, [120]), 50, seed: 77)
            for bands in [1, 3] {
                let image = try noisy(try calm(120, 90, bands: bands), 12).joined(with: alpha)
                let after = try bench.apply([denoise { $0.method = method }], to: image)
                #expect(after.bands == bands + 1)
                let kept = try after.extractedBands(first: bands, count: 1)
                #expect(try samples(kept) == samples(alpha))
                let colours = try after.extractedBands(first: 0, count: bands)
                #expect(try psnr(calm(120, 90, bands: bands), colours) > 32)
            }
        }

        @Test("leaves a clean picture as it is, to the bit, and says so")
        func clean() throws {
            let image = try solid(160, 120, [90, 120, 150])
            let output = try bench.run(try bench.source(image), stages: [denoise()], renditions: [.png()])
            #expect(try samples(bench.read("out.png")) == samples(image))
            #expect(output.denoised.first?["skipped"] == "clean")
            #expect(try #require(output.denoised("sigma")) < 0.5)
            #expect(output.denoised("sigmaAfter") == nil && output.denoised("seconds") == nil)
        }

        @Test(
            "with nothing to remove it leaves the picture as it is",
            arguments: [Denoise.Method.dct, .median, .gaussian])
        func nothing(method: Denoise.Method) throws {
            let image = try noisy(try calm(120, 90), 12)
            let stage = denoise { ($0.method, $0.strength, $0.chroma) = (method, 0, method == .dct ? 0 : 1) }
            let output = try bench.run(try bench.source(image), stages: [stage], renditions: [.png()])
            #expect(try samples(bench.read("out.png")) == samples(image))
            #expect(output.denoised.first?["skipped"] == "strength 0")
            let grey = try bench.source(try noisy(try calm(120, 90, bands: 1), 12))
            let colours = denoise { ($0.strength, $0.chroma) = (0, 1) }
            let none = try bench.run(grey, stages: [colours], renditions: [.png("grey")])
            #expect(none.denoised.first?["skipped"] == "strength 0")
            #expect(shortDecimals(12, most: 2) == "12" && shortDecimals(6.404, most: 2) == "6.4")
            #expect(shortDecimals(.infinity, most: 2) == "inf")
        }

        @Test("takes a sigma that is named at its word")
        func named() throws {
            let clean = try calm(160, 120)
            let source = try bench.source(try noisy(clean, 12))
            let output = try bench.run(source, stages: [denoise { $0.sigma = 12 }], renditions: [.png()])
            #expect(output.denoised.first?["sigma"] == "12")
            #expect(try psnr(clean, bench.read("out.png")) > 29)
        }

        @Test("median takes specks out, a larger one larger specks; gaussian is a blur; neither looks at the noise")
        func filters() throws {
            let specks = try solid(90, 60, [200, 200, 200])
            try draw(on: specks, [0, 0, 0], left: 30, top: 30, width: 2, height: 2)
            try draw(on: specks, [0, 0, 0], left: 60, top: 20, width: 3, height: 3)
            let small = try bench.apply([denoise { $0.method = .median }], to: specks)
            #expect(try small.pixel(x: 30, y: 30) == [200, 200, 200] && small.pixel(x: 61, y: 21) == [0, 0, 0])
            let large = try bench.apply([denoise { ($0.method, $0.strength) = (.median, 2) }], to: specks)
            #expect(try large.pixel(x: 61, y: 21) == [200, 200, 200])
            let blurred = try bench.apply([denoise { ($0.method, $0.strength) = (.gaussian, 2) }], to: specks)
            #expect(try samples(blurred) == samples(specks.blurred(sigma: 1.6)))
            let output = try bench.run(
                try bench.source(specks), stages: [denoise { $0.method = .median }], renditions: [.png("again")])
            #expect(output.denoised == [["method": "median"]])
            // What is smaller than the square stays.
            #expect(try bench.apply([denoise { $0.method = .median }], to: try solid(2, 9, red)).size.pixels == 18)
        }

        @Test("a network that cannot be opened fails the stage, in words")
        func model() throws {
            let source = try bench.source(try calm(40, 30))
            let network = denoise {
                ($0.method, $0.sigma, $0.model) = (.model, 9, ModelDescription(file: "/no/such"))
            }
            // In its own name, though it is done by the resize.
            for stages in [[network], [network, .resize(20, nil)]] {
                let error = bench.failure(source, stages: stages)
                #expect(error?.code == .stageFailed && error?.stage == "denoise")
                #expect(error?.message.contains("/no/such") == true)
            }
            #expect(bench.outputNames.isEmpty)
        }

        @Test("CMYK becomes sRGB where it is denoised, and stays what it is where it is clean")
        func cmyk() throws {
            let tiff = Rendition(name: "tiff", encoder: .tiff(TIFF()))
            let ink = try noisy(try solid(160, 120, [60, 40, 80, 20]).interpreted(as: VIPS_INTERPRETATION_CMYK), 12)
            let output = try bench.run(
                try bench.source(ink, as: .tiff(TIFF())), stages: [denoise()], renditions: [tiff])
            let after = try bench.read("out.tiff")
            #expect(!after.isCMYK && after.bands == 3)
            #expect(try #require(output.denoised("sigma")) > 3)
            let clean = try solid(160, 120, [60, 40, 80, 20]).interpreted(as: VIPS_INTERPRETATION_CMYK)
            let skipped = try bench.run(
                try bench.source(clean, as: .tiff(TIFF())), stages: [denoise()], renditions: [tiff], prefix: "clean")
            #expect(try bench.read("clean.tiff").isCMYK)
            #expect(skipped.denoised.first?["skipped"] == "clean")
        }

        @Test(
            "pictures of every size, down to a pixel",
            arguments: [(1, 1), (1, 60), (60, 1), (3, 7), (8, 8), (9, 40), (70, 2)])
        func small(width: Int, height: Int) throws {
            let image = try noisy(try solid(width, height, [90, 120, 150]), 12)
            for stage in [denoise(), denoise { $0.sigma = 12 }, denoise { $0.method = .gaussian }] {
                let after = try bench.apply([stage, .sharpen(Sharpen())], to: image)
                #expect(after.size == image.size && after.bands == 3)
                for name in bench.outputNames { unlinkat(bench.directory, name, 0) }
            }
        }

        @Test("pictures of numbers that stages do not see: floats, Lab, five bands, palettes")
        func otherKinds() throws {
            let clean = try calm(160, 120)
            let image = try noisy(clean, 12)
            let five = try image.joined(with: image.extractedBands(first: 0, count: 2))
                .interpreted(as: VIPS_INTERPRETATION_MULTIBAND)
            let others = [
                try image.converted(to: VIPS_INTERPRETATION_scRGB), try image.converted(to: VIPS_INTERPRETATION_LAB),
                five,
            ]
            for (index, other) in others.enumerated() {
                let source = try bench.source(other, as: .tiff(TIFF()))
                let output = try bench.run(source, stages: [denoise()], renditions: [.png("\(index)")])
                #expect(abs(try #require(output.denoised("sigma")) - 12) < 4)
                // Floats come out in 16 bits; the fourth of five bands is alpha, as libvips' saver writes it.
                let made = try bench.read("out.\(index)").as8Bit().extractedBands(first: 0, count: 3)
                #expect(try psnr(clean, made) > 28)
            }
            let grey = try noisy(try calm(160, 120, bands: 1), 12).cast(to: VIPS_FORMAT_FLOAT)
            let floats = try bench.source(grey, as: .tiff(TIFF()))
            #expect(
                try bench.run(floats, stages: [denoise()], renditions: [.png("grey")]).denoised("sigmaAfter") != nil)
            var palette = PNG()
            palette.palette = true
            let source = try bench.source(image, as: .png(palette))
            #expect(try bench.run(source, stages: [denoise()], renditions: [.png("few")]).denoised("sigma") != nil)
        }

        @Test("several each measure what comes to them")
        func several() throws {
            let source = try bench.source(try noisy(try calm(200, 150), 20))
            let output = try bench.run(
                source, stages: [denoise(), .sharpen(Sharpen()), denoise()],
                renditions: [
                    .png("a", [denoise { $0.method = .median }]), .png("b", [.sharpen(Sharpen()), denoise()]),
                ])
            let sigmas = output.stages.filter { $0.name == "denoise" }.map {
                $0.details["sigma"].flatMap { Double($0) }
            }
            #expect(sigmas.count == 4 && sigmas[2] == nil)
            let first = try #require(sigmas[0])
            #expect(abs(first - 20) < 5)
            #expect(try #require(sigmas[1]) < first)
            #expect(output.stages.map(\.rendition) == [nil, nil, nil, "a", "b", "b"])
        }

        @Test("stages are told once, however often the source is opened")
        func told() throws {
            var told: [String] = []
            var opened = 0
            try bench.run(
                try bench.source(try noisy(try calm(120, 90), 12)), stages: [.autorotate, denoise(), denoise()],
                renditions: [.png()]
            ) { event in
                if case .stage(let name, _) = event { told.append(name) }
                if case .opened = event { opened += 1 }
            }
            #expect(told == ["autorotate", "denoise", "denoise"] && opened == 1)
        }

        @Test("a damaged source ends as it would without, and leaves nothing", arguments: [false, true])
        func damaged(restreams: Bool) throws {
            var jpeg = JPEG()
            jpeg.progressive = restreams
            _ = try bench.source(try noisy(try calm(500, 400), 12), as: .jpeg(jpeg))
            let whole = try bench.bytes("source1")
            let cut = try bench.source(bytes: Array(whole.prefix(whole.count * 2 / 3)))
            let errors = try [[], [denoise()]].map { stages in
                try #require(throws: JobError.self) {
                    try bench.run(cut, stages: stages, renditions: [.png()], restreams: restreams)
                }
            }
            #expect(errors[0].code == errors[1].code && errors[0].code == .truncated)
            #expect(bench.outputNames.isEmpty)
        }
    }
}
