import Schema

/// Where to crop a picture, or place something in it.
package enum Position: String, Codable, Sendable, CaseIterable {
    case centre, top, right, bottom, left
    case topLeft = "left-top"
    case topRight = "right-top"
    case bottomLeft = "left-bottom"
    case bottomRight = "right-bottom"
    /// The part with the highest entropy. Cutting only.
    case entropy
    /// The part that draws the eye: edges, saturated colours, skin tones. Cutting only.
    case attention
}

extension Position {
    /// Whether it is found by looking at the picture; only where something is cut.
    package var looksAtContent: Bool { self == .entropy || self == .attention }

    /// Words as in sharp: places and compass points.
    fileprivate static let words: [(spellings: [String], value: Position)] = [
        (["centre", "center"], .centre),
        (["top", "north"], .top),
        (["right top", "right-top", "top right", "top-right", "northeast"], .topRight),
        (["right", "east"], .right),
        (["right bottom", "right-bottom", "bottom right", "bottom-right", "southeast"], .bottomRight),
        (["bottom", "south"], .bottom),
        (["left bottom", "left-bottom", "bottom left", "bottom-left", "southwest"], .bottomLeft),
        (["left", "west"], .left),
        (["left top", "left-top", "top left", "top-left", "northwest"], .topLeft),
    ]
}

extension Shape<Position> {
    /// Where something is put.
    static let placement = Shape.words(Position.words)
    /// What is kept of something that is cut.
    static let position = Shape.words(
        Position.words + [(["entropy"], .entropy), (["attention"], .attention)])
}
