import CVips
import Pipeline
import Vips

extension GIF: PictureEncoder {
    var limits: FormatLimits { FormatLimits(longestSide: 65535, holdsGrey: false, holdsProfile: false) }

    func save(_ image: Image, to target: UnsafeMutablePointer<VipsTarget>) -> Int32 {
        sluice_gifsave(image.pointer, target, Int32(effort), dither, Int32(bitdepth))
    }
}
