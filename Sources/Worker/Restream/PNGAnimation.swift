/// The frames of an animated PNG (PNG specification, third edition, 11.3.7), found without their pixels.
package struct PNGAnimation {
    package struct Frame {
        package enum Disposal: UInt8, Sendable {
            /// It stays, and the next one is drawn over it.
            case keep
            /// Its area becomes transparent.
            case clear
            /// Its area becomes what it was before this frame.
            case restore
        }
        /// Pixels, from the canvas' top left corner.
        package var left: Int
        package var top: Int
        package var width: Int
        package var height: Int
        /// Milliseconds.
        package var delay: Int32
        package var disposal: Disposal
        /// Whether it is laid over what is there, by its alpha, instead of in its place.
        package var isBlended: Bool
        /// From the first chunk of its image data to the end of the last one. Nil: not found yet.
        var data: Range<UInt64>?
    }

    /// Those whose data is all there, in order.
    package private(set) var frames: [Frame] = []
    /// How often it plays; 0 for ever.
    package private(set) var plays = 0
    /// How many frames the file says it has.
    package private(set) var stated = 0
    /// Whether the file ends before its frames do.
    package private(set) var endsEarly = false
    /// IHDR's 13 bytes.
    let header: [UInt8]
    /// Palette and transparency, which all frames share: whole chunks.
    private(set) var shared: [Range<UInt64>] = []

    private let size: (width: Int, height: Int)
    private var sequence: UInt32 = 0
    private var open: Frame?

    /// Frames, at most; a file with more is none that anybody plays.
    private static let mostFrames = 100_000
    private static let mostChunks = 1 << 22

    /// Goes over the chunks of the file, once.
    ///
    /// - Parameter descriptor: seekable; stays the caller's. Its offset is neither used nor moved.
    /// - Throws: `unsuitable` where it is no animation; `damaged` where its frames are not in order, and only the still picture
    ///   can be shown.
    package init(descriptor: Int32) throws(RestreamError) {
        let reader = ForwardReader(SourceFile(descriptor: descriptor), capacity: 256)
        guard try reader.bytes(8) == PNGWriter.signature else { throw .unsuitable("not a PNG") }
        guard try reader.uint32() == 13, try reader.uint32() == 0x4948_4452 else { throw .damaged("IHDR") }
        header = try reader.bytes(13)
        size = (header[0..<4].reduce(0) { $0 << 8 | Int($1) }, header[4..<8].reduce(0) { $0 << 8 | Int($1) })
        reader.skip(4)
        do throws(RestreamError) {
            try readChunks(reader)
        } catch .damaged(let reason) where reason == ForwardReader.endsEarly && stated > 0 {
            // What is whole can be played.
            endsEarly = true
            open = nil
        }
        guard stated > 0 else { throw .unsuitable("not an animation") }
    }

    private mutating func readChunks(_ reader: ForwardReader) throws(RestreamError) {
        var hasPicture = false
        for _ in 0..<Self.mostChunks {
            let offset = reader.position
            let (length, type) = (UInt64(try reader.uint32()), try reader.uint32())
            guard length <= 0x7FFF_FFFF else { throw .damaged("the length of a chunk") }
            let chunk = offset..<offset + length + 12
            switch type {
            case 0x6163_544C where !hasPicture:  // acTL
                guard stated == 0, length >= 8 else { throw .damaged("two acTL chunks") }
                stated = Int(try reader.uint32())
                plays = Int(clamping: try reader.uint32())
            case 0x504C_5445, 0x7452_4E53:  // PLTE, tRNS
                if !hasPicture, length <= 768 { shared.append(chunk) }
            case 0x6663_544C where length >= 26:  // fcTL
                try close()
                if frames.count == stated { return }
                try begin(reader, isPicture: !hasPicture)
            case 0x4944_4154:  // IDAT
                guard stated > 0 else { throw .unsuitable("not an animation") }
                hasPicture = true
                if frames.isEmpty { extend(chunk) }
            case 0x6664_4154 where length >= 4:  // fdAT
                try take(try reader.uint32())
                guard hasPicture, open != nil else { throw .damaged("frames that are not announced") }
                extend(chunk)
            case 0x4945_4E44:  // IEND
                try close()
                return
            default: break
            }
            reader.moveBack(to: offset + 8)
            reader.skip(length)
            // The last byte of its checksum has to be there.
            _ = try reader.uint32()
        }
        throw .damaged("too many chunks")
    }

    /// Frames and their data are counted together.
    private mutating func take(_ number: UInt32) throws(RestreamError) {
        guard number == sequence else { throw .damaged("frames that are out of order") }
        sequence += 1
    }

    private mutating func begin(_ reader: ForwardReader, isPicture: Bool) throws(RestreamError) {
        try take(try reader.uint32())
        let (width, height) = (Int(try reader.uint32()), Int(try reader.uint32()))
        let (left, top) = (Int(try reader.uint32()), Int(try reader.uint32()))
        let (numerator, denominator) = (Int(try reader.uint16()), Int(try reader.uint16()))
        let disposal = Frame.Disposal(rawValue: try reader.byte())
        let blend = try reader.byte()
        guard let disposal, blend <= 1, width > 0, height > 0, left + width <= size.width, top + height <= size.height,
            !isPicture || (width, height) == size
        else { throw .damaged("a frame that lies outside the picture, or of an unknown kind") }
        guard frames.count < Self.mostFrames else { throw .damaged("more than \(Self.mostFrames) frames") }
        let seconds = Double(numerator) / Double(denominator == 0 ? 100 : denominator)
        open = Frame(
            left: left, top: top, width: width, height: height, delay: Int32((seconds * 1000).rounded()),
            // Before the first one there is nothing that could come back.
            disposal: frames.isEmpty && disposal == .restore ? .clear : disposal, isBlended: blend == 1, data: nil)
    }

    private mutating func extend(_ chunk: Range<UInt64>) {
        guard let data = open?.data else {
            open?.data = chunk
            return
        }
        open?.data = data.lowerBound..<chunk.upperBound
    }

    private mutating func close() throws(RestreamError) {
        guard let frame = open else { return }
        guard frame.data != nil else { throw .damaged("a frame without data") }
        frames.append(frame)
        open = nil
    }
}
