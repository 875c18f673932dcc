import ByteReading
import CVips
import ImageHeader
import Jobs
import Pictures
import Pipeline
import Vips

extension FuzzTarget {
    /// A whole BMP or PNM, as jobs read it, twice: in order, and from the last line to the first.
    static let bitmap: @Sendable ([UInt8]) throws -> Void = { bytes in
        guard let header = try? readHeader(MemoryBytes(bytes)), header.bitmap != nil, header.pixels <= 1 << 20 else {
            return
        }
        try VipsRuntime.start()
        let file = try MemoryFile(bytes)
        let loader = Loader(descriptor: file.descriptor, format: header.format, damage: .none)
        guard let image = try? loader.open() else { return }
        try require(
            image.width == header.width && image.height == header.height, "it has another size than its header says")
        let forwards = try samples(of: image)
        let backwards = try samples(of: image.flipped(vertically: true))
        let line = forwards.count / image.height
        let isSame = (0..<image.height).allSatisfy { number in
            let last = image.height - 1 - number
            return forwards[(number * line)..<((number + 1) * line)] == backwards[(last * line)..<((last + 1) * line)]
        }
        try require(isSame, "lines differ by the order in which they are read")
    }

    private static func samples(of image: Image) throws -> [UInt8] {
        var count = 0
        guard let memory = vips_image_write_to_memory(image.pointer, &count) else {
            vips_error_clear()
            throw WrongAnswer(description: "a tolerated picture is not read")
        }
        defer { g_free(memory) }
        return Array(UnsafeRawBufferPointer(start: memory, count: count))
    }
}
