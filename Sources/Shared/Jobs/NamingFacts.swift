/// What the names and the dates of a source's results depend on, as far as its pipeline asks for it.
package struct NamingFacts: Codable, Sendable, Equatable {
    /// As `ExifRecord.taken`.
    package var taken: String?
    package var make: String?
    package var model: String?
    /// The best label of each classify stage, by the stage's name.
    package var labels: [String: String]

    package init(
        taken: String? = nil, make: String? = nil, model: String? = nil, labels: [String: String] = [:]
    ) {
        self.taken = taken
        self.make = make
        self.model = model
        self.labels = labels
    }

    /// Bytes of each text that are told of.
    package static let mostText = 400
}
