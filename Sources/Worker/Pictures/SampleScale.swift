import CVips
package import Jobs
import Vips

extension Picture {
    /// Brings any other numbers to 8 or 16 bits, by one rule for grey and colours, which a warning tells.
    ///
    /// - Signed integers of 8 and 16 bits: the lowest is black, the largest white.
    /// - Floating point and integers of 32 bits say nothing of what white is: their largest value does. Floating point up to
    ///   16 is light, where white is 1 (or what the profile says of numbers from 0 to 1, where there is one); other numbers
    ///   go to 255, to 65,535, or to the largest of them.
    package mutating func adoptSampleFormat(_ context: JobContext) throws(JobError) {
        switch image.format {
        case VIPS_FORMAT_UCHAR, VIPS_FORMAT_USHORT: break
        case VIPS_FORMAT_CHAR:
            context.warn("samples: signed 8-bit: -128 is treated as black, 127 as white")
            image = try image.linear(factor: 1, offset: 128).cast(to: VIPS_FORMAT_UCHAR)
        case VIPS_FORMAT_SHORT:
            context.warn("samples: signed 16-bit: -32768 is treated as black, 32767 as white")
            image = try image.linear(factor: 1, offset: 32768).cast(to: VIPS_FORMAT_USHORT)
        case VIPS_FORMAT_COMPLEX, VIPS_FORMAT_DPCOMPLEX:
            image = try image.magnitude()
            try adoptByLargest(context)
        default: try adoptByLargest(context)
        }
        image = try image.interpreted(as: image.usualSpace)
    }

    private mutating func adoptByLargest(_ context: JobContext) throws(JobError) {
        try makeRandomAccess()
        let largest = try image.maximum()
        let isFloat = vips_band_format_isfloat(image.format) != 0
        let isLight = isFloat && largest <= 16
        let white =
            switch largest {
            case ...0: 1.0
            case _ where isLight: 1.0
            case ...260: 255.0
            case ...66_000: 65_535.0
            default: largest
            }
        let hasProfile = image.hasField("icc-profile-data")
        let meaning = hasProfile ? "profile values" : isLight ? "linear light" : "sRGB values"
        context.warn(
            "samples: \(isFloat ? "floating point" : "32-bit integers") up to \(brief(largest)): treated as "
                + "\(meaning), with white at \(brief(white))")
        if largest > white, isLight {
            context.warn("samples: values above white (up to \(brief(largest))) were clipped")
        }
        let scaled = try image.linear(factor: 65_535 / white, offset: 0.5).cast(to: VIPS_FORMAT_USHORT)
        image = isLight && !hasProfile ? try scaled.shownAsLight() : scaled
    }
}

extension Image {
    /// What 8 or 16 bits of so many bands are to stages.
    fileprivate var usualSpace: VipsInterpretation {
        switch (isGrey, is16Bit) {
        case (true, false): VIPS_INTERPRETATION_B_W
        case (true, true): VIPS_INTERPRETATION_GREY16
        case (false, false): VIPS_INTERPRETATION_sRGB
        case (false, true): VIPS_INTERPRETATION_RGB16
        }
    }

    /// 16 bits of light in sRGB's curve; alpha stays.
    fileprivate func shownAsLight() throws(JobError) -> Image {
        let hasAlpha = bands == 2 || bands == 4
        let colours = hasAlpha ? try extractedBands(first: 0, count: bands - 1) : self
        let curved = try Image.make { sluice_srgb_curve(colours.pointer, &$0, 0, 16) }
        return hasAlpha ? try curved.joined(with: try extractedBands(first: bands - 1, count: 1)) : curved
    }
}

private func brief(_ number: Double) -> String {
    let rounded = (number * 100).rounded() / 100
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? String(Int(rounded)) : String(rounded)
}
