import ImageHeader
import Jobs
import Pipeline
import Testing
import Text

@testable import Admission

@Suite("The estimate")
struct EstimateTests {
    private func total(_ header: PictureHeader, _ pipeline: Pipeline = pipeline()) -> UInt64 {
        Estimate(header: header, pipeline: pipeline).total
    }

    static let formats: [PictureFormat] = [.jpeg, .png, .webp, .tiff, .gif, .heif, .avif, .jxl, .raw, .bmp, .pnm]

    @Test("it is the worker and the sum of its terms at the worst moment, and a little more", arguments: formats)
    func sum(format: PictureFormat) {
        let shared = pipeline(renditions: [
            Rendition(name: "a", stages: [.resize(Resize(width: 2000))], encoder: .webp(WebP())),
            Rendition(name: "b", stages: [.resize(Resize(width: 200))], encoder: .jpeg(JPEG())),
        ])
        for pipeline in [pipeline(), shared] {
            let estimate = Estimate(header: header(format, 4000, 3000), pipeline: pipeline)
            func sum(_ phase: Estimate.Phase, _ kinds: [Estimate.Kind]) -> UInt64 {
                estimate.terms.filter { $0.phase == phase && kinds.contains($0.kind) }.reduce(0) { $0 + $1.bytes }
            }
            func worst(_ kinds: Estimate.Kind...) -> Double {
                Double(sum(.always, kinds) + max(sum(.decoding, kinds), sum(.encoding, kinds)))
            }
            let worker = Double(MemoryCap.warmWorker)
            #expect(abs(Double(estimate.total) - worker - worst(.memory, .lines, .spillable) * 1.06) < 2)
            #expect(abs(Double(estimate.unspillable) - worker - worst(.memory, .lines) * 1.06) < 2)
            #expect(abs(Double(estimate.least) - worker - worst(.memory) * 1.06) < 2)
            #expect(Double(estimate.spillable) == worst(.spillable, .untouched))
            #expect(Double(estimate.mostSpillable) == worst(.lines, .spillable, .untouched))
            #expect(estimate.terms.allSatisfy { !$0.name.isEmpty && $0.bytes > 0 })
            #expect(estimate.terms.contains { $0.phase != .always } == (pipeline == shared))
        }
    }

    /// Those that are shrunk while they are decoded need less from certain sizes on.
    @Test(
        "a wider or a higher picture never needs less",
        arguments: [PictureFormat.png, .tiff, .gif, .heif, .avif, .jxl, .raw, .bmp, .pnm])
    func monotonic(format: PictureFormat) {
        for stages: [Stage] in [[], [.crop(Crop(width: 100, height: 100))]] {
            let pipeline = pipeline(stages)
            let sides = [1, 2, 100, 419, 1000, 5000, 16383, 65535]
            for (smaller, larger) in zip(sides, sides.dropFirst()) {
                for side in [1, 777, 20000] {
                    #expect(
                        total(header(format, smaller, side), pipeline) <= total(header(format, larger, side), pipeline))
                    #expect(
                        total(header(format, side, smaller), pipeline) <= total(header(format, side, larger), pipeline))
                }
            }
        }
        // With one side a picture that is resized changes its shape, and so how wide the result is: both sides grow
        // together.
        for fit in [Resize.Fit.inside, .cover, .fill] {
            let resized = pipeline([.resize(Resize(width: 300, height: 300, fit: fit))])
            for factor in 10...40 {
                #expect(
                    total(header(format, 40 * factor, 30 * factor), resized)
                        <= total(header(format, 40 * factor + 40, 30 * factor + 30), resized), "\(fit), \(factor)")
            }
        }
    }

    @Test("what must be held whole costs more than what streams")
    func formsOfHolding() {
        var progressive = header(.jpeg, 6000, 4000)
        progressive.isProgressive = true
        #expect(total(progressive) > total(header(.jpeg, 6000, 4000)))
        var full = progressive
        full.coefficientsPerPixel = 3
        progressive.coefficientsPerPixel = 1.5
        #expect(total(full) > total(progressive))

        var interlaced = header(.png, 6000, 4000)
        interlaced.isInterlaced = true
        #expect(total(interlaced) > total(header(.png, 6000, 4000)))

        var deep = header(.avif, 4000, 3000, depth: 10)
        deep.heif = HEIFLayout(chroma: .subsampled420)
        var shallow = header(.avif, 4000, 3000)
        shallow.heif = HEIFLayout(chroma: .subsampled420)
        #expect(total(deep) > total(shallow))
        // Nothing known of the chroma: the dearest is assumed.
        #expect(total(header(.avif, 4000, 3000)) > total(shallow))

        var alpha = header(.png, 4000, 3000, bands: 4)
        alpha.hasAlpha = true
        // Alpha is a band like others, but where libvips resizes and filters.
        let resized = pipeline([.resize(Resize(width: 1000))])
        #expect(total(alpha, resized) == total(header(.png, 4000, 3000, bands: 4), resized))
        var larger = Resize(width: 5000)
        larger.enlarge = true
        for stage in [Stage.resize(larger), .blur(Blur(sigma: 2))] {
            #expect(total(alpha, pipeline([stage])) > total(header(.png, 4000, 3000, bands: 4), pipeline([stage])))
        }
    }

    @Test("a resize holds lines of its result, as libvips' own holds those of the picture")
    func resizing() {
        func lines(_ stages: Stage..., format: PictureFormat = .png, bands: Int = 3) -> UInt64 {
            Estimate(header: header(format, 8000, 6000, bands: bands), pipeline: pipeline(stages)).terms
                .filter { $0.name == "lines being resized" && $0.kind == .lines }.reduce(0) { $0 + $1.bytes }
        }
        #expect(lines() == 0)
        let small = lines(.resize(Resize(width: 500)))
        #expect(small > 0 && small < 100 * 8000 * 3)
        #expect(lines(.resize(Resize(width: 1000))) > small && lines(.resize(Resize(width: 7000))) > 10 * small / 2)
        // One after the other.
        #expect(lines(.resize(Resize(width: 1000)), .resize(Resize(width: 500))) > lines(.resize(Resize(width: 1000))))
        // Planes of a JPEG are some lines ahead of each other; a filter wants lines again.
        #expect(lines(.resize(Resize(width: 4000)), format: .jpeg) > lines(.resize(Resize(width: 4000))))
        #expect(lines(.resize(Resize(width: 500)), .blur(Blur(sigma: 9))) > small)
        var larger = Resize(width: 8001)
        larger.enlarge = true
        #expect(lines(.resize(larger)) == 300 * 8000 * 3)
        #expect(lines(.resize(Resize(width: 500)), bands: 5) == 300 * 8000 * 5)
    }

    @Test("lines above a crop are held, wherever it is asked for, but where a resize comes first")
    func linesAbove() {
        func lines(_ stages: [Stage], _ own: [Stage] = []) -> UInt64 {
            let rendition = Rendition(name: "a", stages: own, encoder: .jpeg(JPEG()))
            return Estimate(
                header: header(.png, 8000, 6000), pipeline: pipeline(stages, renditions: [rendition])
            ).terms.first { $0.name.hasSuffix("lines above the crop") }?.bytes ?? 0
        }
        var box = Crop(width: 500, height: 500)
        (box.left, box.top) = (0, 2000)
        let crop = Stage.crop(box)
        #expect(lines([crop]) == 2000 * 8000 * 3 && lines([], [crop]) == lines([crop]))
        #expect(lines([.resize(Resize(width: 4000)), crop]) == 0)
        #expect(lines([.resize(Resize(width: 4000))], [crop]) == 0)
        // Boxes may be at the lower edge. Where the pixels decide without any, the picture is held, lines and all.
        var kept = Crop(width: 500, height: 500)
        kept.cut = CutPosition(boxes: "faces", .top)
        #expect(lines([.crop(kept)]) == 5500 * 8000 * 3)
        kept.position = .attention
        #expect(lines([.crop(kept)]) == 0)
    }

    @Test("a filter holds lines of the width that it is given")
    func filters() {
        func lines(_ stages: [Stage]) -> UInt64 {
            Estimate(header: header(.png, 8000, 6000), pipeline: pipeline(stages)).terms
                .first { $0.name == "lines for blurring" }?.bytes ?? 0
        }
        let (blur, resize) = (Stage.blur(Blur(sigma: 4)), Stage.resize(Resize(width: 800)))
        #expect(lines([]) == 0 && lines([resize]) == 0)
        #expect(lines([blur, resize]) == lines([blur]) && lines([blur]) > 9 * lines([resize, blur]))
        #expect(lines([blur, blur]) == 2 * lines([blur]))
    }

    @Test("TIFF pays for its strips and tiles as large as they were made")
    func tiff() {
        var small = header(.tiff, 6000, 4000)
        var layout = TIFFLayout()
        layout.rowsPerStrip = 8
        small.tiff = layout
        var one = small
        one.tiff?.rowsPerStrip = 4000
        #expect(total(one) >= total(small) + 6000 * 3000 * 3)
        var planar = one
        planar.tiff?.isPlanar = true
        #expect(total(planar) > total(one))
        var tiled = small
        tiled.tiff?.rowsPerStrip = nil
        tiled.tiff?.tileWidth = 256
        tiled.tiff?.tileHeight = 256
        var large = tiled
        large.tiff?.tileWidth = 2048
        large.tiff?.tileHeight = 2048
        #expect(total(large) > total(tiled))
    }

    @Test("an animation pays for all its frames, when a rendition keeps it moving")
    func animation() {
        var moving = header(.gif, 400, 300, bands: 4)
        moving.pages = 100
        let still = pipeline(renditions: [Rendition(name: "out", encoder: .jpeg(JPEG()))])
        let kept = pipeline(renditions: [Rendition(name: "out", encoder: .gif(GIF()))])
        #expect(total(moving, kept) > total(moving, still) + 100 * 400 * 300 * 4)
        var unknown = moving
        unknown.pages = nil
        unknown.minimumPages = 100
        #expect(total(unknown, kept) == total(moving, kept))
    }

    @Test("a JPEG that is shrunk while it is decoded streams lines of the width that is left")
    func shrinkOnLoad() {
        let tiny = pipeline([.resize(Resize(width: 320, height: 320))])
        let lines = Estimate(header: header(.jpeg, 8000, 6000), pipeline: tiny).terms.filter {
            $0.name.contains("lines of")
        }
        #expect(lines.map(\.name) == ["24 lines of 8000 pixels in the decoder", "48 lines of 1001 pixels"])
        // A stage that minds what was shrunk before it wants the whole picture.
        let blurred = pipeline([.blur(Blur(sigma: 1)), .resize(Resize(width: 320, height: 320))])
        #expect(total(header(.jpeg, 8000, 6000), blurred) > total(header(.jpeg, 8000, 6000), tiny) + 96 * 7000 * 3)
        // A rendition in full size does, too.
        let both = pipeline(renditions: [
            Rendition(name: "a", stages: [.resize(Resize(width: 320))], encoder: .jpeg(JPEG())),
            Rendition(name: "b", encoder: .jpeg(JPEG())),
        ])
        #expect(
            Estimate(header: header(.jpeg, 8000, 6000), pipeline: both).terms
                .contains { $0.name == "144 lines of 8001 pixels" })
    }

    @Test("a WebP that is shrunk while it is decoded is held as small as that, a lossless one whole first")
    func scaledWebP() {
        let tiny = pipeline([.resize(Resize(width: 500))])
        let lossy = header(.webp, 8000, 6000)
        #expect(total(lossy) > total(lossy, tiny) + 8 * 8000 * 6000 * 9 / 10)
        var lossless = lossy
        lossless.isLossless = true
        #expect(total(lossless, tiny) > total(lossy, tiny) + 4 * 8000 * 6000)
        #expect(Estimate(header: lossy, pipeline: tiny).untouched >= 4 * 8000 * 6000)
        // Alpha is not shrunk.
        var alpha = lossy
        alpha.hasAlpha = true
        #expect(total(alpha, tiny) > total(lossy, tiny) + 8000 * 6000)
        // Frames of an animation are decoded on top of each other.
        var moving = lossy
        moving.pages = 10
        #expect(total(moving, tiny) > total(lossy, tiny) + 8 * 8000 * 6000)
    }

    @Test("renditions share a copy in the size of the largest, shrunk once")
    func copy() {
        func copy(_ pipeline: Pipeline) -> Estimate.Term? {
            Estimate(header: header(.png, 8000, 6000), pipeline: pipeline).terms
                .first { $0.name == "the picture the renditions are made from" }
        }
        func rendition(_ name: String, _ width: Int?) -> Rendition {
            Rendition(
                name: name, stages: width.map { [.resize(Resize(width: $0))] } ?? [], encoder: .jpeg(JPEG()))
        }
        #expect(copy(pipeline(renditions: [rendition("a", 2000)])) == nil)
        let shrunk = copy(pipeline(renditions: [rendition("a", 2000), rendition("b", 100)]))
        #expect(shrunk?.bytes == 2001 * 1501 * 3 && shrunk?.kind == .spillable && shrunk?.phase == .always)
        #expect(copy(pipeline(renditions: [rendition("a", nil), rendition("b", 100)]))?.bytes == 8000 * 6000 * 3)
        let resized = copy(
            pipeline([.resize(Resize(width: 1000))], renditions: [rendition("a", nil), rendition("b", 9)]))
        #expect(resized.map { $0.bytes < 1010 * 760 * 3 } == true)
    }

    @Test("renditions that smaller ones are made from are held, those of at least twice the size")
    func parents() {
        func held(_ renditions: [Rendition], _ header: PictureHeader = header(8000, 6000)) -> UInt64? {
            let terms = Estimate(header: header, pipeline: pipeline([.autorotate], renditions: renditions)).terms
            let term = terms.first { $0.name == "renditions that others are derived from" }
            #expect(term == nil || term?.kind == .spillable && term?.phase == .encoding)
            return term?.bytes
        }
        func rendition(_ width: Int, _ more: Stage...) -> Rendition {
            Rendition(name: "r\(width)", stages: [.resize(Resize(width: width))] + more, encoder: .jpeg(JPEG()))
        }
        #expect(held([rendition(2000)]) == nil)
        // The largest is the picture that all share.
        #expect(held([rendition(2000), rendition(400)]) == nil)
        let one = held([rendition(2000), rendition(1000), rendition(400)])
        #expect(one.map { $0 >= 1000 * 750 * 3 && $0 < 1010 * 760 * 3 } == true)
        #expect(held([rendition(400), rendition(1000), rendition(2000), rendition(1200)]) == one)
        #expect(held([rendition(2000), rendition(1000), rendition(600)]) == nil)
        // In several formats, one is made from another's parent.
        #expect(held([rendition(2000), rendition(2000), rendition(1000), rendition(1000), rendition(400)]) == one)
        // What is more than resized serves nobody.
        #expect(held([rendition(2000), rendition(1000, .grayscale), rendition(400)]) == nil)
        // Nobody knows how a PNG lies: the larger case counts.
        let high = Rendition(name: "high", stages: [.resize(Resize(height: 1000))], encoder: .jpeg(JPEG()))
        let lying = held([rendition(3000), high, rendition(300)], header(.png, 8000, 6000))
        #expect(lying.map { $0 >= 1000 * 1333 * 3 } == true)
    }

    @Test("a picture that is turned, or read in another order than it is decoded, is held whole for that")
    func randomAccess() {
        let upright = header(.jpeg, 8000, 6000)
        var turned = upright
        turned.orientation = 6
        let bytes: UInt64 = 8000 * 6000 * 3
        let plain = pipeline([.autorotate])
        #expect(total(turned, plain) > total(upright, plain) + bytes)
        #expect(total(turned, pipeline()) == total(upright, pipeline()))
        // After a resize it is small.
        let small = pipeline([.autorotate, .resize(Resize(width: 500, height: 500))])
        #expect(total(turned, small) < total(upright, small) + 1_000_000)
        for stage in [Stage.trim(Trim()), .rotate(Rotate(angle: 10)), .flip(Flip(direction: .vertical))] {
            #expect(total(upright, pipeline([stage])) > total(upright) + bytes, "\(stage)")
        }
        #expect(total(upright, pipeline([.flip(Flip(direction: .horizontal))])) == total(upright))
    }

    @Test("put in another order, a progressive JPEG and an interlaced PNG hold a few rows")
    func restreaming() {
        var jpeg = header(.jpeg, 20000, 20000)
        jpeg.isProgressive = true
        var png = header(.png, 20000, 20000)
        png.isInterlaced = true
        for picture in [jpeg, png] {
            #expect(Estimate.canRestream(picture))
            let restreamed = Estimate(header: picture, pipeline: pipeline(), restreaming: true)
            #expect(restreamed.total < 40 << 20 && restreamed.spillable == 0)
            #expect(total(picture) > 1 << 30)
        }
        #expect(!Estimate.canRestream(header(.jpeg, 20000, 20000)) && !Estimate.canRestream(header(.webp, 2, 2)))
    }

    @Test("the encoder of the dearest rendition counts, once the decoder is done")
    func encoders() {
        let picture = header(8000, 6000)
        let avif = Rendition(name: "modern", encoder: .avif(AVIF()))
        let jpeg = Rendition(name: "plain", encoder: .jpeg(JPEG()))
        let both = Estimate(header: picture, pipeline: pipeline(renditions: [jpeg, avif]))
        let encoding = both.terms.filter { $0.name.hasPrefix("encoding") }
        #expect(encoding.count == 1 && encoding[0].name.contains("modern") && encoding[0].phase == .encoding)
        #expect(encoding[0].bytes >= 8000 * 6000 * 32 && encoding[0].kind == .spillable)
        #expect(both.peakPhase == .encoding)
        #expect(Estimate(header: picture, pipeline: pipeline(renditions: [avif])).peakPhase == .always)
    }

    @Test("absurd headers end at the largest number, not in a trap", arguments: formats)
    func saturates(format: PictureFormat) {
        var dear = WebP()
        dear.lossless = true
        var rotations = [Stage](repeating: .rotate(Rotate(angle: 45)), count: 150)
        rotations.append(.resize(Resize(width: 100_000)))
        for side in [Int.max, Int(UInt32.max), 1, 0, -1, .min] {
            for other in [Int.max, Int(UInt32.max), 1, 0, -1, .min] {
                for bands in [1, 65535, Int.max, -1] {
                    var picture = header(format, side, other, bands: bands, depth: 64)
                    picture.hasAlpha = true
                    picture.isInterlaced = true
                    picture.isProgressive = true
                    picture.coefficientsPerPixel = 1e300
                    picture.pages = side
                    var layout = TIFFLayout()
                    layout.isPlanar = true
                    layout.rowsPerStrip = other
                    if bands == 1 { (layout.tileWidth, layout.tileHeight) = (.max, .max) }
                    picture.tiff = layout
                    for stages in [[], rotations] {
                        let estimate = Estimate(
                            header: picture,
                            pipeline: pipeline(stages, renditions: [Rendition(name: "a", encoder: .webp(dear))]))
                        let cap = MemoryCap(total: 48 << 20, workers: 1)
                        // What a refusal says of it must not trap either.
                        #expect(cap.needed(for: estimate.total) >= min(estimate.total, 1 << 60))
                        #expect(!mebibytes(estimate.total).isEmpty)
                    }
                }
            }
        }
        #expect(total(header(format, .max, .max)) == .max)
    }

    @Test("a TIFF header of a few bytes within the default limits does not bring the supervisor down")
    func hostileWithinLimits() {
        var picture = header(.tiff, 2_000_000_000, 1, bands: 65535, depth: 64)
        picture.hasAlpha = true
        picture.tiff = TIFFLayout()
        let estimate = Estimate(header: picture, pipeline: pipeline())
        #expect(mebibytes(estimate.total).hasSuffix(" GiB"))
    }
}
