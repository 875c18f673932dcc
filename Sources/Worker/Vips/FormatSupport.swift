import CJXL
import CRAW
import CVips
import Glibc
package import Jobs

extension VipsRuntime {
    /// What this libvips does with each format that Sluice knows. HEIF and AVIF come in a module that may not be
    /// installed, and its codecs in libraries of their own.
    package static var formats: [(format: PictureFormat, reads: Bool, writes: Bool)] {
        openModule("jxl")
        let heif = (reads: has("heifload_source"), writes: has("heifsave_target"))
        let hevc = HEIFCodec(compression: 1)
        let av1 = HEIFCodec(compression: 4)
        return [
            (.jpeg, has("jpegload_source"), has("jpegsave_target")),
            (.png, has("pngload_source"), has("pngsave_target")),
            (.webp, has("webpload_source"), has("webpsave_target")),
            (.tiff, has("tiffload_source"), has("tiffsave_target")),
            (.gif, has("gifload_source"), has("gifsave_target")),
            (.heif, heif.reads && hevc.decodes, hevc.encodes),
            (.avif, heif.reads && av1.decodes, heif.writes && av1.encodes),
            (.jxl, sluice_jxl_is_there(), has("jxlsave_target")),
            (.raw, canDevelopRAW, false),
            // Read by Sluice itself.
            (.bmp, true, false),
            (.pnm, true, false),
        ]
    }

    private static func has(_ operation: String) -> Bool { vips_type_find("VipsOperation", operation) != 0 }
}

/// Whether LibRaw is installed, in the version that Sluice was built for. Opens it.
package var canDevelopRAW: Bool { sluice_raw_version() != nil }

/// What libheif, which libvips' module has loaded, knows of a codec. Looked up by name: linking it would make it a
/// dependency, and without the module there is none.
private struct HEIFCodec {
    let decodes: Bool
    let encodes: Bool

    /// - Parameter compression: libheif's `enum heif_compression_format`.
    init(compression: Int32) {
        decodes = Self.asks("heif_have_decoder_for_format", compression)
        encodes = Self.asks("heif_have_encoder_for_format", compression)
    }

    private static func asks(_ function: String, _ compression: Int32) -> Bool {
        guard let symbol = dlsym(nil, function) else { return false }
        let call = unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Int32).self)
        return call(compression) != 0
    }
}
