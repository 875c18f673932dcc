import CRepack
import CZlib
package import Jobs

/// Packs a file that `copyOriginal` made anew, into another: the same picture to the last value, in fewer bytes as a rule. JPEG:
/// progressive, with Huffman tables of its own. PNG: deflated as well as zlib can.
/// - Returns: false for formats and files of which nothing smaller can be made in this way; the target is then not to be used.
package func repack(_ source: Int32, to target: Int32, format: PictureFormat) throws(CopyFailure) -> Bool {
    switch format {
    case .jpeg:
        var message = [CChar](repeating: 0, count: 256)
        let result = sluice_repack_jpeg(source, target, &message, message.count)
        guard result >= 0 else {
            throw .system(String(decoding: message.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self))
        }
        return result == 0
    case .png:
        var copy = try PartCopy(from: source, to: target)
        return try copy.repackPNG()
    default: return false
    }
}

extension PartCopy {
    /// Each chunk as it is, but for the picture's data, which keeps its filters.
    fileprivate mutating func repackPNG() throws(CopyFailure) -> Bool {
        try copy(0..<8)
        var offset: UInt64 = 8
        var packer: Packer?
        var hasPicture = false
        while true {
            let head = try read(at: offset, 8)
            let name = String(decoding: head[4...], as: UTF8.self)
            let body = offset + 8..<offset + 8 + bigEndian(head[..<4])
            offset = body.upperBound + 4
            // Frames have streams of their own.
            if name == "acTL" { return false }
            guard name == "IDAT" else {
                if let last = packer {
                    guard try last.finish(into: &self) else { return false }
                    packer = nil
                }
                try copy(body.lowerBound - 8..<offset)
                if name == "IEND" { return hasPicture }
                continue
            }
            if packer == nil {
                guard !hasPicture, let new = Packer() else { return false }
                packer = new
                hasPicture = true
            }
            var place = body.lowerBound
            while place < body.upperBound {
                let count = Int(min(UInt64(Self.blockSize), body.upperBound - place))
                guard try packer?.add(read(at: place, count), to: &self) == true else { return false }
                place += UInt64(count)
            }
        }
    }
}

/// Inflates a stream and deflates it again, piece by piece.
private final class Packer {
    private var input = z_stream()
    private var output = z_stream()
    private var isWhole = false
    private var plain = [UInt8](repeating: 0, count: PartCopy.blockSize)
    private var packed = [UInt8](repeating: 0, count: PartCopy.blockSize)

    init?() {
        guard sluice_inflate_init(&input) == Z_OK else { return nil }
        guard sluice_deflate_init(&output, 9) == Z_OK else {
            inflateEnd(&input)
            return nil
        }
    }

    deinit {
        inflateEnd(&input)
        deflateEnd(&output)
    }

    /// - Returns: false where the stream is damaged.
    func add(_ bytes: [UInt8], to copy: inout PartCopy) throws(CopyFailure) -> Bool {
        // What follows the stream is nobody's.
        if isWhole { return true }
        var done = 0
        while done < bytes.count || input.avail_out == 0 {
            var bytes = bytes
            let (result, used, made) = bytes.withUnsafeMutableBufferPointer { bytes in
                plain.withUnsafeMutableBufferPointer { plain in
                    input.next_in = bytes.baseAddress?.advanced(by: done)
                    input.avail_in = UInt32(bytes.count - done)
                    input.next_out = plain.baseAddress
                    input.avail_out = UInt32(plain.count)
                    let result = inflate(&input, Z_NO_FLUSH)
                    return (result, bytes.count - done - Int(input.avail_in), plain.count - Int(input.avail_out))
                }
            }
            done += used
            // No progress is none only where there was something to do.
            guard result == Z_OK || result == Z_STREAM_END || (result == Z_BUF_ERROR && done == bytes.count) else {
                return false
            }
            try deflate(made, Z_NO_FLUSH, into: &copy)
            if result == Z_STREAM_END {
                isWhole = true
                return true
            }
            if made < plain.count, done == bytes.count { break }
        }
        return true
    }

    /// - Returns: false where the stream was not whole.
    func finish(into copy: inout PartCopy) throws(CopyFailure) -> Bool {
        guard isWhole else { return false }
        try deflate(0, Z_FINISH, into: &copy)
        return true
    }

    private func deflate(_ count: Int, _ flush: Int32, into copy: inout PartCopy) throws(CopyFailure) {
        if count == 0, flush == Z_NO_FLUSH { return }
        var done = 0
        repeat {
            let (used, made) = plain.withUnsafeMutableBufferPointer { plain in
                packed.withUnsafeMutableBufferPointer { packed in
                    output.next_in = plain.baseAddress?.advanced(by: done)
                    output.avail_in = UInt32(count - done)
                    output.next_out = packed.baseAddress
                    output.avail_out = UInt32(packed.count)
                    _ = CZlib.deflate(&output, flush)
                    return (count - done - Int(output.avail_in), packed.count - Int(output.avail_out))
                }
            }
            done += used
            if made > 0 { try copy.write(chunk(made)) }
        } while output.avail_out == 0 || done < count
    }

    private func chunk(_ count: Int) -> [UInt8] {
        let checked = Array("IDAT".utf8) + packed[..<count]
        let sum = checked.withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count)) }
        return bigEndianBytes(count, width: 4) + checked + bigEndianBytes(Int(sum), width: 4)
    }
}
