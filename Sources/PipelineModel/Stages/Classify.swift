/// Says what is in the picture, as a model sees it: a small version of it, upright.
package struct Classify: Codable, Sendable, Equatable {
    package var model: ModelDescription
    /// What conditions, `output.route` and the sidecar call it; unique in the pipeline.
    package var name: String
    /// Labels that are told at most, the best first.
    package var top: Int = 5
    /// The score from which a label is told, 0…1. A picture without any is `unknown`.
    package var threshold: Double = 0.2
    /// Whether the sidecar gets the numbers that the model describes the picture with.
    package var embedding: Bool = false

    package init(model: ModelDescription, name: String) {
        self.model = model
        self.name = name
    }

    /// The label of a picture that fits none.
    package static let unknown = "unknown"
}
