package import Jobs
import Text

/// Something that may not be known yet, and may turn out not to be there.
package enum Known<Value: Sendable>: Sendable {
    case notYet
    /// Nil: known to be missing.
    case found(Value?)
}

extension Known: Equatable where Value: Equatable {}

/// What is known about a source so far. Nil means not known yet.
package struct ConditionFacts: Sendable, Equatable {
    /// Pixels, upright.
    package var width: Int?
    package var height: Int?
    package var pages: Int?
    package var format: PictureFormat?
    package var hasAlpha: Bool?
    /// Of the file.
    package var bytes: UInt64?
    /// The last part of the path, and the path below the inbox.
    package var name: String?
    package var path: String?
    package var exif: Known<ExifRecord> = .notYet
    /// By the stage's name; nil: that stage was not done.
    package var classifications: [String: Known<Classification>] = [:]
    /// Of the noise, in steps of 8 bits.
    package var sigma: Known<Double> = .notYet

    package init() {}

    /// What a decoder says of the source.
    package mutating func take(_ facts: SourceFacts, hasAlpha: Bool) {
        let isSwapped = (facts.orientation ?? 1) > 4
        (width, height) = isSwapped ? (facts.height, facts.width) : (facts.width, facts.height)
        pages = facts.pages
        format = facts.format
        self.hasAlpha = hasAlpha
    }

    package mutating func take(_ path: RelativePath) {
        name = escaped(path.name)
        self.path = path.text
    }

    package mutating func take(_ classification: Classification) {
        classifications[classification.name] = .found(classification)
    }
}
