import CZlib

/// One frame of an animated PNG, as a PNG of its own.
package final class PNGFrameStream: Restreamer {
    private let file: SourceFile
    /// Bytes that come before what is read from the file.
    private var pending: [UInt8]
    private var handedOut = 0
    /// Of a chunk: bytes of its content in the file, and its checksum so far.
    private var content: Range<UInt64> = 0..<0
    private var sum: UInt?
    /// Chunks of the frame, from the next one on.
    private var rest: Range<UInt64>
    private var isEnded = false

    /// - Parameters:
    ///   - descriptor: of the file that the animation was read from; stays the caller's, open for as long as this is used.
    ///   - index: of the frame, from 0 on.
    package init(_ animation: PNGAnimation, frame index: Int, descriptor: Int32) throws(RestreamError) {
        file = SourceFile(descriptor: descriptor)
        let frame = animation.frames[index]
        rest = frame.data ?? 0..<0
        let size =
            UInt32(truncatingIfNeeded: frame.width).bigEndianBytes
            + UInt32(truncatingIfNeeded: frame.height).bigEndianBytes
        pending = PNGWriter.signature + PNGWriter.chunk("IHDR", size + animation.header[8...])
        for chunk in animation.shared {
            let reader = ForwardReader(file, at: chunk.lowerBound, capacity: 1024)
            pending += try reader.bytes(chunk.count)
        }
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(RestreamError) -> Int {
        while true {
            if handedOut < pending.count {
                let count = min(buffer.count, pending.count - handedOut)
                buffer.copyBytes(from: pending[handedOut..<handedOut + count])
                handedOut += count
                return count
            }
            if !content.isEmpty { return try readContent(into: buffer) }
            guard try begin() else { return 0 }
        }
    }

    private func readContent(into buffer: UnsafeMutableRawBufferPointer) throws(RestreamError) -> Int {
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, content.count)])
        let count = try file.read(at: content.lowerBound, into: room)
        guard count > 0 else { throw .damaged("the file ends early") }
        sum = crc32(sum ?? 0, room.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32(count))
        content = content.lowerBound + UInt64(count)..<content.upperBound
        return count
    }

    /// Makes the next bytes ready.
    /// - Returns: false when there are no more.
    private func begin() throws(RestreamError) -> Bool {
        (pending, handedOut) = ([], 0)
        if let sum {
            pending = UInt32(truncatingIfNeeded: sum).bigEndianBytes
            self.sum = nil
            return true
        }
        while !rest.isEmpty {
            let reader = ForwardReader(file, at: rest.lowerBound, capacity: 16)
            let (length, type) = (UInt64(try reader.uint32()), try reader.uint32())
            let end = rest.lowerBound + length + 12
            guard end <= rest.upperBound else { throw .damaged("the length of a chunk") }
            let start = rest.lowerBound + 8
            rest = end..<rest.upperBound
            // The data of later frames begins with a number.
            let skipped: UInt64 = type == 0x6664_4154 ? 4 : 0
            guard type == 0x4944_4154 || (skipped == 4 && length >= 4) else { continue }
            content = start + skipped..<start + length
            let head = Array("IDAT".utf8)
            pending = UInt32(content.count).bigEndianBytes + head
            sum = crc32(0, head, UInt32(head.count))
            return true
        }
        if isEnded { return false }
        isEnded = true
        pending = PNGWriter.chunk("IEND", [])
        return true
    }
}
