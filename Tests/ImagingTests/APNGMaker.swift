@testable import Vips

/// An animated PNG, put together from PNGs of one kind.
struct APNGMaker {
    struct Frame {
        var left = 0
        var top = 0
        /// 0 stays, 1 becomes transparent, 2 goes.
        var disposal: UInt8 = 0
        /// 1 is laid over what is there.
        var blend: UInt8 = 0
        /// Seconds, as a fraction.
        var delay: (UInt16, UInt16) = (1, 10)
        /// A whole PNG.
        var picture: [UInt8]
    }

    var frames: [Frame]
    /// Shown where it is not played; nil: the first frame.
    var still: [UInt8]?
    var plays = 0
    /// Bytes of a chunk of data, at most.
    var largestChunk = 300
    /// What is added to each number of the sequence from this one on.
    var gapAt: Int?

    func make() -> [UInt8] {
        let first = still ?? frames[0].picture
        let parts = Self.chunks(first)
        var number = 0
        func next() -> [UInt8] {
            defer { number += 1 }
            return big(number + (gapAt.map { number >= $0 ? 1 : 0 } ?? 0))
        }
        func control(_ frame: Frame) -> [UInt8] {
            let header = Self.chunks(frame.picture)[0].data
            return chunk(
                "fcTL",
                next() + Array(header[0..<8]) + big(frame.left) + big(frame.top)
                    + [UInt8(frame.delay.0 >> 8), UInt8(frame.delay.0 & 255)]
                    + [UInt8(frame.delay.1 >> 8), UInt8(frame.delay.1 & 255), frame.disposal, frame.blend])
        }
        var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        bytes += chunk("IHDR", parts[0].data) + chunk("acTL", big(frames.count) + big(plays))
        for part in parts where ["PLTE", "tRNS"].contains(part.name) { bytes += chunk(part.name, part.data) }
        if still == nil { bytes += control(frames[0]) }
        for part in parts where part.name == "IDAT" { bytes += chunk("IDAT", part.data) }
        for frame in still == nil ? Array(frames.dropFirst()) : frames {
            bytes += control(frame)
            var rest = Self.chunks(frame.picture).filter { $0.name == "IDAT" }.flatMap(\.data)[...]
            while !rest.isEmpty {
                bytes += chunk("fdAT", next() + rest.prefix(largestChunk))
                rest = rest.dropFirst(largestChunk)
            }
        }
        return bytes + chunk("IEND", [])
    }

    private static func chunks(_ file: [UInt8]) -> [(name: String, data: [UInt8])] {
        var found: [(name: String, data: [UInt8])] = []
        var offset = 8
        while offset + 12 <= file.count {
            let count = file[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
            let name = String(decoding: file[offset + 4..<offset + 8], as: UTF8.self)
            found.append((name, Array(file[offset + 8..<offset + 8 + count])))
            offset += 12 + count
        }
        return found
    }

    private func big(_ number: Int) -> [UInt8] { (0..<4).map { UInt8(number >> (24 - 8 * $0) & 255) } }

    private func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        (big(data.count) + Array(name.utf8) + data + [0, 0, 0, 0]).withChecksum
    }
}
