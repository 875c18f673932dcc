import CVips
import Pipeline
import Vips

extension JPEG: PictureEncoder {
    var limits: FormatLimits { FormatLimits(longestSide: 65535, holdsAlpha: false, background: background) }

    func save(_ image: Image, to target: UnsafeMutablePointer<VipsTarget>) -> Int32 {
        sluice_jpegsave(image.pointer, target, Int32(quality), progressive.flag, optimize.flag, chroma.vips)
    }
}
