import Schema

/// Where to cut a picture, or place something in it.
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

/// What is kept of a picture that is cut.
package struct CutPosition: Sendable, Equatable {
    /// The classify stage whose boxes are kept in view; nil where `position` alone says it.
    package var boxes: String?
    /// With boxes: where to cut if there are none.
    package var position: Position

    package init(boxes: String? = nil, _ position: Position) {
        self.boxes = boxes
        self.position = position
    }

    /// As it is written, for messages.
    var word: String { boxes ?? position.rawValue }
}

extension Shape<Position> {
    /// Where something is put.
    static let placement = Shape.words(
        Position.words, hint: "what the picture shows decides only where crop or resize cuts")
    private static let all = Position.words + [(["entropy"], .entropy), (["attention"], .attention)]
    /// Where something is cut.
    fileprivate static let cutting = Shape.words(all)
    /// Every way to write that.
    static let spellings = all.flatMap(\.spellings)
    /// One way for each.
    static let shown = all.compactMap(\.spellings.first).joined(separator: ", ")
}

extension Shape<CutPosition> {
    /// A position, the name of boxes, or both in a list.
    static let cutting = one.orList(both)

    private static let one = Shape(
        expected: "\(Shape<Position>.cutting.expected), or the name of a classify stage that finds boxes",
        schema: ["anyOf": [Shape<Position>.cutting.schema, Shape<String>.stageName.schema]],
        read: { node, reading in
            guard case .scalar(let text, _) = node.content, !Shape<Position>.spellings.contains(text),
                Shape<String>.isStageName(text)
            else { return Shape<Position>.cutting.read(node, &reading).map { CutPosition($0) } }
            reading.rememberBoxes(text, node)
            return CutPosition(boxes: text, .attention)
        },
        render: { $0.boxes.map { .text($0) } ?? Shape<Position>.cutting.render($0.position) })

    private static let pair = "the name of a classify stage and a position ([faces, top])"
    private static let both = Shape(
        expected: pair,
        schema: [
            "type": "array", "minItems": 2, "maxItems": 2,
            "prefixItems": [Shape<String>.stageName.schema, Shape<Position>.cutting.schema],
        ],
        read: { node, reading in
            guard case .list(let nodes) = node.content, nodes.count == 2 else {
                reading.fault(node.place, "expected \(pair)")
                return nil
            }
            let name = reading.inside("[0]") { reading -> String? in
                if case .scalar(let text, _) = nodes[0].content, Shape<Position>.spellings.contains(text) {
                    reading.fault(nodes[0].place, "'\(text)' is a position; expected \(pair)")
                    return nil
                }
                guard let name = Shape<String>.stageName.read(nodes[0], &reading) else { return nil }
                reading.rememberBoxes(name, nodes[0])
                return name
            }
            let position = reading.inside("[1]") { Shape<Position>.cutting.read(nodes[1], &$0) }
            guard let name, let position else { return nil }
            return CutPosition(boxes: name, position)
        })
}
