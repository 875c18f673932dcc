import CResample
import CVips
import ModelMaker
import Testing

@testable import Models
@testable import Pictures
@testable import Planning
@testable import Vips

extension ImagingTests {
    @Suite("What a model sees", .enabled(if: ModelBench.hasEngine, "no ONNX Runtime here"))
    struct ModelViewTests {
        init() throws { try VipsRuntime.start() }

        static func model(
            _ width: Int, _ height: Int, _ fit: ModelDescription.Input.Fit, crop: Double = 1
        ) -> ModelDescription {
            var model = ModelDescription(file: "/net.onnx")
            (model.input.width, model.input.height) = (width, height)
            (model.input.fit, model.input.crop) = (fit, crop)
            return model
        }

        static let descriptor: ModelDescription = {
            var model = ModelDescription(file: "")
            model.features = .descriptor
            return model
        }()

        @Test("crop takes the largest middle part of the network's shape, or less of it; squash all; pad all and black")
        func parts() throws {
            let size = PixelSize(width: 400, height: 200)
            func view(_ model: ModelDescription) -> ModelView {
                ModelView(of: size, nominal: size, orientation: 1, for: model)
            }
            let crop = view(Self.model(10, 10, .crop))
            #expect([crop.left, crop.top, crop.width, crop.height] == [100, 0, 200, 200])
            let less = view(Self.model(10, 10, .crop, crop: 0.5))
            #expect([less.left, less.top, less.width, less.height] == [150, 50, 100, 100])
            let squash = view(Self.model(10, 10, .squash))
            #expect([squash.left, squash.top, squash.width, squash.height] == [0, 0, 400, 200])
            #expect(squash.size == PixelSize(width: 10, height: 10))
            let pad = view(Self.model(10, 10, .pad))
            #expect([pad.left, pad.top, pad.width, pad.height] == [0, 0, 400, 200])
            #expect(pad.size == PixelSize(width: 10, height: 5) && pad.canvas == PixelSize(width: 10, height: 10))
            #expect(pad.origin == (left: 0, top: 2))
            // The canvas reaches beyond the picture, above by 2 of its 5 lines.
            #expect(abs(pad.frame.top + 0.4) < 1e-9 && abs(pad.frame.height - 2) < 1e-9)
            let words = view(Self.descriptor)
            #expect(words.size == PixelSize(width: 256, height: 128))
        }

        @Test("it lies within the picture, whatever its size and shape")
        func inside() throws {
            let models = [
                Self.model(224, 224, .crop), Self.model(224, 224, .crop, crop: 0.875), Self.model(320, 240, .squash),
                Self.model(320, 240, .pad), Self.model(7, 113, .crop, crop: 0.1), Self.descriptor,
            ]
            let sizes = [1, 2, 3, 7, 223, 225, 500, 999, 4001, 65535]
            for width in sizes {
                for height in sizes {
                    let nominal = PixelSize(width: width, height: height)
                    for shrink in [1, 2, 8] {
                        let image = PixelSize(
                            width: (width + shrink - 1) / shrink, height: (height + shrink - 1) / shrink)
                        for model in models {
                            for orientation in [1, 6] {
                                let view = ModelView(
                                    of: image, nominal: nominal, orientation: orientation, for: model)
                                let words: Comment = "\(image.words) for \(nominal.words): \(view)"
                                #expect(view.left >= 0 && view.top >= 0 && view.width > 0 && view.height > 0, words)
                                #expect(view.left + view.width <= Double(image.width) + 1e-9, words)
                                #expect(view.top + view.height <= Double(image.height) + 1e-9, words)
                                #expect(view.part.columns > 0 && view.part.rows > 0, words)
                                #expect(view.size.width <= view.canvas.width, words)
                                #expect(view.size.height <= view.canvas.height, words)
                            }
                        }
                    }
                }
            }
        }

        @Test("is the same upright, whichever way the picture is stored", arguments: 1...8)
        func orientations(_ orientation: Int) throws {
            // Odd and even remains on both sides.
            for (width, height) in [(97, 60), (60, 97), (98, 61), (31, 300)] {
                let stored = try noise(width, height, bands: 3)
                var upright = stored
                let turns = [3: 2, 4: 2, 5: 1, 6: 1, 7: 3, 8: 3][orientation] ?? 0
                if turns != 0 { upright = try upright.rotated(quarterTurns: turns) }
                if [2, 4, 5, 7].contains(orientation) { upright = try upright.flipped(vertically: false) }
                upright = try upright.copiedToMemory()
                for model in [
                    Self.model(12, 12, .crop), Self.model(16, 8, .crop, crop: 0.7), Self.model(12, 20, .squash),
                    Self.model(20, 20, .pad), Self.model(13, 21, .pad), Self.descriptor,
                ] {
                    let first = try seen(upright, by: model)
                    let second = try seen(stored, by: model, orientation: orientation)
                    #expect(first.size == second.size)
                    let most = zip(first.pixels, second.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
                    #expect(most <= 1, "\(width)x\(height), \(model.input): \(most)")
                    let views = [(upright, 1), (stored, orientation)].map {
                        ModelView(of: $0.0.size, nominal: $0.0.size, orientation: $0.1, for: model).frame
                    }
                    #expect(abs(views[0].left - views[1].left) < 1e-9 && abs(views[0].top - views[1].top) < 1e-9)
                    #expect(
                        abs(views[0].width - views[1].width) < 1e-9 && abs(views[0].height - views[1].height) < 1e-9)
                }
            }
        }

        @Test("colours: grey is spread, CMYK converted, alpha laid on white, 16 bits made 8, black put beside")
        func colours() throws {
            let squash = Self.model(2, 2, .squash)
            func colour(_ image: Image) throws -> [UInt8] { Array(try seen(image, by: squash).pixels.prefix(3)) }
            #expect(try colour(try solid(8, 8, [77])) == [77, 77, 77])
            #expect(try colour(try solid(8, 8, [10, 20, 30, 255])) == [10, 20, 30])
            #expect(try colour(try solid(8, 8, [10, 20, 30, 0])) == [255, 255, 255])
            #expect(try colour(try solid(8, 8, [100, 128])) == [177, 177, 177])
            let deep = try solid(8, 8, [200, 100, 0]).linear(factor: 257).cast(to: VIPS_FORMAT_USHORT)
                .interpreted(as: VIPS_INTERPRETATION_RGB16).copiedToMemory()
            #expect(try colour(deep) == [200, 100, 0])
            let ink = try solid(8, 8, [0, 0, 0, 0]).interpreted(as: VIPS_INTERPRETATION_CMYK).copiedToMemory()
            #expect(try colour(ink).allSatisfy { $0 > 245 })
            // What is transparent has no say in the colour of what is beside it.
            let half = try solid(8, 8, [255, 0, 0, 255])
            try draw(on: half, [0, 255, 0, 0], left: 0, top: 0, width: 1, height: 8)
            let mixed = try colour(half)
            #expect(mixed[0] == 255 && mixed[1] == mixed[2], "\(mixed)")
            let padded = try seen(try solid(8, 4, white), by: Self.model(4, 4, .pad))
            #expect(
                padded.pixels.map { Int($0) } == Array(repeating: 0, count: 12) + Array(repeating: 255, count: 24)
                    + Array(repeating: 0, count: 12))
            var grey = Self.model(4, 4, .pad)
            grey.input.pad = 114
            let bordered = try seen(try solid(8, 4, white), by: grey).pixels
            #expect(bordered[..<12].allSatisfy { $0 == 114 } && bordered[12..<36].allSatisfy { $0 == 255 })
            #expect(bordered[36...].allSatisfy { $0 == 114 })
        }

        @Test("a profile is left aside, or converted, as the model says")
        func profile() throws {
            let squash = Self.model(2, 2, .squash)
            let wide = try solid(8, 8, [0, 255, 0]).transformed(
                to: "p3", fallback: "srgb", intent: VIPS_INTENT_RELATIVE
            ).copiedToMemory()
            let stored = try numbers(wide).prefix(3).map { UInt8($0) }
            #expect(stored[0] > 60)
            #expect(try seen(wide, by: squash).pixels.prefix(3).map(\.self) == stored)
            let converted = try seen(wide, by: squash, ignoresProfile: false).pixels.prefix(3).map { Double($0) }
            #expect(isClose(converted, [0, 255, 0], within: 6), "\(converted)")
        }
    }
}
