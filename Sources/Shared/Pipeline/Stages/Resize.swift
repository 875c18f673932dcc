import Schema

/// Resizes the picture to fit a box.
package struct Resize: Codable, Sendable, Equatable {
    package enum Fit: String, Codable, Sendable, CaseIterable {
        /// Fill the box, cutting what overhangs at `position`.
        case cover
        /// Fit inside the box, padding the rest with `background`.
        case contain
        /// Stretch to the box, ignoring the aspect ratio.
        case fill
        /// As large as possible within the box.
        case inside
        /// As small as possible while covering the box; nothing is cut.
        case outside
    }
    /// Pixels; at least one of width and height is set, or `scale`. With one, the other follows the aspect ratio.
    package var width: Int?
    package var height: Int?
    /// Of both sides, in place of width and height; over 1 it enlarges.
    package var scale: Double?
    package var fit: Fit = .inside
    package var position: Position = .centre
    /// The classify stage whose boxes are kept in view; `position` is for pictures without any. For `cover` only.
    package var boxes: String?
    /// Whether to enlarge smaller pictures.
    package var enlarge: Bool = false
    /// Whether a larger picture is shrunk (`false` for geometry strings that end in `<`).
    package var shrink: Bool = true
    /// Padding for `contain`; nil pads transparent where the picture has alpha, white elsewhere.
    package var background: RGBA?
    /// Whether light is averaged rather than the values that stand for it.
    package var linear: Bool = false

    package init(width: Int? = nil, height: Int? = nil, fit: Fit = .inside) {
        self.width = width
        self.height = height
        self.fit = fit
    }

    package var cut: CutPosition {
        get { CutPosition(boxes: boxes, position) }
        set { (boxes, position) = (newValue.boxes, newValue.position) }
    }
}

extension Resize {
    static let shape = Shape<Resize>.object(
        "a map of width, height and fit", initial: Resize(),
        keys: [
            Key(
                "width", \.width, .integer(1...100_000, of: "pixels"), "Pixels; default: follows from the height."
            ),
            Key(
                "height", \.height, .integer(1...100_000, of: "pixels"),
                "Pixels; default: follows from the width."),
            Key(
                "scale", \.scale, .share(0.01...10),
                "Both sides as a share of what they are, in place of width and height: 50%, or 0.5; over 100% enlarges."
            ),
            Key(
                "fit", \.fit, .word,
                "cover fills the box and crops the overhang, contain pads, fill stretches, inside fits into the box, "
                    + "outside covers it without cropping."),
            Key(
                "position", \.cut, .cutting,
                "What to keep in view with fit: cover, or where to place the picture with fit: contain. For fit: cover, "
                    + "entropy and attention choose by content, and the name of a classify stage keeps what it found in "
                    + "view ([NAME, top]: top where there is nothing; default: attention)."),
            Key("enlarge", \.enlarge, .flag, "Whether to enlarge smaller pictures."),
            Key(
                "linear", \.linear, .flag,
                "Whether to average in linear light instead of encoded values: fine bright detail on dark keeps its "
                    + "brightness. Disables shrinking on load."),
            Key(
                "background", \.background, .colour,
                "Padding colour for fit: contain; default: transparent if the picture can be, else white."),
        ],
        check: { resize, members, reading in
            if members.has("scale") {
                if let other = ["width", "height", "enlarge", "fit"].first(where: members.has) {
                    reading.fault(members.keyPlace(of: other), at: other, "has no effect beside scale")
                }
            } else if !members.isMeant("width"), !members.isMeant("height"), !members.isMeant("scale") {
                reading.fault(members.place, "needs a width or a height")
            }
            guard members.areSound("fit", "position") else { return }
            if resize.boxes != nil || resize.position.looksAtContent, resize.fit != .cover {
                reading.fault(
                    members.place(of: "position"), at: "position",
                    "'\(resize.cut.word)' chooses what to crop, but fit: \(resize.fit.rawValue) crops nothing; "
                        + "use fit: cover or another position")
            }
            if members.has("background"), resize.fit != .contain {
                reading.fault(members.keyPlace(of: "background"), at: "background", "is for fit: contain only")
            }
        }
    )
    .alsoRequiring("anyOf", [["required": ["width"]], ["required": ["height"]], ["required": ["scale"]]])
    .orScalar(geometry)

    /// `800x600>` as for vipsthumbnail.
    private static let geometry = Shape<Resize>.scalar(
        "a geometry (800, 800x, x600, 800x600, 800x600!, 800x600<, 50%)",
        schema: [
            "type": ["string", "integer"],
            "pattern": #"^(([1-9][0-9]*(x([1-9][0-9]*)?)?|x[1-9][0-9]*)(px)?[<>!]?|[0-9]+(\.[0-9]+)?%)$"#,
        ]
    ) { Resize(geometry: $0) }

    /// As vipsthumbnail reads it: `800` is a box of 800 × 800, `800x` and `x600` leave the other side to the aspect
    /// ratio. `>` only shrinks (as does no suffix), `<` only enlarges, `!` stretches to the box; `50%` is half of both
    /// sides. Nil for other text.
    package init?(geometry: String) {
        var text = geometry[...]
        if text.hasSuffix("%") {
            guard let percent = Double(text.dropLast()), (1...1000).contains(percent) else { return nil }
            self.init()
            scale = percent / 100
            return
        }
        let suffix = text.last
        if let suffix, "<>!".contains(suffix) { text = text.dropLast() }
        if text.hasSuffix("px") { text = text.dropLast(2) }
        let sides = text.split(separator: "x", omittingEmptySubsequences: false).map(String.init)
        func pixels(_ side: String) -> Int? {
            guard side.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let pixels = Int(side) else { return nil }
            return (1...100_000).contains(pixels) ? pixels : nil
        }
        self.init()
        switch sides.count {
        case 1:
            guard let side = pixels(sides[0]) else { return nil }
            (width, height) = (side, side)
        case 2:
            guard sides[0].isEmpty || pixels(sides[0]) != nil, sides[1].isEmpty || pixels(sides[1]) != nil else {
                return nil
            }
            (width, height) = (pixels(sides[0]), pixels(sides[1]))
            if width == nil, height == nil { return nil }
        default: return nil
        }
        switch suffix {
        case "!": (fit, enlarge) = (.fill, true)
        case "<": (enlarge, shrink) = (true, false)
        default: break
        }
    }
}

extension StageDeclaration {
    static let resize = StageDeclaration(
        "resize", "Resizes the picture to fit a box.", Resize.shape.map(Stage.resize), example: "resize: 800x600")
}
