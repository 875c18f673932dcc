/// A file's colour information outside an ICC profile.
package enum ColourSignal: Sendable, Equatable {
    /// PNG's sRGB chunk.
    case standard
    /// Code points: HEIF's and AVIF's nclx, PNG's cICP, or what the coded picture itself says.
    case coded(CodedColour)
    /// PNG's gAMA and cHRM.
    case measured(MeasuredColour)
}

/// Code points of ITU-T H.273.
package struct CodedColour: Sendable, Equatable {
    package var primaries: Int
    package var transfer: Int
    package var matrix: Int
    /// Whether black is 0 and white the largest value; otherwise black is 16 and white 235 of 255.
    package var isFullRange: Bool

    package init(primaries: Int, transfer: Int, matrix: Int, isFullRange: Bool) {
        self.primaries = primaries
        self.transfer = transfer
        self.matrix = matrix
        self.isFullRange = isFullRange
    }
}

/// Colours as they were measured.
package struct MeasuredColour: Sendable, Equatable {
    /// The exponent that makes light of a value: 2.2, or 1 where values are light. Nil where nothing is said.
    package var gamma: Double?
    package var chromaticities: Chromaticities?

    package init(gamma: Double? = nil, chromaticities: Chromaticities? = nil) {
        self.gamma = gamma
        self.chromaticities = chromaticities
    }
}

/// White point and primaries, in CIE 1931 x and y.
package struct Chromaticities: Sendable, Equatable {
    package struct Point: Sendable, Equatable {
        package var x: Double
        package var y: Double

        package init(x: Double, y: Double) {
            self.x = x
            self.y = y
        }
    }
    package var white: Point
    package var red: Point
    package var green: Point
    package var blue: Point

    package init(white: Point, red: Point, green: Point, blue: Point) {
        self.white = white
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// White, red, green and blue, x before y; nil for other than eight numbers.
    package init?(_ numbers: [Double]) {
        guard numbers.count == 8 else { return nil }
        let points = stride(from: 0, to: 8, by: 2).map { Point(x: numbers[$0], y: numbers[$0 + 1]) }
        self.init(white: points[0], red: points[1], green: points[2], blue: points[3])
    }
}
