import CVips
import Pipeline
import Vips

extension TIFF: PictureEncoder {
    /// JPEG inside TIFF holds 8 bits and no alpha.
    var limits: FormatLimits {
        let isJPEG = compression == .jpeg
        return FormatLimits(
            longestSide: 0x7FFF_FFFF, holds16Bit: !isJPEG, holdsAlpha: !isJPEG, holdsCMYK: !isJPEG)
    }

    func save(_ image: Image, to target: UnsafeMutablePointer<VipsTarget>) -> Int32 {
        // Offsets of classic TIFF end at 4 GiB; a pyramid adds a third.
        let isBig = image.byteCount > 2_500_000_000
        return sluice_tiffsave(
            image.pointer, target, compression.vips, Int32(quality), pyramid.flag, isBig.flag)
    }
}

extension TIFF.Compression {
    fileprivate var vips: Int32 {
        let value =
            switch self {
            case .none: VIPS_FOREIGN_TIFF_COMPRESSION_NONE
            case .lzw: VIPS_FOREIGN_TIFF_COMPRESSION_LZW
            case .deflate: VIPS_FOREIGN_TIFF_COMPRESSION_DEFLATE
            case .zstd: VIPS_FOREIGN_TIFF_COMPRESSION_ZSTD
            case .jpeg: VIPS_FOREIGN_TIFF_COMPRESSION_JPEG
            }
        return Int32(value.rawValue)
    }
}
