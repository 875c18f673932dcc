import CHEIF
import CVips
import Pipeline
import Vips

extension HEIF: PictureEncoder {
    /// As with AVIF; decoders go no further.
    var limits: FormatLimits { FormatLimits(longestSide: 16384, holdsGrey: false) }

    func save(_ image: Image, to target: UnsafeMutablePointer<VipsTarget>) -> Int32 {
        var options = sluice_heic_options()
        options.quality = Int32(quality)
        options.effort = Int32(effort)
        options.is_full_chroma = chroma == .off || (chroma == .auto && quality >= 90)
        return sluice_heifsave(image.pointer, target, &options)
    }
}
