import Conditions
package import ImageHeader
package import Jobs
package import Pipeline

/// How a camera's RAW file is read; nil of a picture of another format. Pure.
///
/// - Throws: a refusal, where the pipeline takes no RAW files, or wants an embedded picture that is not there.
package func rawReading(of header: PictureHeader, _ pipeline: Pipeline) throws(JobError) -> RAWReading? {
    guard let raw = header.raw else { return nil }
    let shrink = leastShrink(header, pipeline)
    // LibRaw cuts the borders off.
    let isHalf = raw.hasFilters && shrink * (1 - PictureHeader.border) >= 2
    let developed = RAWReading.developed(atHalfSize: isHalf, orPreview: nil)
    switch pipeline.raw {
    case .refuse:
        throw JobError(
            .formatNotAccepted,
            "The content is \(raw.name), and pipeline '\(pipeline.name)' refuses RAW files (raw: refuse).")
    case .develop: return developed
    case .preview:
        guard let largest = raw.previews.first else {
            throw JobError(
                .unsupportedFormat,
                "The content is \(raw.name) without an embedded picture; pipeline '\(pipeline.name)' takes nothing else of "
                    + "RAW files (raw: preview).")
        }
        return largest.reading
    case .auto:
        if let enough = raw.previews.last(where: { $0.header.isEnough(for: header, shrunkBy: shrink) }) {
            return enough.reading
        }
        let substitute = raw.previews.first { $0.header.mayStand(for: header) }?.header
        return .developed(
            atHalfSize: isHalf, orPreview: substitute.map { .init(width: $0.width, height: $0.height) })
    }
}

/// By how much all that is made of it lets it be shrunk, whichever way the conditions go.
private func leastShrink(_ header: PictureHeader, _ pipeline: Pipeline) -> Double {
    let turns = (pipeline.stages + pipeline.renditions.flatMap(\.stages)).contains(.autorotate)
    let turned = turns && (header.orientation ?? 1) >= 5
    let (width, height) = turned ? (header.height, header.width) : (header.width, header.height)
    return pipeline.alternatives(ConditionFacts(header)).map {
        LoadShrink(
            width: count(width), height: count(height), pipeline: $0, mayTurn: turns && header.orientation == nil
        ).shrink
    }.min() ?? 1
}

extension RAWPreview {
    fileprivate var reading: RAWReading { .preview(width: header.width, height: header.height) }
}

extension PictureHeader {
    /// Sensors have some columns and lines more than the camera's pictures.
    fileprivate static let border = 0.04

    /// Whether it has the pixels that the whole picture, of the sensor's size, is shrunk to.
    fileprivate func isEnough(for whole: PictureHeader, shrunkBy shrink: Double) -> Bool {
        guard hasShape(of: whole) else { return false }
        // Where it is wanted whole, it is whole without the borders.
        let kept = shrink > 1 ? 1 / shrink : 1 - Self.border
        return Double(width + 1) >= Double(whole.width) * kept && Double(height + 1) >= Double(whole.height) * kept
    }

    /// Whether it may be taken where the sensor's values cannot be: not what a camera shows in a list.
    fileprivate func mayStand(for whole: PictureHeader) -> Bool {
        max(width, height) >= 1024 || 2 * width >= whole.width
    }

    /// Not with black bars around it, as small previews have.
    private func hasShape(of whole: PictureHeader) -> Bool {
        let (own, other) = (Double(width) / Double(max(1, height)), Double(whole.width) / Double(max(1, whole.height)))
        return abs(own - other) <= Self.border * other
    }
}
