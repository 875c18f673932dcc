import Engine
import Jobs

/// What models said of a source, as a line of JSON.
struct TagLine: Encodable {
    /// Relative to the directory.
    let source: String
    /// In the order of the stages.
    let classifications: [Classification]
    /// Relative to the output directory.
    let renditions: [String]

    /// Nil of a source that no model has looked at.
    init?(_ event: EngineEvent) {
        guard case .published(_, let sidecar) = event else { return nil }
        classifications = sidecar.stages.compactMap(\.classification)
        if classifications.isEmpty { return nil }
        source = sidecar.source.path
        renditions = sidecar.renditions.map(\.path)
    }
}
