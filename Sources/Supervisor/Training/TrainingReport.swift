/// The result of a training: `report.json`, and what `sluice train --json` prints.
package struct TrainingReport: Codable, Sendable, Equatable {
    /// Version of this schema.
    package var schema = 1
    /// Sluice's version.
    package var sluice: String
    package var directory: String
    /// The description that was written.
    package var model: String
    /// The description of the network that the pictures were seen through; nil: the built-in descriptor.
    package var backbone: String?
    /// Numbers that describe a picture.
    package var features = 0
    /// Pictures that were learned from.
    package var pictures = 0
    package var labels: [Label] = []
    /// Parts of the cross-validation; 0: nothing could be held out.
    package var folds = 0
    /// Of pictures that were held out; nil where none could be.
    package var judgement: Judgement?
    /// How often pictures of a label (row) were predicted as another (column).
    package var confusion: [[Int]] = []
    package var thresholds: [Threshold] = []
    /// The minimum score for a label.
    package var minScore: Double?
    /// All of them, of which the surest are listed.
    package var mistakeCount = 0
    package var mistakes: [Mistake] = []
    /// Files that are no pictures, or could not be read.
    package var leftOut: [LeftOut] = []
    package var leftOutCount = 0
    /// Groups of pictures with several labels that are the same file, or look the same; the first of them.
    package var contradictions: [Twins] = []
    package var contradictionCount = 0
    /// Pictures that are the same as another one with their label, or nearly: they are held out together.
    package var copies = 0
    /// What to know before relying on it.
    package var notes: [String] = []
    package var seconds = 0.0
    /// Bytes of anonymous memory of the training itself.
    package var trainingMemory: UInt64?

    package init(sluice: String, directory: String, model: String) {
        self.sluice = sluice
        self.directory = directory
        self.model = model
    }

    package struct Label: Codable, Sendable, Equatable {
        package var label: String
        package var pictures: Int
        /// Nil where none could be judged.
        package var precision: Double?
        package var recall: Double?

        package init(label: String, pictures: Int, precision: Double? = nil, recall: Double? = nil) {
            self.label = label
            self.pictures = pictures
            self.precision = precision
            self.recall = recall
        }
    }

    package struct Judgement: Codable, Sendable, Equatable {
        /// Pictures that were held out once.
        package var pictures: Int
        package var accuracy: Double
        /// With 95 % certainty.
        package var accuracyFrom: Double
        package var accuracyTo: Double
        /// What always saying the commonest label would reach.
        package var chance: Double
        package var macroF1: Double
        /// By how much scores are off in the mean.
        package var calibrationError: Double

        package init?(_ tally: TrainingTally) {
            let confusion = tally.confusion
            guard let accuracy = confusion.accuracy, let chance = confusion.chance, let macroF1 = confusion.macroF1,
                let calibrationError = tally.calibrationError
            else { return nil }
            pictures = confusion.total
            self.accuracy = accuracy
            let range = uncertainty(confusion.right, of: confusion.total)
            (accuracyFrom, accuracyTo) = (range.lowerBound, range.upperBound)
            self.chance = chance
            self.macroF1 = macroF1
            self.calibrationError = calibrationError
        }
    }

    package struct Threshold: Codable, Sendable, Equatable {
        package var score: Double
        /// The share of pictures that has at least this score.
        package var coverage: Double
        /// Of these, the share that is right; nil where there are none.
        package var accuracy: Double?
    }

    package struct Mistake: Codable, Sendable, Equatable {
        /// Below the directory.
        package var path: String
        package var label: String
        package var takenFor: String
        package var score: Double

        package init(path: String, label: String, takenFor: String, score: Double) {
            self.path = path
            self.label = label
            self.takenFor = takenFor
            self.score = score
        }
    }

    /// Pictures that are the same.
    package struct Twins: Codable, Sendable, Equatable {
        /// Byte by byte; else they only look the same.
        package var identical: Bool
        package var pictures: [Picture]

        package init(identical: Bool, pictures: [Picture]) {
            self.identical = identical
            self.pictures = pictures
        }

        package struct Picture: Codable, Sendable, Equatable {
            /// Below the directory.
            package var path: String
            package var label: String

            package init(path: String, label: String) {
                self.path = path
                self.label = label
            }
        }
    }

    package struct LeftOut: Codable, Sendable, Equatable {
        package var path: String
        package var code: String
        package var message: String

        package init(path: String, code: String, message: String) {
            self.path = path
            self.code = code
            self.message = message
        }
    }
}
