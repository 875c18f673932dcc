import Schema

/// Crops a rectangle: either `width` × `height` at a `position`, or at an explicit `left`, `top`.
/// A rectangle larger than the picture is cut down to it.
package struct Crop: Codable, Sendable, Equatable {
    /// Pixels.
    package var width: Int
    package var height: Int
    package var position: Position = .centre
    /// The classify stage whose boxes are kept in view; `position` is for pictures without any.
    package var boxes: String?
    /// Pixels from the left and top edge; when set, `position` is unused.
    package var left: Int?
    package var top: Int?

    package init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    package var cut: CutPosition {
        get { CutPosition(boxes: boxes, position) }
        set { (boxes, position) = (newValue.boxes, newValue.position) }
    }
}

extension Crop {
    static let shape = Shape<Crop>.object(
        "a map of width, height and position", initial: Crop(width: 0, height: 0),
        keys: [
            Key("width", \.width, .integer(1...100_000, of: "pixels"), required: true, "Pixels."),
            Key("height", \.height, .integer(1...100_000, of: "pixels"), required: true, "Pixels."),
            Key(
                "position", \.cut, .cutting,
                "Which part to keep; entropy and attention choose by content, the name of a classify stage keeps what it "
                    + "found in view ([NAME, top]: top where there is nothing; default: attention)."),
            Key("left", \.left, .integer(0...10_000_000, of: "pixels"), "Pixels from the left edge; with top."),
            Key("top", \.top, .integer(0...10_000_000, of: "pixels"), "Pixels from the top edge; with left."),
        ],
        check: { _, members, reading in
            for (one, other) in [("left", "top"), ("top", "left")] where members.has(one) && !members.isMeant(other) {
                reading.fault(members.keyPlace(of: one), at: one, "also needs '\(other)'")
            }
            if members.has("position"), members.has("left") || members.has("top") {
                reading.fault(
                    members.keyPlace(of: "position"), at: "position",
                    "cannot be combined with left and top; remove one or the other")
            }
        }
    )
    .alsoRequiring("dependentRequired", ["left": ["top"], "top": ["left"]])
    .orScalar(
        .scalar(
            "a size (800x600)", schema: ["type": "string", "pattern": "^[1-9][0-9]*x[1-9][0-9]*$"]
        ) { text in
            guard let size = Resize(geometry: text), text.last?.isNumber == true, text.contains("x"),
                let width = size.width, let height = size.height
            else { return nil }
            return Crop(width: width, height: height)
        })
}

extension StageDeclaration {
    static let crop = StageDeclaration(
        "crop", "Crops a rectangle.", Crop.shape.map(Stage.crop), example: "crop: 800x600")
}
