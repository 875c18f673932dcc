import CVips
import Pipeline
import Vips

extension JXL: PictureEncoder {
    var limits: FormatLimits { FormatLimits(longestSide: 0x3FFF_FFFF, holds16Bit: true) }

    func save(_ image: Image, to target: UnsafeMutablePointer<VipsTarget>) -> Int32 {
        VipsRuntime.openModule("jxl")
        return sluice_jxlsave(image.pointer, target, distance, lossless.flag, Int32(effort))
    }
}
