/// When a stage or a rendition is done: `kind.label == 'document' and width > 1000`.
package struct Condition: Codable, Sendable, Equatable {
    package var text: String
}
