/// A model's result for a picture.
package struct Classification: Codable, Sendable, Equatable {
    /// The stage's `name`.
    package var name: String
    /// The model: its description's file name, and SHA-256 (hex) of what determines its results.
    package var model: String
    package var digest: String
    /// The best label, or `unknown`; nil of a model that gives no labels.
    package var label: String?
    /// Of that label, 0…1; of `unknown` the best score there was.
    package var score: Double?
    /// The best first: those that the stage's `top` and `threshold` let through.
    package var labels: [Score] = []
    /// Numbers that describe the picture, if the stage asks for them.
    package var embedding: [Float]?
    /// 16 hexadecimal digits that are nearly the same for pictures that look the same, where the stage asks for an
    /// embedding; nil where there is nothing to be seen.
    package var fingerprint: String?
    /// What was found, the best first; nil of a model that looks for nothing.
    package var boxes: [Box]?

    /// The label of a picture that fits none.
    package static let unknown = "unknown"

    package init(name: String, model: String, digest: String) {
        self.name = name
        self.model = model
        self.digest = digest
    }

    package struct Score: Codable, Sendable, Equatable {
        package var label: String
        /// 0…1.
        package var score: Double

        package init(label: String, score: Double) {
            self.label = label
            self.score = score
        }
    }

    /// A part of the upright picture; fractions of its width and height, from the top left.
    package struct Box: Codable, Sendable, Equatable {
        package var label: String?
        package var score: Double
        package var left: Double
        package var top: Double
        package var width: Double
        package var height: Double

        package init(label: String?, score: Double, left: Double, top: Double, width: Double, height: Double) {
            (self.label, self.score) = (label, score)
            (self.left, self.top, self.width, self.height) = (left, top, width, height)
        }
    }
}
