import CVips
import Pipeline
import Vips

extension WebP: PictureEncoder {
    var limits: FormatLimits { FormatLimits(longestSide: 16383, holdsGrey: false) }

    func save(_ image: Image, to target: UnsafeMutablePointer<VipsTarget>) -> Int32 {
        sluice_webpsave(
            image.pointer, target, Int32(quality), lossless.flag, Int32(effort), smartSubsampling.flag)
    }
}
