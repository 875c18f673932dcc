package import Jobs

// Which renditions browsers can display.
extension RenditionReport {
    /// The media type, of formats that browsers show; nil of others.
    package var browserType: String? {
        switch format {
        case "jpeg": "image/jpeg"
        case "png": "image/png"
        case "webp": "image/webp"
        case "gif": "image/gif"
        case "avif": "image/avif"
        default: nil
        }
    }
}

extension [RenditionReport] {
    /// The one with the fewest bytes that browsers show; nil where none has at most `most`.
    package func smallestForBrowsers(atMost most: UInt64 = .max) -> RenditionReport? {
        filter { $0.browserType != nil && $0.bytes > 0 && $0.bytes <= most }.min { $0.bytes < $1.bytes }
    }
}
