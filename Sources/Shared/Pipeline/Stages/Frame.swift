import Schema

// What is put around a picture, and what is taken off its corners.

/// A length beside a picture.
package enum FrameLength: Codable, Sendable, Equatable {
    case pixels(Int)
    /// Of the picture's shorter side.
    case percent(Double)

    /// - Parameters: sides in pixels, at least 1.
    package func pixels(width: Int, height: Int) -> Int {
        switch self {
        case .pixels(let pixels): pixels
        case .percent(let percent): max(1, Int((Double(min(width, height)) * percent / 100).rounded()))
        }
    }
}

/// Puts a colour around the picture until it has a ratio or a size. Nothing is cut.
package struct Pad: Codable, Sendable, Equatable {
    /// Width by height; nil where a size is given.
    package var ratio: Double?
    /// Pixels that the picture has at least then; nil leaves that side as it is.
    package var width: Int?
    package var height: Int?
    /// Where the picture lies.
    package var position: Position = .centre
    /// nil is transparent where the picture has alpha, white elsewhere.
    package var background: RGBA?

    package init(ratio: Double? = nil, width: Int? = nil, height: Int? = nil) {
        (self.ratio, self.width, self.height) = (ratio, width, height)
    }

    /// Pixels of the padded picture.
    package func canvas(width: Int, height: Int) -> (width: Int, height: Int) {
        guard let ratio else { return (max(width, self.width ?? 0), max(height, self.height ?? 0)) }
        return (
            max(width, Int((Double(height) * ratio).rounded())), max(height, Int((Double(width) / ratio).rounded()))
        )
    }
}

/// A border of one colour outside the picture.
package struct Border: Codable, Sendable, Equatable {
    /// On each side.
    package var width: FrameLength
    package var colour: RGBA = .black

    package init(width: FrameLength) { self.width = width }
}

/// Rounds the picture's corners: what lies outside is transparent.
package struct Rounded: Codable, Sendable, Equatable {
    /// Of the corners' circles; half of the shorter side at most.
    package var radius: FrameLength
    /// What lies outside becomes in formats without transparency; nil: the rendition's background.
    package var background: RGBA?

    package init(radius: FrameLength) { self.radius = radius }

    /// Pixels.
    package func radius(width: Int, height: Int) -> Double {
        let radius = Double(self.radius.pixels(width: width, height: height))
        return min(radius, Double(min(width, height)) / 2)
    }
}

// MARK: In YAML

extension Shape<FrameLength> {
    /// - Parameter most: pixels, and percent.
    fileprivate static func length(_ most: (pixels: Int, percent: Double)) -> Shape {
        scalar(
            "a length (24 for pixels, 5% of the shorter side) up to \(most.pixels) or \(Int(most.percent))%",
            schema: [
                "type": ["integer", "string"], "minimum": 1, "maximum": .integer(most.pixels),
                "pattern": #"^[0-9]+(\.[0-9]+)?%$"#,
            ], hint: { $0.hasSuffix("px") ? "pixels are written without px" : nil }
        ) { text in
            if text.hasSuffix("%") {
                let number = text.dropLast()
                guard number.utf8.allSatisfy({ ".0123456789".utf8.contains($0) }) else { return nil }
                return Double(number).flatMap { $0 > 0 && $0 <= most.percent ? .percent($0) : nil }
            }
            return Int(text).flatMap { (1...most.pixels).contains($0) ? .pixels($0) : nil }
        }
    }

    fileprivate static let border = length((10_000, 100))
    fileprivate static let radius = length((100_000, 50))
}

extension Shape<Double> {
    private static let ratios = 0.05...20.0

    /// Width by height.
    fileprivate static let ratio = scalar(
        "a ratio of width to height (4:5, 1.91:1, 0.8) from 1:20 to 20:1",
        schema: ["type": ["number", "string"], "pattern": #"^[0-9]+(\.[0-9]+)?(:[0-9]+(\.[0-9]+)?)?$"#], parse: ratio)

    fileprivate static func ratio(_ text: String) -> Double? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { part in
            part.utf8.allSatisfy { ".0123456789".utf8.contains($0) } ? Double(part) : nil
        }
        guard (1...2).contains(parts.count), let first = parts[0], let second = parts.count == 2 ? parts[1] : 1,
            second > 0
        else { return nil }
        return ratios.contains(first / second) ? first / second : nil
    }
}

extension StageDeclaration {
    static let pad = StageDeclaration(
        "pad", "Pads the picture to a ratio or a size.",
        Shape.object(
            "a map of ratio, or of width and height", initial: Pad(),
            keys: [
                Key("ratio", \.ratio, .ratio, "Width to height: 4:5, 16:9, 1.91:1 or 0.8."),
                Key("width", \.width, .integer(1...100_000, of: "pixels"), "Pixels; a wider picture stays as wide."),
                Key("height", \.height, .integer(1...100_000, of: "pixels"), "Pixels; a higher picture stays as high."),
                Key("position", \.position, .placement, "Where to place the picture."),
                Key(
                    "background", \.background, .colour,
                    "The padding's colour; default: transparent if the picture can be, else white."),
            ],
            check: { _, members, reading in
                let hasSize = members.isMeant("width") || members.isMeant("height")
                if members.isMeant("ratio"), hasSize {
                    reading.fault(
                        members.keyPlace(of: "ratio"), at: "ratio",
                        "cannot be combined with width and height; remove one or the other")
                } else if !members.isMeant("ratio"), !hasSize {
                    reading.fault(members.place, "needs a ratio, a width or a height")
                }
            }
        ).orScalar(short).map(Stage.pad), example: "pad: 4:5")

    /// A ratio, or a size.
    private static let short = Shape<Pad>.scalar(
        "a ratio (4:5) or a size (1080x1350)",
        schema: ["type": "string", "pattern": #"^([0-9]+(\.[0-9]+)?:[0-9]+(\.[0-9]+)?|[1-9][0-9]*x[1-9][0-9]*)$"#]
    ) { text in
        if text.contains(":") { return Shape<Double>.ratio(text).map { Pad(ratio: $0) } }
        guard text.contains("x"), text.last?.isNumber == true, let size = Resize(geometry: text), size.width != nil,
            size.height != nil
        else { return nil }
        return Pad(width: size.width, height: size.height)
    }

    static let border = StageDeclaration(
        "border", "Puts a border around the picture.",
        Shape.object(
            "a map of width and colour", initial: Border(width: .pixels(0)),
            keys: [
                Key("width", \.width, .border, required: true, "On each side: pixels, or percent of the shorter side."),
                Key("colour", or: ["color"], \.colour, .colour, "Its colour."),
            ]
        ).orScalar(Shape<FrameLength>.border.map { Border(width: $0) }).map(Stage.border), example: "border: 20")

    static let rounded = StageDeclaration(
        "rounded", "Rounds the corners: what lies outside is transparent.",
        Shape.object(
            "a map of radius and background", initial: Rounded(radius: .pixels(0)),
            keys: [
                Key(
                    "radius", \.radius, .radius, required: true,
                    "Of the corners: pixels, or percent of the shorter side; 50% makes a square a circle."),
                Key(
                    "background", \.background, .colour,
                    "What lies outside in formats without transparency; default: the rendition's background."),
            ]
        ).orScalar(Shape<FrameLength>.radius.map { Rounded(radius: $0) }).map(Stage.rounded), example: "rounded: 24")
}
