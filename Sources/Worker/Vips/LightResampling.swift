import CResample
import CVips
package import Jobs

extension Image {
    /// Resampled in light: by sRGB's curve, whatever the profile. CMYK and what has light beyond white are resampled as they
    /// are.
    package func resampledInLight(_ how: Resampling) throws(JobError) -> Image {
        guard !isCMYK, HighRange(self) == nil, format == VIPS_FORMAT_UCHAR || is16Bit else { return try resampled(how) }
        if how.shrinks, sluice_can_resample(pointer) { return try shrunkInLight(how) }
        // What grows: by libvips, with 16 bits between.
        let depth: Int32 = is16Bit ? 16 : 8
        let space = isGrey ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_RGB16
        let light = try mapped(
            colours: { image throws(JobError) in try Image.make { sluice_srgb_curve(image.pointer, &$0, 1, 16) } },
            alpha: { alpha throws(JobError) in
                depth == 16 ? alpha : try alpha.linear(factor: 257).cast(to: VIPS_FORMAT_USHORT)
            }
        ).interpreted(as: space)
        return try light.resampled(how).mapped(
            colours: { image throws(JobError) in try Image.make { sluice_srgb_curve(image.pointer, &$0, 0, depth) } },
            alpha: { alpha throws(JobError) in
                depth == 16
                    ? alpha : try alpha.linear(factor: 1.0 / 257, offset: 0.5).cast(to: VIPS_FORMAT_UCHAR)
            }
        ).interpreted(as: interpretation)
    }

    /// Colours in one way, alpha in another.
    private func mapped(
        colours: (Image) throws(JobError) -> Image, alpha: (Image) throws(JobError) -> Image
    ) throws(JobError) -> Image {
        guard hasAlpha else { return try colours(self) }
        let own = try colours(try extractedBands(first: 0, count: bands - 1))
        return try own.joined(with: try alpha(try extractedBands(first: bands - 1, count: 1)))
    }
}
