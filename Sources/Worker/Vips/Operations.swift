package import CVips
package import Jobs
package import Planning

// libvips' operations as methods. Each makes a new image; all throw what libvips says.
extension Image {
    package func extracted(_ area: PixelRectangle) throws(JobError) -> Image {
        try Image.make {
            sluice_extract_area(
                pointer, &$0, Int32(area.left), Int32(area.top), Int32(area.width), Int32(area.height))
        }
    }

    /// With another picture of the same kind in place of a part.
    package func covered(by part: Image, left: Int, top: Int) throws(JobError) -> Image {
        try Image.make { sluice_insert(pointer, part.pointer, &$0, Int32(left), Int32(top)) }
    }

    package func embedded(left: Int, top: Int, in canvas: PixelSize, background: [Double]) throws(JobError) -> Image {
        try Image.make {
            sluice_embed(
                pointer, &$0, Int32(left), Int32(top), Int32(canvas.width), Int32(canvas.height), background,
                Int32(background.count))
        }
    }

    /// Clockwise.
    package func rotated(quarterTurns: Int) throws(JobError) -> Image {
        try Image.make { sluice_rot(pointer, &$0, Int32(quarterTurns)) }
    }

    /// Clockwise.
    package func rotated(degrees: Double, background: [Double]) throws(JobError) -> Image {
        try Image.make { sluice_rotate(pointer, &$0, degrees, background, Int32(background.count)) }
    }

    package func flipped(vertically: Bool) throws(JobError) -> Image {
        try Image.make { sluice_flip(pointer, &$0, vertically ? 1 : 0) }
    }

    /// The part of that size which looks most worth keeping; its `cropOrigin` says where it was.
    package func smartlyCropped(to size: PixelSize, byAttention: Bool) throws(JobError) -> Image {
        try Image.make {
            sluice_smartcrop(pointer, &$0, Int32(size.width), Int32(size.height), byAttention ? 1 : 0)
        }
    }

    /// The box of what differs from the background; width or height 0 when nothing does.
    package func findTrim(threshold: Double, background: [Double]) throws(JobError) -> PixelRectangle {
        var left: Int32 = 0
        var top: Int32 = 0
        var width: Int32 = 0
        var height: Int32 = 0
        let result = sluice_find_trim(
            pointer, &left, &top, &width, &height, threshold, background, Int32(background.count))
        guard result == 0 else { throw takeVipsError(or: .stageFailed) }
        return PixelRectangle(left: Int(left), top: Int(top), width: Int(width), height: Int(height))
    }

    package func replicated(across: Int, down: Int) throws(JobError) -> Image {
        try Image.make { sluice_replicate(pointer, &$0, Int32(across), Int32(down)) }
    }

    /// Frames of one size on top of each other.
    package static func stacked(_ frames: [Image]) throws(JobError) -> Image {
        var pointers: [VipsPointer?] = frames.map(\.pointer)
        return try make(failing: .encodeFailed) { sluice_stack(&pointers, &$0, Int32(frames.count)) }
    }

    package func converted(to space: VipsInterpretation) throws(JobError) -> Image {
        try Image.make { sluice_colourspace(pointer, &$0, Int32(space.rawValue)) }
    }

    package func interpreted(as space: VipsInterpretation) throws(JobError) -> Image {
        try Image.make { sluice_copy(pointer, &$0, Int32(space.rawValue)) }
    }

    /// By the embedded profile, else by `fallback`, into libvips' built-in profile `output`, which is then embedded.
    package func transformed(
        to output: String, fallback: String, intent: VipsIntent
    ) throws(JobError) -> Image {
        try Image.make {
            sluice_icc_transform(pointer, &$0, output, fallback, Int32(intent.rawValue), is16Bit ? 16 : 8)
        }
    }

    package func flattened(background: [Double]) throws(JobError) -> Image {
        try Image.make { sluice_flatten(pointer, &$0, background, Int32(background.count)) }
    }

    package func cast(to format: VipsBandFormat) throws(JobError) -> Image {
        guard format != self.format else { return self }
        return try Image.make { sluice_cast(pointer, &$0, format.rawValue) }
    }

    package func extractedBands(first: Int, count: Int) throws(JobError) -> Image {
        try Image.make { sluice_extract_band(pointer, &$0, Int32(first), Int32(count)) }
    }

    package func joined(with bands: Image) throws(JobError) -> Image {
        try Image.make { sluice_bandjoin(pointer, bands.pointer, &$0) }
    }

    package func addingAlpha() throws(JobError) -> Image {
        guard !hasAlpha else { return self }
        return try Image.make { sluice_addalpha(pointer, &$0) }
    }

    package func linear(factor: Double, offset: Double = 0) throws(JobError) -> Image {
        try Image.make { sluice_linear(pointer, &$0, factor, offset) }
    }

    package func magnitude() throws(JobError) -> Image { try Image.make { sluice_abs(pointer, &$0) } }

    /// The largest value of all bands. Reads all pixels.
    package func maximum() throws(JobError) -> Double {
        var value = 0.0
        guard sluice_max(pointer, &value) == 0 else { throw takeVipsError(or: .damaged) }
        return value
    }

    package func pixel(x: Int, y: Int) throws(JobError) -> [Double] {
        var values: UnsafeMutablePointer<Double>?
        var count: Int32 = 0
        guard sluice_getpoint(pointer, &values, &count, Int32(x), Int32(y)) == 0, let values else {
            throw takeVipsError(or: .damaged)
        }
        defer { g_free(values) }
        return Array(UnsafeBufferPointer(start: values, count: Int(count)))
    }

    package func composited(with overlay: Image, left: Int, top: Int) throws(JobError) -> Image {
        try Image.make { sluice_composite_over(pointer, overlay.pointer, &$0, Int32(left), Int32(top)) }
    }

    package func sharpened(sigma: Double, amount: Double) throws(JobError) -> Image {
        try Image.make { sluice_sharpen(pointer, &$0, sigma, amount) }
    }

    package func blurred(sigma: Double) throws(JobError) -> Image {
        try Image.make { sluice_gaussblur(pointer, &$0, sigma) }
    }

    /// Does `filter` to pixels whose colours are multiplied by their alpha, and comes back to the format there was.
    package func premultiplied(during filter: (Image) throws(JobError) -> Image) throws(JobError) -> Image {
        guard hasAlpha else { return try filter(self) }
        let multiplied = try Image.make { sluice_premultiply(pointer, &$0) }
        let filtered = try filter(multiplied)
        let divided = try Image.make { sluice_unpremultiply(filtered.pointer, &$0) }
        return try divided.cast(to: format)
    }

    /// The pixels in memory of their own; may be read in any order.
    package func copiedToMemory() throws(JobError) -> Image {
        guard let copy = vips_image_copy_memory(pointer) else { throw takeVipsError(or: .damaged) }
        return Image(taking: copy)
    }
}
