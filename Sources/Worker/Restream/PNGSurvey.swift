/// Where a PNG's image data is, and what stands before it.
struct PNGSurvey {
    let frame: PNGFrame
    /// The 13 bytes of IHDR.
    let header: [UInt8]
    /// The range of the file with the chunks between IHDR and the first IDAT.
    let kept: Range<UInt64>
    /// Chunks before the image data; sound files have a dozen.
    private static let mostChunks = 4096

    /// - Throws: when the file is not a PNG, or not of that kind.
    init(_ file: SourceFile, isInterlaced: Bool = true) throws(RestreamError) {
        let reader = ForwardReader(file, capacity: 4 << 10)
        guard try reader.bytes(8) == PNGWriter.signature else { throw .unsuitable("not a PNG") }
        guard try reader.uint32() == 13, try reader.uint32() == 0x4948_4452 else { throw .damaged("IHDR") }
        header = try reader.bytes(13)
        frame = try PNGFrame(header, isInterlaced: isInterlaced)
        // libpng would look at the checksum; the new IHDR gets one of its own.
        let sum = try reader.bytes(4)
        guard PNGWriter.chunk("IHDR", header).suffix(4) == sum[...] else { throw .damaged("the checksum of IHDR") }
        let start = reader.position
        for _ in 0..<Self.mostChunks {
            let offset = reader.position
            let (length, type) = (try reader.uint32(), try reader.uint32())
            if type == 0x4944_4154 {
                kept = start..<offset
                return
            }
            guard length <= 0x7FFF_FFFF, type != 0x4945_4E44 else { throw .damaged("no image data") }
            reader.skip(UInt64(length) + 4)
        }
        throw .unsuitable("too many chunks")
    }
}
