/// How a camera's RAW file is read. The supervisor decides it, as the memory that is needed hangs on it.
package enum RAWReading: Codable, Sendable, Hashable {
    /// One of the pictures that the camera made of it and put into the file, of so many pixels.
    case preview(width: Int, height: Int)
    /// The sensor's values become a picture; at half the size each 2 × 2 of them become a pixel.
    ///
    /// - Parameters:
    ///   - orPreview: what is used where that cannot be done; nil: nothing.
    case developed(atHalfSize: Bool, orPreview: PreviewSize?)

    /// Pixels.
    package struct PreviewSize: Codable, Sendable, Hashable {
        package var width: Int
        package var height: Int

        package init(width: Int, height: Int) {
            self.width = width
            self.height = height
        }
    }

    /// For sidecars and `explain`.
    package var words: String {
        switch self {
        case .preview(let width, let height): "preview \(width)×\(height)"
        case .developed(atHalfSize: false, _): "developed"
        case .developed(atHalfSize: true, _): "developed at half size"
        }
    }

    /// The same with the embedded picture in place of developing; nil without one.
    package var withoutDeveloping: RAWReading? {
        guard case .developed(_, let preview?) = self else { return nil }
        return .preview(width: preview.width, height: preview.height)
    }
}
