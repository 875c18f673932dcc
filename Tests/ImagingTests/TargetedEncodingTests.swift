import CSimilarity
import CVips
import Foundation
import Testing

@testable import Imaging
@testable import Jobs
@testable import Pictures
@testable import Pipeline
@testable import Planning
@testable import Vips

extension ImagingTests {
    @Suite("Files that keep to a target")
    struct TargetedEncodingTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        private static let lossy: [Rendition.Encoder] = [.jpeg(JPEG()), .webp(WebP()), .avif(AVIF()), .jxl(JXL())]

        private func rendition(
            _ encoder: Rendition.Encoder, name: String = "r", most quality: Int = 95,
            _ change: (inout EncodingTarget) -> Void
        ) -> Rendition {
            var rendition = Rendition(name: name, encoder: encoder)
            rendition.encoder.quality = quality
            var target = EncodingTarget()
            change(&target)
            rendition.target = target
            return rendition
        }

        private func size(_ name: String) throws -> UInt64 { UInt64(try bench.bytes(name).count) }

        @Test("max-bytes: the file fits, and is nearly as large as it may be", arguments: lossy)
        func maxBytes(encoder: Rendition.Encoder) throws {
            let source = try bench.source(try texture(250, 200))
            var best = encoder
            best.quality = 95
            try bench.run(source, renditions: [Rendition(name: "best", encoder: best)], prefix: "whole")
            for part in [0.3, 0.6] {
                let most = UInt64(Double(try size("whole.best")) * part)
                let output = try bench.run(
                    source, renditions: [rendition(encoder) { $0.maxBytes = most }], prefix: "p\(part)")
                let report = try #require(output.renditions.first)
                let sizing = try #require(report.sizing)
                #expect(report.bytes <= most)
                #expect(try size("p\(part).r") == report.bytes)
                #expect(sizing.tries >= 1 && sizing.tries <= 8)
                // The next quality is too large, or this one is near.
                if Double(report.bytes) < 0.94 * Double(most) {
                    var next = encoder
                    next.quality = (sizing.quality ?? 0) + 1
                    try bench.run(source, renditions: [Rendition(name: "next", encoder: next)], prefix: "n\(part)")
                    #expect(try size("n\(part).next") > most)
                }
                #expect(output.warnings.isEmpty)
            }
            #expect(!bench.fileNames.contains { $0.contains(".r.") }, "files of other tries are left")
        }

        @Test("max-bytes: where the best there is fits, that is taken; its metadata counts")
        func generous() throws {
            let output = try bench.run(
                try bench.source(try texture(200, 100)),
                renditions: [rendition(.jpeg(JPEG()), most: 80) { $0.maxBytes = 10_000_000 }])
            #expect(output.renditions.first?.sizing?.quality == 80)
        }

        @Test("max-bytes: a file that fits at no quality is published, and told")
        func tooSmall() throws {
            let source = try bench.source(try texture(300, 200))
            let output = try bench.run(source, renditions: [rendition(.jpeg(JPEG())) { $0.maxBytes = 500 }])
            let report = try #require(output.renditions.first)
            #expect(report.sizing?.quality == 1 && report.width == 300)
            #expect(
                output.warnings == [
                    "max-bytes: a jpeg rendition has \(report.bytes) bytes, not 500: quality 1 is the lowest to try"
                ])
            let png = try bench.run(
                source, renditions: [rendition(.png(PNG())) { $0.maxBytes = 500 }], prefix: "png")
            #expect(png.warnings.first?.hasSuffix("png has no quality here") == true)
        }

        @Test(
            "max-bytes with shrink: a smaller picture fits",
            arguments: [Rendition.Encoder.jpeg(JPEG()), .png(PNG()), .webp(WebP())])
        func shrink(encoder: Rendition.Encoder) throws {
            let most: UInt64 = 6000
            let output = try bench.run(
                try bench.source(try texture(400, 200)),
                renditions: [
                    rendition(encoder) { ($0.maxBytes, $0.shrink, $0.least) = (most, true, 30) }
                ])
            let report = try #require(output.renditions.first)
            #expect(report.bytes <= most && report.bytes > most / 2)
            #expect(report.width < 400 && abs(report.width - 2 * report.height) <= 2)
            let image = try bench.read("out.r")
            #expect(image.size == PixelSize(width: report.width, height: report.height))
            #expect(output.warnings.first?.hasPrefix("shrunk-to-fit: ") == true)
            #expect(output.warnings.count == 1)
        }

        @Test("ssim: the smallest file that keeps it", arguments: lossy)
        func similarity(encoder: Rendition.Encoder) throws {
            let image = try texture(250, 200)
            let source = try bench.source(image)
            for wanted in [0.95, 0.98] {
                let output = try bench.run(
                    source, renditions: [rendition(encoder, most: 100) { $0.ssim = wanted }], prefix: "s\(wanted)")
                let sizing = try #require(output.renditions.first?.sizing)
                let ssim = try #require(sizing.ssim)
                let quality = try #require(sizing.quality)
                #expect(ssim >= wanted - 0.001)
                let same = try self.ssim(try bench.read("s\(wanted).r"), image)
                #expect(abs(same - ssim) < 1e-6)
                if ssim > wanted + 0.002, quality > 1 {
                    var lower = encoder
                    lower.quality = quality - 1
                    try bench.run(source, renditions: [Rendition(name: "l", encoder: lower)], prefix: "l\(wanted)")
                    #expect(try self.ssim(try bench.read("l\(wanted).l"), image) < wanted - 0.001)
                }
            }
        }

        @Test("ssim: what is not reached is told")
        func unreached() throws {
            let output = try bench.run(
                try bench.source(try texture(300, 200)),
                renditions: [rendition(.jpeg(JPEG()), most: 10) { $0.ssim = 0.999 }])
            #expect(output.renditions.first?.sizing?.quality == 10)
            #expect(output.warnings.first?.hasPrefix("quality: a jpeg rendition keeps an ssim of 0.") == true)
        }

        @Test("ssim and max-bytes: the smaller of both")
        func both() throws {
            let source = try bench.source(try texture(400, 300))
            let free = try bench.run(source, renditions: [rendition(.jpeg(JPEG())) { $0.ssim = 0.97 }], prefix: "f")
            let bytes = try #require(free.renditions.first?.bytes)
            let held = try bench.run(
                source, renditions: [rendition(.jpeg(JPEG())) { ($0.ssim, $0.maxBytes) = (0.97, bytes / 2) }],
                prefix: "h")
            #expect(try #require(held.renditions.first?.bytes) <= bytes / 2)
            let loose = try bench.run(
                source, renditions: [rendition(.jpeg(JPEG())) { ($0.ssim, $0.maxBytes) = (0.97, bytes * 2) }],
                prefix: "l")
            #expect(loose.renditions.first?.bytes == bytes)
        }

        @Test("transparent pictures and grey ones")
        func kinds() throws {
            let alpha = try texture(120, 80).joined(with: try texture(120, 80).extractedBands(first: 1, count: 1))
            let grey = try texture(120, 80).extractedBands(first: 0, count: 1)
                .interpreted(as: VIPS_INTERPRETATION_B_W)
            for (index, image) in [alpha, grey].enumerated() {
                for (number, encoder) in Self.lossy.enumerated() {
                    let output = try bench.run(
                        try bench.source(image), renditions: [rendition(encoder) { $0.ssim = 0.9 }],
                        prefix: "k\(index)-\(number)")
                    #expect(try #require(output.renditions.first?.sizing?.ssim) >= 0.899)
                }
            }
        }

        @Test("several formats are the same pixels, also when one is made alone")
        func formats() throws {
            func same(_ name: String, _ encoder: Rendition.Encoder) -> Rendition {
                var resize = Resize(width: 100)
                resize.fit = .inside
                var rendition = Rendition(name: "g-\(name)", stages: [.resize(resize)], encoder: encoder)
                rendition.group = "g"
                return rendition
            }
            var tiff = TIFF()
            tiff.compression = .none
            let renditions = [same("png", .png(PNG())), same("tiff", .tiff(tiff))]
            let source = try bench.source(try texture(300, 200))
            let all = try bench.run(source, renditions: renditions)
            #expect(try samples(try bench.read("out.g-png")) == samples(try bench.read("out.g-tiff")))
            #expect(all.stages.compactMap(\.rendition) == ["g-png", "g-tiff"])
            try bench.run(source, renditions: renditions, only: ["g-tiff"], prefix: "again")
            #expect(try bench.bytes("again.g-tiff") == bench.bytes("out.g-tiff"))
        }

        // MARK: Structural similarity

        private func ssim(_ a: Image, _ b: Image) throws -> Double {
            var result = 0.0
            try #require(sluice_similarity(a.pointer, b.pointer, &result) == 0)
            return result
        }

        @Test("structural similarity is that of its definition")
        func definition() throws {
            let (width, height) = (40, 23)
            let one = try texture(width, height)
            let two = try one.blurred(sigma: 1)
            let luma = try [one, two].map { image -> [Double] in
                let values = try samples(image).map(Double.init)
                return (0..<width * height).map { place -> Double in
                    let (red, green, blue) = (values[place * 3], values[place * 3 + 1], values[place * 3 + 2])
                    let warm: Double = 0.299 * red + 0.587 * green
                    return warm + 0.114 * blue
                }
            }
            let gauss = (-5...5).map { exp(-Double($0 * $0) / 4.5) }
            let total = gauss.reduce(0, +)
            var sum = 0.0
            var count = 0.0
            for top in 0...(height - 11) {
                for left in 0...(width - 11) {
                    var mean = (0.0, 0.0)
                    var square = (0.0, 0.0, 0.0)
                    for y in 0..<11 {
                        for x in 0..<11 {
                            let weight = gauss[x] * gauss[y] / total / total
                            let a = luma[0][(top + y) * width + left + x]
                            let b = luma[1][(top + y) * width + left + x]
                            mean = (mean.0 + weight * a, mean.1 + weight * b)
                            square.0 += weight * a * a
                            square.1 += weight * b * b
                            square.2 += weight * a * b
                        }
                    }
                    let (powers, product): (Double, Double) = (mean.0 * mean.0 + mean.1 * mean.1, mean.0 * mean.1)
                    let variances: Double = square.0 + square.1 - powers
                    let covariance: Double = square.2 - product
                    let luminance: Double = (2 * product + 6.5025) / (powers + 6.5025)
                    let structure: Double = (2 * covariance + 58.5225) / (variances + 58.5225)
                    sum += luminance * structure
                    count += 1
                }
            }
            #expect(abs(try ssim(one, two) - sum / count) < 1e-4)
            #expect(abs(try ssim(one, one) - 1) < 1e-6)
            let deep = try [one, two].map {
                try $0.linear(factor: 257).cast(to: VIPS_FORMAT_USHORT).interpreted(as: VIPS_INTERPRETATION_RGB16)
            }
            #expect(abs(try ssim(deep[0], deep[1]) - sum / count) < 1e-4)
            let small = try texture(7, 5)
            #expect(abs(try ssim(small, small) - 1) < 1e-6)
            #expect(try ssim(small, try small.linear(factor: 0.5).cast(to: VIPS_FORMAT_UCHAR)) < 0.95)
        }
    }
}

@Suite("The search for a quality")
struct QualitySearchTests {
    private func run(
        _ goal: Double, _ side: QualitySearch.Side, range: ClosedRange<Int> = 1...100, enough: Double = 0.02,
        _ value: (Int) -> Double
    ) -> (answer: Int?, tries: Int) {
        let curve = QualityCurve(points: [(1, -3), (50, -1), (90, 0), (100, 1)])
        var search = QualitySearch(goal: goal, side: side, range: range, curve: curve, enough: enough)
        while let quality = search.next, search.tried.count < 100 {
            #expect(range.contains(quality) && search.tried[quality] == nil, "\(quality) again")
            search.learn(quality, value(quality))
        }
        return (search.answer, search.tried.count)
    }

    @Test("any rising value, in few tries", arguments: [0.2, 1, 3])
    func rising(steepness: Double) {
        for goal in stride(from: -4.0, through: 4, by: 0.13) {
            let value = { (quality: Int) in steepness * (Double(quality) / 20 - 2.5) }
            let below = run(goal, .below, value)
            let right = (1...100).last { value($0) <= goal }
            if let right {
                let answer = below.answer ?? 0
                #expect(answer == right || goal - value(answer) <= 0.02)
            } else {
                #expect(below.answer == nil)
            }
            let above = run(goal, .above, value)
            #expect((above.answer == nil) == (value(100) < goal))
            if let answer = above.answer { #expect(value(answer) >= goal) }
            #expect(below.tries <= 10 && above.tries <= 10)
        }
    }

    @Test("a value that falls in places still ends, on the right side")
    func uneven() {
        for goal in stride(from: -3.0, through: 3, by: 0.1) {
            let value = { (quality: Int) in Double(quality) / 20 - 2.5 + (quality % 7 == 0 ? 0.4 : 0) }
            let found = run(goal, .below, value)
            if let answer = found.answer { #expect(value(answer) <= goal) }
            #expect(found.tries <= 12)
        }
    }

    @Test("a range of one quality is one try")
    func single() {
        #expect(run(5, .below, range: 40...40) { _ in 1 } == (40, 1))
        #expect(run(0, .below, range: 40...40) { _ in 1 } == (nil, 1))
    }
}
