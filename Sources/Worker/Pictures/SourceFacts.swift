package import Jobs
package import Pipeline
package import Vips

extension SourceFacts {
    /// From an image opened at its full size, one page.
    package init(of image: Image, format: PictureFormat) {
        let orientation = image.integer("orientation").flatMap { (1...8).contains($0) ? $0 : nil }
        self.init(
            format: format, width: image.width, height: image.height, bands: image.bands,
            depth: image.integer("bits-per-sample") ?? image.bytesPerBand * 8,
            pages: max(1, image.integer("n-pages") ?? 1),
            icc: image.blob("icc-profile-data").map { ColourProfile(bytes: $0).description ?? "unnamed" },
            orientation: format == .heif || format == .avif || format == .jxl ? nil : orientation)
    }

    /// Whether several pages are frames of one animation rather than pictures of their own.
    package var isAnimation: Bool { pages > 1 && [.gif, .webp, .jxl, .png].contains(format) }

    /// Of an animation those that are read, else one.
    package func frames(_ limits: Limits) -> Int { isAnimation ? min(pages, limits.frames ?? pages) : 1 }

    /// What is refused before a pixel is decoded.
    package func check(_ limits: Limits) throws(JobError) {
        let frames = frames(limits)
        if frames > limits.pages {
            throw JobError(.tooManyPages, "\(frames) frames (limit: \(limits.pages))")
        }
        let (area, overflow) = UInt64(width).multipliedReportingOverflow(by: UInt64(height))
        let (pixels, more) = area.multipliedReportingOverflow(by: UInt64(frames))
        if overflow || more || pixels > limits.pixels {
            let picture = frames > 1 ? "\(width)x\(height), \(frames) frames" : "\(width)x\(height)"
            throw JobError(.tooManyPixels, "\(picture): \(pixels) pixels (limit: \(limits.pixels))")
        }
    }
}
