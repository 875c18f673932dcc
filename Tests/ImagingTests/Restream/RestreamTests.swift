import CVips
import Glibc
import Testing

@testable import Restream
@testable import Vips

extension ImagingTests {
    /// What the target `Restream` makes, against what libvips makes of the original. Here, as libvips serves one test at a
    /// time.
    @Suite("Restream")
    struct RestreamTests {
        init() throws { try VipsRuntime.start() }
    }
}

/// Bytes as an open file, without a name.
final class MemoryFile {
    let descriptor: Int32

    init(_ bytes: [UInt8]) throws {
        var template = Array("/tmp/restream-tests-XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        unlink(template)
        try #require(write(descriptor, bytes, bytes.count) == bytes.count)
    }

    deinit { close(descriptor) }
}

enum Kind: String, Sendable {
    case jpeg, png
}

/// Everything that a restreamer hands out, in pieces of `piece` bytes.
func restream(_ bytes: [UInt8], _ kind: Kind, piece: Int = 4096) throws -> [UInt8] {
    let file = try MemoryFile(bytes)
    return try restream(file.descriptor, kind, piece: piece)
}

func restream(_ descriptor: Int32, _ kind: Kind, piece: Int = 4096) throws -> [UInt8] {
    let restreamer: any Restreamer =
        switch kind {
        case .jpeg: try JPEGRestreamer(descriptor: descriptor)
        case .png: try PNGRestreamer(descriptor: descriptor)
        }
    var bytes: [UInt8] = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: piece, alignment: 16)
    defer { buffer.deallocate() }
    while true {
        let count = try restreamer.read(into: buffer)
        if count == 0 { return bytes }
        bytes += buffer[..<count]
    }
}

struct Decoded: Equatable {
    var width: Int32
    var height: Int32
    var bands: Int32
    var format: Int32
    var interpretation: Int32
    var samples: [UInt8]
}

/// As libvips decodes it, or nil where it warns.
func decode(_ bytes: [UInt8], _ kind: Kind, shrink: Int32 = 1, failOn: VipsFailOn = VIPS_FAIL_ON_WARNING) -> Decoded? {
    defer { vips_error_clear() }
    return bytes.withUnsafeBytes { bytes -> Decoded? in
        guard let source = vips_source_new_from_memory(bytes.baseAddress, bytes.count) else { return nil }
        defer { g_object_unref(source) }
        var image: UnsafeMutablePointer<VipsImage>?
        let level = Int32(failOn.rawValue)
        let result =
            switch kind {
            case .jpeg: sluice_jpegload(source, &image, shrink, level)
            case .png: sluice_pngload(source, &image, level)
            }
        guard result == 0, let image else { return nil }
        defer { g_object_unref(image) }
        var size = 0
        guard let memory = vips_image_write_to_memory(image, &size) else { return nil }
        defer { g_free(memory) }
        return Decoded(
            width: vips_image_get_width(image), height: vips_image_get_height(image),
            bands: vips_image_get_bands(image), format: vips_image_get_format(image).rawValue,
            interpretation: vips_image_get_interpretation(image).rawValue,
            samples: Array(UnsafeRawBufferPointer(start: memory, count: size)))
    }
}
