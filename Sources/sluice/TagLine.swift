import Engine
import Jobs

/// The models' results for a source, as a line of JSON.
struct TagLine: Encodable {
    /// Relative to the directory.
    let source: String
    /// In the order of the stages.
    let classifications: [Classification]
    /// Relative to the output directory.
    let renditions: [String]

    /// Nil if no model has classified the source.
    init?(_ event: EngineEvent) {
        guard case .published(_, let sidecar) = event else { return nil }
        classifications = sidecar.stages.compactMap(\.classification)
        if classifications.isEmpty { return nil }
        source = sidecar.source.path
        renditions = sidecar.renditions.map(\.path)
    }
}
