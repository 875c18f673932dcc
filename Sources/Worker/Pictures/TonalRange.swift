import CResample
import CVips
package import Jobs
import Planning
import Vips

/// Where the tones of a picture begin and end, in parts of the whole scale.
package struct TonalRange: Sendable, Equatable {
    package var black: Double
    package var white: Double

    package init(black: Double, white: Double) {
        self.black = black
        self.white = white
    }

    /// Whether there is so little between them (a blank page, fog) that to stretch it would show nothing but noise.
    package var isFlat: Bool { white - black < 16.0 / 255 }

    /// Pixels of the longer side of the small version that is looked at.
    package static let longestSide = 512
}

extension Picture {
    /// Percentiles of all of a small version's numbers, each of its colours alike, so that colours stay what they are.
    /// Transparent parts do not count. Reads all pixels.
    ///
    /// - Parameter clip: percent that lies beyond black, and beyond white.
    package func tonalRange(clip: Double) throws(JobError) -> TonalRange {
        guard sluice_can_watch(image.pointer) else {
            throw JobError(.stageFailed, "the tones of pixels of this kind cannot be measured")
        }
        let scale = min(1, Double(TonalRange.longestSide) / Double(max(image.width, image.height)))
        let size = image.size.scaled(horizontal: scale, vertical: scale)
        var part = sluice_part(
            left: 0, top: 0, width: Double(image.width), height: Double(image.height), columns: Int32(size.width),
            rows: Int32(size.height))
        let watched = try Image.make { sluice_watch(image.pointer, &$0, &part, 1, image.hasAlpha) }
        let small = try Image.make(failing: .damaged) { sluice_watched_part(watched.pointer, 0, &$0) }
        let counts = try small.counts()
        let beyond = Double(counts.reduce(0, +)) * clip / 100
        guard let black = counts.firstIndex(passing: beyond), let white = counts.reversed().firstIndex(passing: beyond)
        else {
            return TonalRange(black: 0, white: 1)
        }
        let most = Double(counts.count - 1)
        return TonalRange(black: Double(black) / most, white: (most - Double(white)) / most)
    }
}

extension Image {
    /// How often each number of a colour occurs, in an image in memory.
    fileprivate func counts() throws(JobError) -> [Int] {
        guard let start = vips_image_get_data(pointer) else { throw takeVipsError(or: .stageFailed) }
        let samples = UnsafeRawBufferPointer(start: start, count: Int(byteCount))
        return is16Bit
            ? count(samples.bindMemory(to: UInt16.self), 65536) : count(samples.bindMemory(to: UInt8.self), 256)
    }

    private func count<Sample: BinaryInteger>(_ samples: UnsafeBufferPointer<Sample>, _ entries: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: entries)
        let (bands, colours, half) = (bands, hasAlpha ? bands - 1 : bands, Sample(entries / 2))
        for start in stride(from: 0, to: samples.count, by: bands) {
            if hasAlpha, samples[start + colours] < half { continue }
            for band in 0..<colours { counts[Int(samples[start + band])] += 1 }
        }
        return counts
    }
}

extension Collection where Element == Int {
    /// The first place up to which the sum is more than this; from 0 on, whatever kind of collection it is.
    fileprivate func firstIndex(passing sum: Double) -> Int? {
        var passed = 0.0
        for (place, count) in enumerated() {
            passed += Double(count)
            if passed > sum { return place }
        }
        return nil
    }
}
