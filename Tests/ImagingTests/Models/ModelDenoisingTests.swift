import CVips
import Dispatch
import Glibc
import Inference
import ModelMaker
import Testing

@testable import Jobs
@testable import Models
@testable import Pictures
@testable import Pipeline
@testable import Planning
@testable import Vips

/// The mean of 5 x 5 pixels.
private let box = [Float](repeating: 1.0 / 25, count: 25)
/// The pixel itself.
private let itself: [Float] = [0, 0, 0, 0, 1, 0, 0, 0, 0]

extension ImagingTests {
    @Suite("Denoising by a model", .enabled(if: ModelBench.hasEngine, "no ONNX Runtime here"))
    struct ModelDenoisingTests {
        init() throws { try VipsRuntime.start() }

        struct Case: CustomTestStringConvertible, Sendable {
            var size: (Int, Int)
            var bands = 1
            var isDeep = false

            var testDescription: String { "\(size.0)x\(size.1), \(bands) bands\(isDeep ? " of 16 bits" : "")" }
        }

        @Test(
            "gives what the network gives for the whole picture, mirrored at its edges",
            arguments: [
                Case(size: (150, 130)), Case(size: (56, 56)), Case(size: (57, 112)), Case(size: (9, 300)),
                Case(size: (300, 1)), Case(size: (1, 1)), Case(size: (2, 3)), Case(size: (150, 130), bands: 3),
                Case(size: (150, 130), isDeep: true), Case(size: (150, 130), bands: 3, isDeep: true),
            ])
        func known(_ test: Case) throws {
            let image = try noise(test.size.0, test.size.1, bands: test.bands, isDeep: test.isDeep)
            let model = try ModelBench.open(ModelMaker.convolution(box, size: 5))
            let result = try image.denoised(by: model, sigma: 0)
            #expect(result.size == image.size && result.format == image.format && result.bands == image.bands)
            let expected = means(try numbers(image), test.size, bands: test.bands)
            let difference = zip(try numbers(result), expected).map { abs($0 - $1) }.max() ?? .infinity
            // Rounded to whole numbers; of 16 bits, single precision is good for a hundredth.
            #expect(difference <= (test.isDeep ? 0.6 : 0.51), "\(difference)")
        }

        @Test("loses nothing of what a network leaves alone", arguments: [1, 3], [false, true])
        func exact(bands: Int, isDeep: Bool) throws {
            let image = try noise(201, 93, bands: bands, isDeep: isDeep)
            for channels in [1, 3] {
                let model = try ModelBench.open(ModelMaker.convolution(itself, size: 3, channels: channels)) {
                    $0.input.channels = channels == 1 ? .grey : .bgr
                    $0.input.mean = [103.939, 116.779, 123.68].suffix(channels)
                    $0.input.divide = [58.4]
                }
                #expect(try numbers(try image.denoised(by: model, sigma: 5)) == numbers(image))
            }
        }

        @Test("has no seams: tiles of any size give the same pixels")
        func seams() throws {
            let image = try noise(500, 310, bands: 3)
            // Sees two pixels on each side.
            let kernel = (0..<25).map { Float(($0 * 7) % 11) / 125 }
            var results: [[Double]] = []
            for (tile, overlap) in [(32, 2), (48, 7), (64, 16), (256, 2), (512, 2)] {
                let model = try ModelBench.open(ModelMaker.convolution(kernel, size: 5)) {
                    ($0.tile, $0.overlap) = (tile, overlap)
                }
                results.append(try numbers(try image.denoised(by: model, sigma: 0)))
            }
            #expect(results.allSatisfy { $0 == results[0] })
        }

        @Test("is the same whatever is asked for first")
        func anyOrder() throws {
            let image = try noise(310, 520, bands: 3)
            let model = try ModelBench.open(ModelMaker.convolution(box, size: 5))
            let whole = try numbers(try image.denoised(by: model, sigma: 0))
            let orders: [[Int]] = [Array(stride(from: 510, through: 0, by: -10)), [80, 0, 480, 80, 10], [505, 3]]
            for order in orders {
                let result = try image.denoised(by: model, sigma: 0)
                for top in order {
                    let part = try result.extracted(PixelRectangle(left: 7, top: top, width: 50, height: 10))
                    var expected: [Double] = []
                    for line in top..<top + 10 {
                        let start = (line * 310 + 7) * 3
                        expected += whole[start..<start + 150]
                    }
                    #expect(try numbers(part) == expected, "from line \(top) of \(order)")
                }
            }
        }

        @Test("reads a file that can be read once, and lets filters have the lines around theirs")
        func sequential() throws {
            let bench = try Bench()
            let model = try ModelBench.open(ModelMaker.convolution(box, size: 5))
            for format in [PictureFormat.jpeg, .png] {
                let picture = try noise(100, 900, bands: 3)
                let file = try bench.source(picture, as: format == .jpeg ? .jpeg(JPEG()) : .png(PNG()))
                let descriptor = open(file, O_RDONLY | O_CLOEXEC)
                defer { close(descriptor) }
                let loader = Loader(descriptor: descriptor, format: format, damage: .warning)
                let whole = try loader.open().copiedToMemory().denoised(by: model, sigma: 0).copiedToMemory()
                for sigma in [1.0, 20] {
                    let result = try loader.open().denoised(by: model, sigma: 0).blurred(sigma: sigma)
                    #expect(try numbers(result) == numbers(try whole.blurred(sigma: sigma)), "\(format) \(sigma)")
                }
                let lower = PixelRectangle(left: 0, top: 700, width: 100, height: 90)
                let part = try loader.open().denoised(by: model, sigma: 0).extracted(lower)
                #expect(try numbers(part) == numbers(try whole.extracted(lower)))
            }
        }

        @Test("tells the network how strong the noise is, as a plane or as a number")
        func sigma() throws {
            let image = try solid(90, 70, [100])
            for (form, bytes) in [
                (ModelDescription.Sigma.Form.map, ModelMaker.takingMap((picture: 1, sigma: 1))),
                (.scalar, ModelMaker.takingNumber()),
            ] {
                let model = try ModelBench.open(bytes) { $0.sigma = .init(name: "sigma", form: form) }
                for (sigma, expected) in [(0.0, 100.0), (25, 125), (200, 255)] {
                    let result = try numbers(try image.denoised(by: model, sigma: sigma))
                    #expect(result.allSatisfy { $0 == expected }, "\(form) \(sigma): \(result[0])")
                }
            }
            let fine = try ModelBench.open(ModelMaker.takingMap((picture: 1, sigma: 1))) {
                $0.sigma = .init(name: "sigma", form: .map, divide: 510)
            }
            #expect(try numbers(try image.denoised(by: fine, sigma: 50)).allSatisfy { $0 == 125 })
        }

        @Test("takes off what a network finds to be noise")
        func residual() throws {
            let image = try noise(120, 80, bands: 3)
            let half = try ModelBench.open(ModelMaker.convolution([0.25], size: 1), output: "residual")
            let expected = try numbers(image).map { ($0 * 0.75).rounded() }
            let result = try numbers(try image.denoised(by: half, sigma: 0))
            // Halves may be rounded either way.
            #expect(zip(result, expected).allSatisfy { abs($0 - $1) <= 1 })
            #expect(zip(result, expected).count { $0 == $1 } > result.count * 7 / 10)
        }

        @Test("keeps to the network's order of channels")
        func channels() throws {
            // Of its three channels, only the first is let through.
            let first: [Float] = [1, 0, 0, 0, 0, 0, 0, 0, 0]
            let image = try solid(40, 40, [10, 20, 30])
            for (channels, expected) in [(ModelDescription.Input.Channels.rgb, [10.0, 0, 0]), (.bgr, [0, 0, 30])] {
                let model = try ModelBench.open(ModelMaker.mixing(first)) { $0.input.channels = channels }
                #expect(try image.denoised(by: model, sigma: 0).pixel(x: 20, y: 20) == expected)
            }
            // Grey is given thrice, and is the mean of what comes out.
            let sum = try ModelBench.open(ModelMaker.mixing([1, 0, 0, 0, 1, 0, 0, 0, 0.25])) {
                $0.input.channels = .rgb
            }
            #expect(try solid(40, 40, [120]).denoised(by: sum, sigma: 0).pixel(x: 20, y: 20) == [90])
        }

        @Test("serves pictures that are read by several threads")
        func threads() throws {
            let model = try ModelBench.open(ModelMaker.convolution(box, size: 5))
            let images = try (0..<4).map { try noise(300, 200 + 10 * $0, bands: 1) }
            let expected = try images.map { try samples(try $0.denoised(by: model, sigma: 0)) }
            // Each thread has a picture of its own; they share the network alone.
            nonisolated(unsafe) let results = try images.map { try $0.denoised(by: model, sigma: 0) }
            for _ in 0..<5 {
                nonisolated(unsafe) var found = [[UInt8]?](repeating: nil, count: images.count)
                found.withUnsafeMutableBufferPointer { found in
                    nonisolated(unsafe) let found = found
                    DispatchQueue.concurrentPerform(iterations: results.count) { index in
                        found[index] = try? samples(try results[index].copiedToMemory())
                        vips_thread_shutdown()
                    }
                }
                #expect(found == expected)
            }
        }

        @Test("keeps the network for as long as the picture may be asked for")
        func lifetime() throws {
            weak var watched: LoadedModel?
            let image = try noise(100, 100, bands: 1)
            var result: Image?
            do {
                let model = try ModelBench.open(ModelMaker.convolution(box, size: 5))
                watched = model
                result = try image.denoised(by: model, sigma: 0)
            }
            #expect(watched != nil)
            let expected = means(try numbers(image), (100, 100), bands: 1)
            #expect(zip(try numbers(try #require(result)), expected).allSatisfy { abs($0 - $1) <= 0.51 })
            result = nil
            #expect(watched == nil)
        }

        @Test("refuses pictures that it cannot denoise, and says when the network fails")
        func refusals() throws {
            let model = try ModelBench.open(ModelMaker.convolution(box, size: 5))
            #expect(throws: JobError.self) { try noise(9, 9, bands: 2).denoised(by: model, sigma: 0) }
            #expect(throws: JobError.self) {
                try noise(9, 9, bands: 3).cast(to: VIPS_FORMAT_FLOAT).denoised(by: model, sigma: 0)
            }
            let shrinking = try ModelBench.open(Self.shrinking)
            do {
                _ = try noise(90, 90, bands: 1).denoised(by: shrinking, sigma: 0).copiedToMemory()
                Issue.record("a smaller result was taken")
            } catch let error as JobError {
                #expect(error.message.contains("not as large as what it was given"), "\(error.message)")
            }
        }

        /// A convolution without padding: four pixels fewer.
        private static var shrinking: [UInt8] {
            var maker = ModelMaker()
            maker.input("picture", [1, 1, nil, nil])
            maker.weights("kernel", [1, 1, 5, 5], box)
            maker.node("Conv", ["picture", "kernel"], "clean", ["kernel_shape": .integers([5, 5])])
            maker.output("clean", [1, 1, nil, nil])
            return maker.file
        }
    }
}

/// Of 5 x 5 pixels, mirrored at the edges.
private func means(_ values: [Double], _ size: (Int, Int), bands: Int) -> [Double] {
    func mirrored(_ index: Int, _ count: Int) -> Int {
        let place = (index + 4 * count) % (2 * count)
        return place < count ? place : 2 * count - 1 - place
    }
    let columns = (0..<size.0).map { x in (-2...2).map { mirrored(x + $0, size.0) } }
    let rows = (0..<size.1).map { y in (-2...2).map { mirrored(y + $0, size.1) } }
    var result: [Double] = []
    for row in rows {
        for column in columns {
            for band in 0..<bands {
                var sum = 0.0
                for y in row { for x in column { sum += values[(y * size.0 + x) * bands + band] } }
                result.append(sum / 25)
            }
        }
    }
    return result
}
