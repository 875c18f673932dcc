import Glibc
import Testing

@testable import Pictures
@testable import Planning

extension ImagingTests {
    @Suite("Fingerprints of what models see")
    struct FingerprintTests {
        /// Waves that the seed decides, at any size.
        private func picture(_ width: Int, _ height: Int, seed: Double, gain: Double = 1, noise: Int = 0)
            -> SmallPicture
        {
            var pixels: [UInt8] = []
            var state: UInt32 = 1
            for y in 0..<height {
                for x in 0..<width {
                    let (a, b) = (Double(x) / Double(width), Double(y) / Double(height))
                    var waves = 0.0
                    for wave in 1...6 {
                        let number = Double(wave)
                        let along: Double = a * 5 * cos(seed * number)
                        let across: Double = b * 5 * sin(seed + number)
                        waves += sin(number * (along + across))
                    }
                    state = state &* 1_664_525 &+ 1_013_904_223
                    let grain = noise > 0 ? Double(Int(state >> 16) % noise) : 0
                    let value: Double = (120 + 17 * waves) * gain + grain
                    pixels += [UInt8(value), UInt8(value * 0.9), UInt8(value * 0.5)]
                }
            }
            return SmallPicture(size: PixelSize(width: width, height: height), pixels: pixels)
        }

        private func bits(_ picture: SmallPicture) throws -> UInt64 {
            let text = try #require(picture.fingerprint())
            #expect(text.count == 16)
            return try #require(UInt64(text, radix: 16))
        }

        @Test("hardly change with size, light and noise, and differ between pictures")
        func same() throws {
            let seeds = [0.3, 1.1, 2.7, 4.2]
            let all = try seeds.map { try bits(picture(200, 150, seed: $0)) }
            for (seed, own) in zip(seeds, all) {
                for other in [
                    picture(100, 75, seed: seed), picture(64, 64, seed: seed),
                    picture(200, 150, seed: seed, gain: 1.04),
                    picture(200, 150, seed: seed, gain: 0.9, noise: 12),
                ] {
                    // Waves of about the middle strength go either way.
                    #expect(try (bits(other) ^ own).nonzeroBitCount <= 8)
                }
                #expect(own.nonzeroBitCount == 32)
            }
            for (index, one) in all.enumerated() {
                for other in all[(index + 1)...] { #expect((one ^ other).nonzeroBitCount > 10) }
            }
        }

        @Test("are there for a few pixels, and not for a single colour")
        func small() {
            let line = SmallPicture(size: PixelSize(width: 3, height: 1), pixels: [0, 0, 0, 99, 99, 99, 255, 255, 255])
            #expect(line.fingerprint()?.count == 16)
            for side in [1, 5, 224] {
                let pixels = [UInt8](repeating: 77, count: side * side * 3)
                #expect(SmallPicture(size: PixelSize(width: side, height: side), pixels: pixels).fingerprint() == nil)
            }
        }
    }
}
