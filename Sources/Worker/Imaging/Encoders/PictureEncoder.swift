import CVips
import Jobs
import Pictures
import Pipeline
import Vips

/// What a format can hold.
struct FormatLimits {
    /// Pixels on a side.
    var longestSide: Int
    var holds16Bit = false
    var holdsGrey = true
    var holdsAlpha = true
    var holdsCMYK = false
    var holdsProfile = true
    /// PQ and HLG, of which the file says so.
    var holdsHighRange = false
    /// What transparent parts become where alpha is not held.
    var background = RGBA.white
}

/// What an encoder is to this target. Each format has one file under `Encoders/` that conforms its options.
protocol PictureEncoder {
    var limits: FormatLimits { get }

    /// Runs libvips' saver: 0, or -1 with its error buffer filled.
    func save(_ image: Image, to target: UnsafeMutablePointer<VipsTarget>) -> Int32
}

extension Rendition.Encoder {
    /// The registry of encoders.
    var operation: any PictureEncoder {
        switch self {
        case .jpeg(let jpeg): jpeg
        case .png(let png): png
        case .webp(let webp): webp
        case .avif(let avif): avif
        case .jxl(let jxl): jxl
        case .heif(let heif): heif
        case .tiff(let tiff): tiff
        case .gif(let gif): gif
        }
    }
}

extension ChromaSubsampling {
    var vips: Int32 {
        switch self {
        case .auto: Int32(VIPS_FOREIGN_SUBSAMPLE_AUTO.rawValue)
        case .on: Int32(VIPS_FOREIGN_SUBSAMPLE_ON.rawValue)
        case .off: Int32(VIPS_FOREIGN_SUBSAMPLE_OFF.rawValue)
        }
    }
}

extension Bool {
    /// For C.
    var flag: Int32 { self ? 1 : 0 }
}

extension Picture {
    /// Brings pixels to what a format holds: sRGB for CMYK, 8 bits, no alpha, no profile.
    mutating func conform(to limits: FormatLimits, _ context: JobContext) throws(JobError) {
        if image.isCMYK && !limits.holdsCMYK { try convertToStandardRGB(context) }
        let keepsRange = limits.holdsHighRange && image.is16Bit && context.metadata.keeps(.icc)
        if HighRange(image) != nil && !keepsRange { try convertToStandardRGB(context) }
        // Without a profile a picture is assumed to be sRGB: make that true.
        let losesProfile = !limits.holdsProfile || !context.metadata.keeps(.icc)
        if profile != nil && losesProfile { try convertToStandardRGB(context) }
        if !limits.holdsAlpha && image.hasAlpha {
            context.warn(
                "alpha-flattened: the picture has an alpha channel, which a rendition's format does not support: flattened onto "
                    + "its background")
            try flatten(on: background ?? limits.background, context)
        }
        if !limits.holds16Bit { try make8Bit() }
        if image.isGrey && !limits.holdsGrey {
            image = try image.converted(to: image.is16Bit ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB)
            try dropProfile()
        }
    }
}
