import Schema

package struct Flip: Codable, Sendable, Equatable {
    package enum Direction: String, Codable, Sendable, CaseIterable {
        /// Left and right change places.
        case horizontal
        /// Top and bottom change places.
        case vertical
    }
    package var direction: Direction

    package init(direction: Direction) { self.direction = direction }
}

extension StageDeclaration {
    static let flip = StageDeclaration(
        "flip", "Mirrors the picture.",
        Shape.object(
            "a map of direction", initial: Flip(direction: .horizontal),
            keys: [
                Key(
                    "direction", \.direction, .word, required: true,
                    "horizontal swaps left and right, vertical top and bottom.")
            ]
        ).orScalar(Shape<Flip.Direction>.word.map { Flip(direction: $0) }).map(Stage.flip),
        example: "flip: horizontal")
}
