package import Jobs

/// Asks for a linear classifier.
package struct TrainRequest: Codable, Sendable {
    /// In the order of their numbers in the file of labels.
    package var labels: [String]
    /// Numbers that describe a picture.
    package var features: Int
    package var pictures: Int
    /// What the classifier's file says of itself.
    package var words: [String: String]
    package var grant: MemoryGrant

    package init(labels: [String], features: Int, pictures: Int, words: [String: String], grant: MemoryGrant) {
        self.labels = labels
        self.features = features
        self.pictures = pictures
        self.words = words
        self.grant = grant
    }

    /// Seconds: training on a million pictures has already taken days for their features.
    package static let timeLimit = 7 * 86_400.0

    /// What the results are called: the classifier, and for each picture a row of probabilities, 32-bit floats, from when
    /// it was held out.
    package static let classifierName = "classifier.safetensors"
    package static let predictionsName = "predictions"

    /// In the file of labels: 32-bit numbers, the label of each picture, then the part of the cross-validation in which
    /// each is held out, or this.
    package static let neverHeldOut = UInt32.max
}

/// The result of a training.
package struct TrainingResult: Codable, Sendable, Equatable {
    /// Why there is no classifier; nil where there is one.
    package var fault: String?
    /// What sums are multiplied by before they become probabilities.
    package var slope: Double = 1
    package var cost: JobCost?

    package init() {}
}
