import CDenoise
import CNoise
import CVips
import Testing

@testable import Admission
@testable import Pipeline
@testable import Planning
@testable import Vips

private let everyQuality = [SLUICE_DENOISE_FAST.rawValue, SLUICE_DENOISE_GOOD.rawValue, SLUICE_DENOISE_BEST.rawValue]

/// What the C behind `denoise` does; the stage has tests of its own.
extension ImagingTests {
    @Suite("The filter behind denoise")
    struct DenoiseFilterTests {
        init() throws { try VipsRuntime.start() }

        @Test(
            "gives the same bits for any number of threads, in pictures of any size", arguments: everyQuality,
            [PixelSize(width: 300, height: 170), PixelSize(width: 1100, height: 64), PixelSize(width: 9, height: 200)])
        func threads(quality: UInt32, size: PixelSize) throws {
            let image = try noisy(try calm(size.width, size.height), 15)
            let one = try samples(filtered(image, quality, threads: 1))
            for threads in [2, 3, 8] {
                #expect(try samples(filtered(image, quality, threads: threads)) == one, "\(threads) threads")
            }
        }

        @Test("gives the same bits whatever is asked for first", arguments: everyQuality)
        func anyOrder(quality: UInt32) throws {
            let image = try noisy(try calm(130, 400), 15)
            let whole = try samples(filtered(image, quality, threads: 1))
            for order in [[390, 0, 200], [0, 390, 10], Array(stride(from: 390, through: 0, by: -30)), [77, 303, 12]] {
                // A result of its own for each order, so that nothing is kept from another.
                let result = try filtered(image, quality, threads: 2, keptLines: 4)
                for top in order {
                    let part = try result.extracted(PixelRectangle(left: 5, top: top, width: 120, height: 10))
                    let expected = (top..<top + 10).flatMap { line in
                        let start = (line * 130 + 5) * 3
                        return whole[start..<start + 360]
                    }
                    #expect(try samples(part) == expected, "from line \(top) of \(order)")
                }
            }
        }

        @Test("tiles of any size have no seams")
        func tiles() throws {
            let image = try noisy(try calm(300, 200), 20)
            let whole = try samples(filtered(image, SLUICE_DENOISE_GOOD.rawValue, threads: 1))
            for (width, height) in [(64, 64), (300, 7), (37, 200)] {
                let result = try filtered(image, SLUICE_DENOISE_GOOD.rawValue, threads: 2)
                var joined = [UInt8](repeating: 0, count: whole.count)
                for top in stride(from: 0, to: 200, by: height) {
                    for left in stride(from: 0, to: 300, by: width) {
                        let area = PixelRectangle(
                            left: left, top: top, width: min(width, 300 - left), height: min(height, 200 - top))
                        let tile = try samples(result.extracted(area))
                        for line in 0..<area.height {
                            let to = ((top + line) * 300 + left) * 3, from = line * area.width * 3
                            joined.replaceSubrange(to..<to + area.width * 3, with: tile[from..<from + area.width * 3])
                        }
                    }
                }
                #expect(joined == whole, "tiles of \(width)x\(height)")
            }
        }

        @Test("finds what is alike: a pattern comes out better than by blocks alone")
        func qualities() throws {
            let pattern = try ornament(240, 240)
            let image = try noisy(pattern, 25)
            let gains = try everyQuality.map {
                try psnr(pattern, filtered(image, $0, sigma: 25, threads: 2)) - psnr(pattern, image)
            }
            #expect(gains[0] > 1 && gains[1] > gains[0] + 0.5 && gains[2] > gains[0] + 0.5, "\(gains)")
        }

        @Test("noise that is coarser than a pixel is looked at in smaller sizes, too")
        func coarse() throws {
            let clean = try calm(400, 300)
            // As a camera's after its own processing: soft, in each band by itself.
            let noise = try noisy(try solid(400, 300, [128, 128, 128]), 40).blurred(sigma: 1.2)
            let sum = try Image.make { sluice_add(clean.pointer, noise.pointer, &$0) }
            let image = try sum.linear(factor: 1, offset: -127.5).cast(to: VIPS_FORMAT_UCHAR)
                .interpreted(as: clean.interpretation).copiedToMemory()
            var found = sluice_noise()
            #expect(sluice_measure_noise(image.pointer, false, &found) == 0 && !found.is_clean)
            var white = found
            withUnsafeMutableBytes(of: &white.plane) { planes in
                // As if it were halved by each halving of the picture.
                let numbers = planes.bindMemory(to: Float.self)
                for plane in 0..<3 {
                    let first = plane * 193 + 1
                    for place in 0..<128 {
                        numbers[first + 64 + place] = numbers[first + place % 64] / Float(2 << (place / 64))
                    }
                }
            }
            let quality = SLUICE_DENOISE_GOOD.rawValue
            let one = try filtered(image, quality, threads: 1) { $0.noise = found }
            let plain = try filtered(image, quality, threads: 1) { $0.noise = white }
            #expect(try psnr(clean, one) > psnr(clean, plain) + 0.2)
            #expect(try psnr(clean, plain) > psnr(clean, image) + 1)
            // The same bits for any number of threads and in any order, here as well.
            let whole = try samples(one)
            let other = try filtered(image, quality, threads: 3, keptLines: 4) { $0.noise = found }
            for top in [280, 0, 133, 20] {
                let part = try other.extracted(PixelRectangle(left: 0, top: top, width: 400, height: 20))
                #expect(try samples(part) == Array(whole[top * 1200..<(top + 20) * 1200]), "from line \(top)")
            }
        }

        @Test("takes nearly all of the noise out of what is smooth", arguments: [5.0, 15, 40])
        func smooth(sigma: Double) throws {
            let clean = try calm(256, 192)
            let after = try filtered(noisy(clean, sigma), SLUICE_DENOISE_GOOD.rawValue, sigma: sigma, threads: 2)
            let noise = try psnr(clean, noisy(clean, sigma))
            #expect(try psnr(clean, after) > noise + 9)
        }

        @Test("pictures of 16 bits come out as those of 8 do, with steps between")
        func deep() throws {
            let shallow = try noisy(try calm(120, 90), 12)
            let deep = try shallow.linear(factor: 257, offset: 0).cast(to: VIPS_FORMAT_USHORT)
                .interpreted(as: VIPS_INTERPRETATION_RGB16)
            let eight = try samples(filtered(shallow, SLUICE_DENOISE_GOOD.rawValue, threads: 1))
            let sixteen = try samples(
                filtered(deep, SLUICE_DENOISE_GOOD.rawValue, threads: 1).linear(factor: 1 / 257.0, offset: 0.5)
                    .cast(to: VIPS_FORMAT_UCHAR))
            #expect(zip(eight, sixteen).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
        }

        @Test("leaves planes alone that it is not to touch, and takes pictures of a few pixels")
        func edges() throws {
            for size in [(1, 1), (1, 9), (7, 3), (8, 8), (9, 33)] {
                let image = try noisy(try calm(40, 40), 20)
                    .extracted(PixelRectangle(left: 3, top: 5, width: size.0, height: size.1)).copiedToMemory()
                let untouched = try filtered(image, SLUICE_DENOISE_GOOD.rawValue, threads: 1) {
                    ($0.strength, $0.chroma) = (0, 0)
                }
                #expect(try samples(untouched) == samples(image))
                let colours = try filtered(image, SLUICE_DENOISE_GOOD.rawValue, threads: 1) { $0.chroma = 0 }
                #expect(colours.size == image.size)
                _ = try samples(colours)
            }
        }

        @Test("leaves more where there is structure, the more detail is asked for")
        func detail() throws {
            let image = try noisy(try texture(160, 160), 15)
            let removed = try [Float(0), 0.5, 1].map { detail in
                let result = try filtered(image, SLUICE_DENOISE_GOOD.rawValue, sigma: 15, threads: 1) {
                    $0.detail = detail
                }
                _ = try samples(result)
                return sluice_denoised(result.pointer).removed
            }
            #expect(removed[0] > removed[1] && removed[1] > removed[2], "\(removed)")
        }

        @Test("measures white noise, and tells none where there is none", arguments: [0, 6.0, 12, 25, 50])
        func measure(sigma: Double) throws {
            let clean = try calm(320, 240)
            var noise = sluice_noise()
            let image = sigma > 0 ? try noisy(clean, sigma) : clean
            #expect(sluice_measure_noise(image.pointer, false, &noise) == 0)
            #expect(noise.is_clean == (sigma == 0) && noise.planes == 3)
            if sigma > 0 { #expect(abs(Double(noise.sigma) - sigma) < 0.1 * sigma, "\(noise.sigma)") }
        }

        @Test("the estimate knows what it holds", arguments: Denoise.Quality.allCases, [1, 3])
        func numbers(quality: Denoise.Quality, planes: Int32) throws {
            let index = Denoise.Quality.allCases.firstIndex(of: quality) ?? 0
            for width in [64, 300, 1000, 2500, 4000, 4100, 12288, 12289, 24576, 24577, 60000] {
                let held =
                    Double(
                        sluice_denoise_numbers(planes, Int32(width), sluice_denoise_quality(everyQuality[index])))
                    * Double(width) * 4
                let numbers = EstimateFigures.denoiseNumbers(
                    planes: UInt64(planes), width: UInt64(width), quality: quality)
                let estimate = Double(numbers * UInt64(width) * 4)
                #expect(estimate <= 1.3 * held, "\(width)")
                #expect(estimate + Double(UInt64(planes) * EstimateFigures.denoiseNarrow) >= held, "\(width)")
            }
        }

        @Test("drawings, small pictures and pictures of one colour are clean")
        func clean() throws {
            let drawing = try solid(320, 240, [250, 250, 250])
            for line in 0..<12 {
                try draw(on: drawing, [20, 20, 40], left: 20, top: 15 + 18 * line, width: 200 - 9 * line, height: 2)
                try draw(on: drawing, [200, 30, 20], left: 230 + 3 * line, top: 20 + 17 * line, width: 9, height: 11)
            }
            for image in [try solid(200, 150, [7, 200, 9]), try calm(12, 12), drawing] {
                var noise = sluice_noise()
                #expect(sluice_measure_noise(image.pointer, false, &noise) == 0)
                #expect(noise.is_clean, "\(noise.sigma)")
            }
        }
    }
}

/// The same few rectangles again and again, at places that eight pixels do not fit.
private func ornament(_ width: Int, _ height: Int) throws -> Image {
    let image = try solid(width, height, [120, 120, 120])
    let parts = [(0, 0, 3, 11, 40.0), (5, 2, 9, 2, 210), (6, 7, 4, 4, 90), (12, 5, 2, 9, 170), (2, 12, 8, 2, 60)]
    for top in stride(from: 0, to: height - 16, by: 15) {
        for left in stride(from: 0, to: width - 16, by: 15) {
            for (x, y, width, height, grey) in parts {
                try draw(
                    on: image, [grey, 255 - grey, grey], left: left + x, top: top + y, width: width, height: height)
            }
        }
    }
    return image
}

private func filtered(
    _ image: Image, _ quality: UInt32, sigma: Double = 15, threads: Int, keptLines: Int = 64,
    _ change: (inout sluice_denoising) -> Void = { _ in }
) throws -> Image {
    var how = sluice_denoising()
    sluice_noise_white(&how.noise, image.isGrey ? 1 : 3, Float(sigma))
    (how.strength, how.chroma) = (1, 1)
    how.quality = sluice_denoise_quality(quality)
    how.threads = Int32(threads)
    how.kept_lines = Int32(keptLines)
    change(&how)
    return try Image.make { sluice_denoise(image.pointer, &$0, &how) }
}
