import CZlib

/// Inflates a zlib stream (RFC 1950, 1951), as PNG's text and profile chunks hold them. The checksum is not looked at: EXIF
/// and profiles are checked by their readers.
/// - Returns: nil when the stream is damaged, needs a preset dictionary, or holds more than `limit` bytes.
package func inflate(zlib stream: [UInt8], limit: Int) -> [UInt8]? {
    guard stream.count > 2, stream[0] & 0x0F == 8, (Int(stream[0]) << 8 | Int(stream[1])) % 31 == 0,
        stream[1] & 0x20 == 0
    else { return nil }
    var state = z_stream()
    guard sluice_inflate_init_raw(&state) == Z_OK else { return nil }
    defer { _ = inflateEnd(&state) }
    var output: [UInt8] = []
    // In pieces: a few bytes may claim to hold gigabytes.
    var piece = [UInt8](repeating: 0, count: min(limit + 1, 16_384))
    var input = Array(stream.dropFirst(2))
    return input.withUnsafeMutableBufferPointer { input -> [UInt8]? in
        state.next_in = input.baseAddress
        state.avail_in = UInt32(clamping: input.count)
        while true {
            let result = piece.withUnsafeMutableBufferPointer { piece in
                state.next_out = piece.baseAddress
                state.avail_out = UInt32(piece.count)
                return CZlib.inflate(&state, Z_NO_FLUSH)
            }
            output += piece[..<(piece.count - Int(state.avail_out))]
            guard output.count <= limit else { return nil }
            if result == Z_STREAM_END { return output }
            guard result == Z_OK else { return nil }
        }
    }
}
