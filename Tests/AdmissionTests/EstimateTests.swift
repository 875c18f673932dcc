import ImageHeader
import PipelineModel
import Testing

@testable import Admission

@Suite("The estimate")
struct EstimateTests {
    private func total(_ header: PictureHeader, _ pipeline: Pipeline = pipeline()) -> UInt64 {
        Estimate(header: header, pipeline: pipeline, copyLimit: 64 << 20).total
    }

    static let formats: [Format] = [.jpeg, .png, .webp, .tiff, .gif, .heif, .avif]

    @Test("it is the sum of its terms and a tenth", arguments: formats)
    func sum(format: Format) {
        let estimate = Estimate(header: header(format, 4000, 3000), pipeline: pipeline(), copyLimit: 64 << 20)
        let sum = estimate.terms.reduce(0) { $0 + $1.bytes }
        #expect(estimate.total == sum + sum / 10)
        #expect(estimate.terms.allSatisfy { !$0.name.isEmpty && $0.bytes > 0 })
    }

    @Test("a wider or a higher picture never needs less", arguments: formats)
    func monotonic(format: Format) {
        var box = Resize(width: 300, height: 200, fit: .cover)
        box.enlarge = true
        for stages in [[], [Stage.resize(box)], [.crop(Crop(width: 100, height: 100))]] {
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
        // A picture that fits into a box changes its shape with one side: both sides grow together.
        let inside = pipeline([.resize(Resize(width: 300, height: 300))])
        for factor in 1...40 {
            #expect(
                total(header(format, 40 * factor, 30 * factor), inside)
                    <= total(header(format, 40 * factor + 40, 30 * factor + 30), inside))
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
        #expect(total(alpha) > total(header(.png, 4000, 3000, bands: 4)))
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

    @Test("the copy in memory is limited, the encoder of the dearest rendition counts")
    func copyAndEncoders() {
        let picture = header(8000, 6000)
        let free = Estimate(header: picture, pipeline: pipeline(), copyLimit: .max)
        let bounded = Estimate(header: picture, pipeline: pipeline(), copyLimit: 1 << 20)
        #expect(free.total > bounded.total)
        #expect(bounded.terms.contains { $0.bytes == 1 << 20 })
        let avif = Rendition(name: "modern", encoder: .avif(AVIF()))
        let jpeg = Rendition(name: "plain", encoder: .jpeg(JPEG()))
        let both = Estimate(header: picture, pipeline: pipeline(renditions: [jpeg, avif]), copyLimit: 0)
        let alone = Estimate(header: picture, pipeline: pipeline(renditions: [avif]), copyLimit: 0)
        #expect(both == alone)
        #expect(both.terms.contains { $0.name.contains("modern") && $0.bytes >= 8000 * 6000 * 32 })
    }

    @Test("absurd headers end at the largest number, not in a trap", arguments: formats)
    func saturates(format: Format) {
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
                            pipeline: pipeline(stages, renditions: [Rendition(name: "a", encoder: .webp(dear))]),
                            copyLimit: .max)
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
        let estimate = Estimate(header: picture, pipeline: pipeline(), copyLimit: 1 << 20)
        #expect(mebibytes(estimate.total).hasSuffix(" GiB"))
    }
}
