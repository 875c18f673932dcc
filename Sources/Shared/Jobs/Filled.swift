/// What EXIF lacked and a file beside the picture told: that file's name for each. The keys are those of `ExifRecord`.
package struct Filled: Codable, Sendable, Equatable {
    package var taken: String?
    package var gps: String?
    package var description: String?

    package init() {}

    package var isEmpty: Bool { self == Filled() }

    /// Bytes of a file beside the picture that are read.
    package static let largestCompanion = 1 << 20
}
