import ByteReading
import CResample
import Glibc
import ImageHeader
import Restream

extension FuzzTarget {
    static let pictures = [
        FuzzTarget("header", mostBytes: 32 << 10, seeds: allPictures, header),
        FuzzTarget("jpeg-restream", mostBytes: 32 << 10, seeds: ["jpg", "jpeg"], restreamJPEG),
        FuzzTarget("png-restream", mostBytes: 32 << 10, seeds: ["png"], restreamPNG),
        FuzzTarget("apng", mostBytes: 32 << 10, seeds: ["png", "apng"], apng),
        FuzzTarget("jpeg-end", mostBytes: 32 << 10, seeds: ["jpg", "jpeg"], jpegEnd),
        FuzzTarget("bitmap", mostBytes: 16 << 10, seeds: ["bmp", "dib", "pbm", "pgm", "ppm", "pnm", "pam"], bitmap),
        FuzzTarget("jpeg-planes", mostBytes: 32 << 10, seeds: ["jpg", "jpeg"], jpegPlanes),
    ]

    static let allPictures = [
        "jpg", "jpeg", "png", "webp", "gif", "tif", "tiff", "heic", "heif", "avif", "jxl", "bin", "bmp", "ppm",
    ]

    /// What Sluice refuses by `limits.pixels` before it decodes; here far fewer, so that an input takes no seconds.
    private static let mostPixels: UInt64 = 1 << 20

    private static func isSmall(_ bytes: [UInt8]) -> Bool {
        (try? readHeader(MemoryBytes(bytes))).map { $0.pixels <= mostPixels } ?? false
    }

    private static let header: @Sendable ([UInt8]) throws -> Void = { bytes in
        let source = MemoryBytes(bytes)
        if let frames = readGIFFrames(source, most: 1_000) {
            try require(frames.count <= 1_000, "\(frames.count) frames")
        }
        guard let header = try? readHeader(source) else { return }
        if let document = try? readDocument(source), let last = document.pictures.last {
            _ = try? readPage(last, of: document, source)
        }
        try require(header.width > 0 && header.height > 0, "\(header.width) x \(header.height) pixels")
        try require(header.pixels > 0 && header.bytesPerBand > 0, "no pixels")
        if let bytes = header.restreamedBytes { try require(bytes > 0, "a restreamer without memory") }
        // Where a file is read from makes no difference.
        let file = try MemoryFile(bytes)
        let again = try? readHeader(DescriptorBytes(file.descriptor))
        try require(again == header, "a file has another header than its bytes")
    }

    private static let restreamJPEG: @Sendable ([UInt8]) throws -> Void = { bytes in
        guard isSmall(bytes) else { return }
        let file = try MemoryFile(bytes)
        let isSuitable = JPEGRestreamer.isSuitable(descriptor: file.descriptor)
        guard let restreamer = try? JPEGRestreamer(descriptor: file.descriptor) else {
            return try require(!isSuitable, "what is suitable is refused")
        }
        guard let result = try restreamed(by: restreamer, chunk: chunk(for: bytes)) else { return }
        try require(
            result.starts(with: [0xFF, 0xD8]) && result.suffix(2).elementsEqual([0xFF, 0xD9]), "no JPEG comes out")
        try compare(result, with: bytes)
    }

    private static let restreamPNG: @Sendable ([UInt8]) throws -> Void = { bytes in
        guard isSmall(bytes) else { return }
        let file = try MemoryFile(bytes)
        _ = wholeLinesOfPNG(descriptor: file.descriptor)
        for isTolerant in [false, true] {
            guard let restreamer = try? PNGRestreamer(descriptor: file.descriptor, isTolerant: isTolerant),
                let result = try restreamed(by: restreamer, chunk: chunk(for: bytes))
            else { continue }
            _ = restreamer.missing
            try compare(result, with: bytes)
        }
    }

    private static let apng: @Sendable ([UInt8]) throws -> Void = { bytes in
        let file = try MemoryFile(bytes)
        guard let animation = try? PNGAnimation(descriptor: file.descriptor) else { return }
        try require(animation.frames.count <= animation.stated, "more frames than it says")
        for index in animation.frames.indices.prefix(20) {
            guard let stream = try? PNGFrameStream(animation, frame: index, descriptor: file.descriptor),
                let result = try restreamed(by: stream, chunk: chunk(for: bytes))
            else { continue }
            let end: [UInt8] = [0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82]
            try require(result.suffix(12).elementsEqual(end), "a frame without an end")
            let header = try? readHeader(MemoryBytes(result))
            try require(
                header.map { $0.width == animation.frames[index].width && !$0.isAnimated } ?? true,
                "a frame in another size")
        }
    }

    /// Bytes that are asked for at a time: a reader may ask for any number.
    private static func chunk(for bytes: [UInt8]) -> Int { bytes.count % 3 == 0 ? 1 + bytes.count % 61 : 64 << 10 }

    /// Nil where the file turns out to be damaged.
    private static func restreamed(by restreamer: some Restreamer, chunk: Int) throws -> [UInt8]? {
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: chunk)
        while true {
            guard let count = try? buffer.withUnsafeMutableBytes({ try restreamer.read(into: $0) }) else {
                let more = try? buffer.withUnsafeMutableBytes { try restreamer.read(into: $0) }
                try require(more == nil, "there is more behind the damage")
                return nil
            }
            try require(count <= buffer.count, "\(count) bytes in a buffer of \(buffer.count)")
            if count == 0 { return result }
            result += buffer[..<count]
        }
    }

    /// The same picture, now without scans or passes.
    private static func compare(_ result: [UInt8], with bytes: [UInt8]) throws {
        let (before, after) = (try? readHeader(MemoryBytes(bytes)), try? readHeader(MemoryBytes(result)))
        guard let before, let after else { throw WrongAnswer(description: "no picture comes out") }
        try require(
            before.width == after.width && before.height == after.height && before.bands == after.bands,
            "another picture comes out: \(before) became \(after)")
        try require(!after.isProgressive && !after.isInterlaced, "it is no plainer than it was")
    }

    private static let jpegEnd: @Sendable ([UInt8]) throws -> Void = { bytes in
        guard isSmall(bytes) else { return }
        let file = try MemoryFile(bytes)
        _ = sluice_has_jpeg_end(file.descriptor)
        var end = sluice_jpeg_end()
        guard sluice_find_jpeg_end(file.descriptor, &end) == 0, end.is_known else { return }
        try require(end.lines >= 0 && end.lines <= end.height, "\(end.lines) of \(end.height) lines")
    }
}
