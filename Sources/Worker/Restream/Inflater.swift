import CZlib

/// A zlib stream (RFC 1950) over IDAT chunks, unpacked piece by piece.
final class Inflater {
    private let stream: UnsafeMutablePointer<z_stream>
    private let data: ImageData
    private var isAtEnd = false

    init(_ data: ImageData) throws(RestreamError) {
        self.data = data
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard sluice_inflate_init(stream) == Z_OK else {
            throw .unsuitable("zlib has no memory")
        }
    }

    private init(copying stream: UnsafeMutablePointer<z_stream>, _ data: ImageData) throws(RestreamError) {
        self.data = data
        self.stream = .allocate(capacity: 1)
        self.stream.initialize(to: z_stream())
        guard inflateCopy(self.stream, stream) == Z_OK else { throw .unsuitable("zlib has no memory") }
        // The stream's checksum is the first reader's affair.
        inflateValidate(self.stream, 0)
        self.stream.pointee.next_in = nil
        self.stream.pointee.avail_in = 0
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// A second one that goes on from the same place: some 40 KiB, and a buffer to read with.
    func fork() throws(RestreamError) -> Inflater {
        try Inflater(copying: stream, data.fork(back: Int(stream.pointee.avail_in)))
    }

    /// Fills the buffer, or throws.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(RestreamError) {
        var done = 0
        while done < buffer.count {
            // zlib counts in 32 bits.
            let part = min(buffer.count - done, 1 << 30)
            let start = buffer.baseAddress?.advanced(by: done)
            stream.pointee.next_out = start?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(part)
            while stream.pointee.avail_out > 0 {
                guard !isAtEnd, try inflateMore() else { throw .damaged("too little image data") }
            }
            done += part
        }
    }

    /// Goes on to the stream's end, where zlib compares its checksum.
    ///
    /// - Returns: the offset in the file of the chunk behind the last IDAT.
    /// - Throws: when there is more data than that.
    func finish() throws(RestreamError) -> UInt64 {
        var surplus: UInt8 = 0
        while !isAtEnd {
            let isMore = try withUnsafeMutablePointer(to: &surplus) { byte throws(RestreamError) in
                stream.pointee.next_out = byte
                stream.pointee.avail_out = 1
                return try inflateMore()
            }
            guard isMore, stream.pointee.avail_out == 1 else { throw .damaged("the end of the image data") }
        }
        guard stream.pointee.avail_in == 0, try data.piece() == nil else { throw .damaged("too much image data") }
        return data.position
    }

    /// - Returns: false when there is no more input.
    private func inflateMore() throws(RestreamError) -> Bool {
        if stream.pointee.avail_in == 0 {
            guard let piece = try data.piece() else { return false }
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: piece.baseAddress?.assumingMemoryBound(to: UInt8.self))
            stream.pointee.avail_in = UInt32(piece.count)
        }
        switch inflate(stream, Z_NO_FLUSH) {
        case Z_OK: return true
        case Z_STREAM_END:
            isAtEnd = true
            return true
        case Z_BUF_ERROR where stream.pointee.avail_in == 0: return true
        default: throw .damaged("the compressed image data")
        }
    }
}
