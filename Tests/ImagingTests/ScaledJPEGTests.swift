import CResample
import CVips
import Glibc
import Testing

@testable import Jobs
@testable import Pictures
@testable import Pipeline
@testable import Planning
@testable import Vips

extension ImagingTests {
    /// Against the same file decoded whole by libvips and resampled then.
    @Suite("JPEGs that are resampled plane by plane")
    struct ScaledJPEGTests {
        let bench: Bench

        init() throws { bench = try Bench() }

        struct Sampling: CustomTestStringConvertible, Sendable {
            /// Across and down, by component.
            var factors: [(Int, Int)]
            var isProgressive = false
            var restartInterval = 0

            var testDescription: String {
                factors.map { "\($0.0)x\($0.1)" }.joined(separator: " ") + (isProgressive ? ", progressive" : "")
            }
        }

        static let samplings: [Sampling] = [
            Sampling(factors: [(1, 1)]), Sampling(factors: [(2, 2)]), Sampling(factors: [(1, 1), (1, 1), (1, 1)]),
            Sampling(factors: [(2, 2), (1, 1), (1, 1)]), Sampling(factors: [(2, 1), (1, 1), (1, 1)]),
            Sampling(factors: [(1, 2), (1, 1), (1, 1)]), Sampling(factors: [(4, 1), (1, 1), (1, 1)]),
            Sampling(factors: [(4, 2), (1, 1), (1, 1)]), Sampling(factors: [(2, 2), (2, 1), (1, 2)]),
            Sampling(factors: [(2, 2), (1, 1), (1, 1)], isProgressive: true),
            Sampling(factors: [(2, 2), (1, 1), (1, 1)], restartInterval: 3),
        ]

        @Test("look as if they had been decoded first", arguments: samplings)
        func asDecoded(_ sampling: Sampling) throws {
            for (width, height) in [(333, 277), (64, 48), (17, 200), (250, 9)] {
                for (shrink, by) in [(1, 1.0), (1, 1.37), (1, 2.9), (2, 2.2), (4, 2.0), (8, 3.1)] {
                    let bytes = make(sampling, width, height)
                    guard width / shrink > 4, height / shrink > 4 else { continue }
                    let (result, expected) = try both(bytes, shrink: shrink, by: by)
                    let found = try psnr(result, expected)
                    #expect(found > 49, "\(width)x\(height), 1/\(shrink), \(by)")
                }
            }
        }

        @Test("of a picture are within rounding of that", arguments: [ChromaSubsampling.on, .off])
        func photograph(_ chroma: ChromaSubsampling) throws {
            var jpeg = JPEG()
            jpeg.quality = 90
            jpeg.chroma = chroma
            let bytes = try bench.bytes(
                try #require(
                    try bench.source(try texture(901, 703), as: .jpeg(jpeg)).split(separator: "/").last.map(String.init)
                ))
            for (shrink, by) in [(1, 1.5), (1, 3.3), (2, 2.4), (8, 2.0)] {
                let (result, expected) = try both(bytes, shrink: shrink, by: by)
                #expect(try psnr(result, expected) > 52, "1/\(shrink), \(by)")
            }
        }

        @Test("keep what the file says of itself")
        func fields() throws {
            let image = try withOrientation(try texture(300, 200), 6)
            let name = try bench.source(image, as: .jpeg(JPEG()))
            let descriptor = open(name, O_RDONLY | O_CLOEXEC)
            defer { close(descriptor) }
            let loaded = try Loader(descriptor: descriptor, format: .jpeg, damage: .warning).open()
            let result = try loaded.resampled(resampling(loaded, by: 2))
            #expect(result.integer("orientation") == 6)
            #expect(result.interpretation == VIPS_INTERPRETATION_sRGB)
            #expect(result.size == PixelSize(width: 150, height: 100))
        }

        @Test("of colours that are not YCbCr are decoded the ordinary way")
        func others() throws {
            // Adobe's transform 0: the three components are red, green and blue.
            var maker = JPEGMaker(
                width: 90, height: 70, components: (0..<3).map { .init(identifier: UInt8($0 + 1), across: 1, down: 1) },
                scans: [.init(components: [0, 1, 2])], isProgressive: false)
            maker.adobeTransform = 0
            let (result, expected) = try both(maker.make(), shrink: 1, by: 2)
            #expect(try samples(result) == samples(expected))
        }

        @Test("that end too early, or are damaged, fail where that is not put up with")
        func damage() throws {
            let whole = make(Self.samplings[3], 400, 300)
            let cut = Array(whole.prefix(whole.count / 2))
            var bad = whole
            for index in stride(from: whole.count / 3, to: whole.count / 2, by: 7) { bad[index] = 0xFF }
            for (bytes, damage, fails) in [
                (cut, DamageTolerance.truncated, true), (cut, .none, false), (bad, .warning, true), (bad, .none, false),
            ] {
                let descriptor = try self.descriptor(bytes)
                defer { close(descriptor) }
                let outcome = Result {
                    let loaded = try Loader(descriptor: descriptor, format: .jpeg, damage: damage).open()
                    return try loaded.resampled(resampling(loaded, by: 2)).copiedToMemory().size
                }
                if fails {
                    #expect(throws: JobError.self) { try outcome.get() }
                } else {
                    #expect(try outcome.get() == PixelSize(width: 200, height: 150))
                }
            }
        }

        @Test("of sizes that a shrink does not divide are resampled by planes too")
        func oddSizes() throws {
            for (width, height, shrink) in [(333, 277, 1), (333, 277, 2), (401, 398, 4), (409, 415, 8)] {
                let descriptor = try self.descriptor(make(Self.samplings[3], width, height))
                defer { close(descriptor) }
                let loaded = try Loader(descriptor: descriptor, format: .jpeg, damage: .warning).open(shrink: shrink)
                let result = try loaded.shrunkWhileDecoding(resampling(loaded, by: 2.5))
                #expect(try result?.copiedToMemory() != nil, "\(width)x\(height), 1/\(shrink)")
            }
        }

        @Test("that libvips refuses are refused", arguments: [DamageTolerance.none, .truncated, .error, .warning])
        func refusals(_ damage: DamageTolerance) throws {
            var random = Seeded(7)
            var refused = 0
            for round in 0..<40 {
                // With a restart at every unit, damage gives warnings by the hundred.
                var sampling = Self.samplings[round % 2 == 0 ? 2 : 3]
                sampling.restartInterval = [0, 1, 4][round % 3]
                var bytes = make(sampling, 200, 160)
                let start = bytes.count / 4
                for _ in 0..<(round % 5) {
                    bytes[Int.random(in: start..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
                }
                if round % 4 == 0 { bytes.removeLast(Int.random(in: 1..<bytes.count / 2, using: &random)) }
                let descriptor = try self.descriptor(bytes)
                defer { close(descriptor) }
                let loader = Loader(descriptor: descriptor, format: .jpeg, damage: damage)
                let decoded = Result { try loader.open().copiedToMemory() }
                guard case .failure = decoded else { continue }
                refused += 1
                #expect(throws: JobError.self, "round \(round)") {
                    let loaded = try loader.open()
                    _ = try loaded.resampled(resampling(loaded, by: 2)).copiedToMemory()
                }
            }
            #expect(refused >= 2)
        }

        @Test("that have failed once are not read on")
        func failures() throws {
            // The second scan names a table that there is none of: libjpeg could go on with the third.
            var bytes = make(Self.samplings[9], 400, 300)
            let scans = bytes.indices.dropLast(10).filter { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA }
            bytes[try #require(scans.dropFirst().first) + 6] = 0x0D
            let descriptor = try self.descriptor(bytes)
            defer { close(descriptor) }
            let loaded = try Loader(descriptor: descriptor, format: .jpeg, damage: .none).open()
            let result = try loaded.resampled(resampling(loaded, by: 2))
            for _ in 0..<3 { #expect(throws: JobError.self) { try result.copiedToMemory() } }
        }

        private func make(_ sampling: Sampling, _ width: Int, _ height: Int) -> [UInt8] {
            let components = sampling.factors.enumerated().map { index, factor in
                JPEGMaker.Component(identifier: UInt8(index + 1), across: factor.0, down: factor.1)
            }
            let all = Array(components.indices)
            let scans: [JPEGMaker.Scan] =
                sampling.isProgressive
                ? [.init(components: all, last: 0)] + all.map { .init(components: [$0], first: 1) }
                : [.init(components: all)]
            return JPEGMaker(
                width: width, height: height, components: components, scans: scans,
                isProgressive: sampling.isProgressive, restartInterval: sampling.restartInterval, isMild: true
            ).make()
        }

        private func descriptor(_ bytes: [UInt8]) throws -> Int32 {
            let descriptor = open(try bench.source(bytes: bytes), O_RDONLY | O_CLOEXEC)
            try #require(descriptor >= 0)
            return descriptor
        }

        private func resampling(_ image: Image, by shrink: Double) -> Resampling {
            Resampling(
                size: image.size.scaled(horizontal: 1 / shrink, vertical: 1 / shrink), horizontal: 1 / shrink,
                vertical: 1 / shrink)
        }

        /// By planes, and decoded first.
        private func both(_ bytes: [UInt8], shrink: Int, by factor: Double) throws -> (Image, Image) {
            let descriptor = try self.descriptor(bytes)
            defer { close(descriptor) }
            let loader = Loader(descriptor: descriptor, format: .jpeg, damage: .none)
            let loaded = try loader.open(shrink: shrink)
            let how = resampling(loaded, by: factor)
            let result = try loaded.resampled(how).copiedToMemory()
            let decoded = try loader.open(shrink: shrink).copiedToMemory()
            return (result, try decoded.resampled(how).copiedToMemory())
        }
    }
}
