import CVips
import Pipeline
import Vips

extension PNG: PictureEncoder {
    /// A palette holds 8 bits a channel.
    var limits: FormatLimits {
        FormatLimits(longestSide: 0x7FFF_FFFF, holds16Bit: !palette, holdsHighRange: !palette)
    }

    func save(_ image: Image, to target: UnsafeMutablePointer<VipsTarget>) -> Int32 {
        sluice_pngsave(
            image.pointer, target, Int32(compression), progressive.flag, palette.flag, Int32(quality))
    }
}
