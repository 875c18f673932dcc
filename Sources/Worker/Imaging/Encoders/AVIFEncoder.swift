import CVips
import Pipeline
import Vips

extension AVIF: PictureEncoder {
    /// libvips refuses more than 16384 pixels on a side.
    var limits: FormatLimits { FormatLimits(longestSide: 16384, holdsGrey: false) }

    func save(_ image: Image, to target: UnsafeMutablePointer<VipsTarget>) -> Int32 {
        sluice_avifsave(image.pointer, target, Int32(quality), lossless.flag, Int32(effort), chroma.vips)
    }
}
