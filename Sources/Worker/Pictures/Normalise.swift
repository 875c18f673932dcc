import CVips
package import Jobs
package import Planning
package import Vips

/// A freshly opened image as a picture that every stage can work on: 8 or 16 bits, grey, RGB or CMYK, with or without
/// alpha.
package func openPicture(
    _ opened: Image, format: PictureFormat, nominal: PixelSize? = nil, orientation: Int = 1, _ context: JobContext
) throws(JobError) -> Picture {
    var picture = Picture(
        image: opened, nominal: nominal ?? opened.size, orientation: orientation,
        roundsLikeShrinkOnLoad: format == .jpeg)
    picture.readsAhead = context.overlaps
    let fitted = try opened.withUsualBands(context)
    picture.image = fitted
    if fitted.isUsual { return picture }
    switch fitted.interpretation {
    case VIPS_INTERPRETATION_LAB, VIPS_INTERPRETATION_LABS, VIPS_INTERPRETATION_LABQ, VIPS_INTERPRETATION_LCH,
        VIPS_INTERPRETATION_CMC, VIPS_INTERPRETATION_XYZ, VIPS_INTERPRETATION_YXY, VIPS_INTERPRETATION_HSV:
        // A profile describes the pixels as stored, not what they are now.
        picture.image = try fitted.converted(to: VIPS_INTERPRETATION_sRGB).removingFields(["icc-profile-data"])
    case VIPS_INTERPRETATION_CMYK:
        picture.image = try fitted.cast(to: VIPS_FORMAT_UCHAR)
    default:
        try picture.adoptSampleFormat(context)
    }
    return picture
}

extension Image {
    /// Whether format and interpretation go together as stages expect them.
    fileprivate var isUsual: Bool {
        switch interpretation {
        case VIPS_INTERPRETATION_B_W, VIPS_INTERPRETATION_sRGB: format == VIPS_FORMAT_UCHAR && bands <= 4
        case VIPS_INTERPRETATION_GREY16, VIPS_INTERPRETATION_RGB16: is16Bit && bands <= 4
        case VIPS_INTERPRETATION_CMYK: (format == VIPS_FORMAT_UCHAR || is16Bit) && (4...5).contains(bands)
        default: false
        }
    }

    /// Without the bands beyond colour and alpha.
    fileprivate func withUsualBands(_ context: JobContext) throws(JobError) -> Image {
        // Five bands of CMYK end in alpha, as do four of RGB. Of more, nothing says what the rest is.
        if bands <= (isCMYK ? 5 : 4) { return self }
        let most = isCMYK ? 4 : 3
        context.warn("bands-ignored: \(bands) bands, the first \(most) are used")
        return try extractedBands(first: 0, count: most)
    }
}
