import Glibc
import Imaging
import Testing

@testable import Jobs
@testable import Pipeline

extension ImagingTests {
    @Suite("Encoding while the source is decoded")
    struct OverlapTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        static let renditions: [Rendition] = [
            .png("large", [.resize(600, nil)]), .png("cut", [.resize(300, 100)]), .png("small", [.resize(90, nil)]),
        ]

        @Test("makes the same", arguments: [1, 3, 6])
        func same(orientation: Int) throws {
            let image = try withOrientation(try texture(700, 550), orientation)
            for encoder: Rendition.Encoder in [.jpeg(JPEG()), .png(PNG()), .webp(WebP())] {
                let source = try bench.source(image, as: encoder)
                let stages: [Stage] = [.autorotate, .sharpen(Sharpen())]
                try bench.run(source, stages: stages, renditions: Self.renditions, prefix: "one")
                let output = try bench.run(
                    source, stages: stages, renditions: Self.renditions, prefix: "other", overlaps: true)
                #expect(output.renditions.map(\.name) == ["large", "cut", "small"])
                for name in ["large", "cut", "small"] {
                    #expect(try bench.bytes("one.\(name)") == bench.bytes("other.\(name)"), "\(name)")
                }
                for file in bench.outputNames { unlinkat(bench.directory, file, 0) }
            }
        }

        @Test("leaves nothing of a source that cannot be read to its end, and says the same of it")
        func damaged() throws {
            let name = try bench.source(try texture(700, 550), as: .jpeg(JPEG()))
            let bytes = try bench.bytes(String(name.split(separator: "/").last ?? ""))
            // The first rendition needs the top only.
            var crop = Crop(width: 200, height: 20)
            (crop.left, crop.top) = (0, 0)
            let renditions: [Rendition] = [
                .png("top", [.crop(crop)]), .png("whole"),
            ]
            for part in [2, 10, 90, 99] {
                let cut = try bench.source(bytes: Array(bytes.prefix(bytes.count * part / 100)))
                let errors = try [false, true].map { overlaps in
                    try #require(throws: JobError.self) {
                        try bench.run(cut, renditions: renditions, overlaps: overlaps)
                    }
                }
                #expect(errors[0] == errors[1])
                #expect(bench.outputNames.isEmpty)
            }
        }
    }
}
