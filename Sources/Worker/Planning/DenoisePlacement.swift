import Text

/// Where a `denoise` is done. Before a picture is shrunk by 2 or more it would be work for nothing: averaging takes most
/// of the noise out, and the picture could not be shrunk while it is decoded.
package enum DenoisePlacement: Equatable {
    /// Where it is written; of this size, where the header tells.
    case asWritten(PixelSize?)
    /// Where it is written, which is after the shrink that serves all renditions.
    case onBase(PixelSize, shrink: Double)
    /// By the next resize, between scaling and cutting.
    case byResize(PixelSize, shrink: Double)
}

/// A stage's place in the pipeline: a rendition's name (or nothing) and the place in its list.
package func stagePlace(_ rendition: String?, _ index: Int) -> String { "\(rendition ?? "")#\(index)" }

extension DenoisePlacement {
    /// For `sluice explain`.
    package var words: String {
        switch self {
        case .asWritten(let size): size.map { "denoise at \($0.words)" } ?? "denoise where it is written"
        case .onBase(let size, let shrink), .byResize(let size, let shrink):
            "denoise after the shrink by \(shortDecimals(shrink, most: 1)), at \(size.words)"
        }
    }
}
