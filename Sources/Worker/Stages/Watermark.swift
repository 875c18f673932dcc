import CVips
import Glibc
package import Jobs
package import Pictures
import Pipeline
import Planning
import Vips

extension Watermark: PictureStage {
    package func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        try picture.applyTurn(context)
        try picture.requireRGB(context)
        let base = picture.image
        let overlay = try overlay(for: base.size, context)

        var over = base
        if tile {
            let step = overlay.size
            let grid = try overlay.replicated(
                across: (base.width + step.width - 1) / step.width, down: (base.height + step.height - 1) / step.height
            )
            let covering = try grid.extracted(
                PixelRectangle(left: 0, top: 0, width: base.width, height: base.height))
            over = try base.composited(with: covering, left: 0, top: 0)
        } else {
            let origin = position.origin(of: overlay.size, in: base.size, margin: margin)
            over = try base.composited(with: overlay, left: origin.left, top: origin.top)
        }
        // Compositing adds an alpha band and goes to sRGB: come back to what the picture was.
        if base.isGrey && overlay.isGrey {
            over = try over.converted(to: base.is16Bit ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W)
        }
        if !base.hasAlpha && over.hasAlpha { over = try over.extractedBands(first: 0, count: over.bands - 1) }
        if !over.isGrey && base.is16Bit && over.interpretation != VIPS_INTERPRETATION_RGB16 {
            over = try over.converted(to: VIPS_INTERPRETATION_RGB16)
        }
        over = try over.cast(to: base.format)
        // A grey profile on a picture that has colours now would be a lie.
        if base.isGrey && !over.isGrey { over = try over.removingFields(["icc-profile-data"]) }
        picture.replace(with: over)
        return ["size": overlay.size.words]
    }

    /// The watermark in the size and strength for a picture, with alpha, in memory.
    private func overlay(for base: PixelSize, _ context: JobContext) throws(JobError) -> Image {
        let key = "\(picture)|\(opacity)|\(scale ?? 0)|\(margin)|\(tile)|\(base.words)"
        if let known = context.overlays[key] { return known }
        var mark = try load(context)
        let widest = Double(base.width)
        let wanted = scale.map { $0 * widest } ?? min(Double(mark.image.width), widest)
        // Never higher than the picture either.
        let factor = min(wanted / Double(mark.image.width), Double(base.height) / Double(mark.image.height))
        try mark.scale(to: mark.image.size.scaled(horizontal: factor, vertical: factor))
        let colours = try mark.image.addingAlpha()
        let bands = colours.bands - 1
        let alpha = try colours.extractedBands(first: bands, count: 1).linear(factor: opacity).cast(
            to: VIPS_FORMAT_UCHAR)
        let overlay = try colours.extractedBands(first: 0, count: bands).joined(with: alpha).copiedToMemory()
        context.overlays[key] = overlay
        return overlay
    }

    private func load(_ context: JobContext) throws(JobError) -> Picture {
        let descriptor = try context.openFile(picture)
        defer { close(descriptor) }
        do throws(JobError) {
            guard let format = sniffFormat(descriptor) else {
                throw JobError(.stageFailed, "is in a format that Sluice does not read")
            }
            let loader = Loader(descriptor: descriptor, format: format, damage: .truncated)
            var mark = try openPicture(try loader.open(), format: format, context)
            try mark.convertToStandardRGB(context)
            try mark.make8Bit()
            // libvips reads its source lazily, and the descriptor is closed on return.
            mark.image = try mark.image.copiedToMemory()
            mark.isSequential = false
            return mark
        } catch {
            throw JobError(.stageFailed, "watermark \(picture): \(error.message)")
        }
    }
}
