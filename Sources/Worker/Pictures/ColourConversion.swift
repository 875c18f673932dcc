package import CVips
package import Jobs
package import Vips

// Ways between the colour spaces that stages and encoders ask for.
extension Picture {
    /// The embedded profile.
    package var profile: ColourProfile? { image.blob("icc-profile-data").map(ColourProfile.init) }

    package mutating func dropProfile() throws(JobError) { image = try image.removingFields(["icc-profile-data"]) }

    /// To what a picture without a profile means: sRGB, or grey for grey. No profile is left.
    package mutating func convertToStandardRGB(
        _ context: JobContext, intent: VipsIntent = VIPS_INTENT_RELATIVE
    ) throws(JobError) {
        if image.isCMYK {
            image = try transformed(to: "srgb", fallback: "cmyk", intent: intent, context)
        } else if try toneMap(to: .standard, context) {
            // Neither has a profile then.
        } else if let profile, !context.isStandardRGB(profile), fits(profile, context) {
            let isGrey = image.isGrey
            let is16Bit = image.is16Bit
            if let converted = try? image.transformed(to: "srgb", fallback: "srgb", intent: intent) {
                image = converted
            } else {
                context.warn("icc: the embedded profile is broken, assuming sRGB")
            }
            if isGrey && !image.isGrey {
                image = try image.converted(to: is16Bit ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W)
            }
        }
        try dropProfile()
    }

    /// To Display P3, with its profile embedded; grey stays as it is.
    package mutating func convertToDisplayP3(_ context: JobContext, intent: VipsIntent) throws(JobError) {
        if try toneMap(to: .displayP3, context) {
            if !image.isGrey { image = try image.embeddingProfile("p3") }
            return
        }
        if image.isGrey { return }
        if let profile, !image.isCMYK, !fits(profile, context) { try dropProfile() }
        image = try transformed(to: "p3", fallback: image.isCMYK ? "cmyk" : "srgb", intent: intent, context)
    }

    /// CMYK, and light beyond white, to sRGB; other pictures stay in their own profile.
    package mutating func requireRGB(_ context: JobContext) throws(JobError) {
        if image.isCMYK || HighRange(image) != nil { try convertToStandardRGB(context) }
    }

    /// Red, green and blue of a grey picture, whose own profile means nothing to them.
    package mutating func makeColours(_ context: JobContext) throws(JobError) {
        try requireRGB(context)
        guard image.isGrey else { return }
        try convertToStandardRGB(context)
        image = try image.converted(to: image.is16Bit ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB)
    }

    package mutating func make8Bit() throws(JobError) {
        guard image.is16Bit else { return }
        if image.isCMYK {
            image = try image.linear(factor: 255.0 / 65535).cast(to: VIPS_FORMAT_UCHAR)
        } else {
            image = try image.converted(to: image.isGrey ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB)
        }
    }

    /// By the embedded profile; where that is broken, by the fallback, with a warning.
    private func transformed(
        to output: String, fallback: String, intent: VipsIntent, _ context: JobContext
    ) throws(JobError) -> Image {
        do throws(JobError) {
            return try image.transformed(to: output, fallback: fallback, intent: intent)
        } catch {
            guard profile != nil else { throw error }
            context.warn("icc: the embedded profile is broken, using a standard one")
            return try image.removingFields(["icc-profile-data"]).transformed(
                to: output, fallback: fallback, intent: intent)
        }
    }

    /// Whether the profile is for this kind of pixels.
    private func fits(_ profile: ColourProfile, _ context: JobContext) -> Bool {
        let wanted = image.isCMYK ? "CMYK" : image.isGrey ? "GRAY" : "RGB "
        if profile.space == wanted { return true }
        context.warn("icc: the embedded profile does not match the pixel format, assuming sRGB")
        return false
    }
}

extension Image {
    /// 8 bits, grey or RGB: for stages that look at the pixels.
    package func viewable() throws(JobError) -> Image {
        guard isCMYK || is16Bit else { return self }
        return try converted(to: isGrey ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB)
    }
}
