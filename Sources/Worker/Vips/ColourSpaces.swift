package import CColour
package import ImageHeader

extension Chromaticities {
    private static let d65 = Point(x: 0.3127, y: 0.3290)
    private static let illuminantC = Point(x: 0.310, y: 0.316)

    private init(_ white: Point, _ red: (Double, Double), _ green: (Double, Double), _ blue: (Double, Double)) {
        self.init(
            white: white, red: Point(x: red.0, y: red.1), green: Point(x: green.0, y: green.1),
            blue: Point(x: blue.0, y: blue.1))
    }

    /// sRGB's and BT.709's.
    package static let standard = Chromaticities(d65, (0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
    package static let displayP3 = Chromaticities(d65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
    package static let adobeRGB = Chromaticities(d65, (0.640, 0.330), (0.210, 0.710), (0.150, 0.060))

    /// ColourPrimaries of ITU-T H.273; nil for numbers that name none.
    package init?(coded number: Int) {
        switch number {
        case 1, 2: self = .standard
        case 4: self.init(Self.illuminantC, (0.67, 0.33), (0.21, 0.71), (0.14, 0.08))
        case 5: self.init(Self.d65, (0.64, 0.33), (0.29, 0.60), (0.15, 0.06))
        case 6, 7: self.init(Self.d65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070))
        case 8: self.init(Self.illuminantC, (0.681, 0.319), (0.243, 0.692), (0.145, 0.049))
        case 9: self.init(Self.d65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
        case 11: self.init(Point(x: 0.314, y: 0.351), (0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
        case 12: self = .displayP3
        case 22: self.init(Self.d65, (0.630, 0.340), (0.295, 0.605), (0.155, 0.077))
        default: return nil
        }
    }

    /// Whether it is visually identical to sRGB's.
    package var isStandard: Bool {
        let (own, other) = (numbers, Chromaticities.standard.numbers)
        return zip(own, other).allSatisfy { abs($0 - $1) < 0.002 }
    }

    private var numbers: [Double] { [white, red, green, blue].flatMap { [$0.x, $0.y] } }

    package var parameters: sluice_chromaticities {
        sluice_chromaticities(
            white: (white.x, white.y), red: (red.x, red.y), green: (green.x, green.y), blue: (blue.x, blue.y))
    }
}

// Light of one space to that of another.
extension Chromaticities {
    package typealias Matrix = [[Double]]

    /// Red, green and blue to XYZ, where white has a luminance of 1; nil where these are no three colours.
    package var toXYZ: Matrix? {
        let columns = [red, green, blue].map { [$0.x, $0.y, 1 - $0.x - $0.y] }
        let primaries = (0..<3).map { row in columns.map { $0[row] } }
        guard white.y > 0, let inverse = Self.inverse(primaries) else { return nil }
        let whiteXYZ = [white.x / white.y, 1, (1 - white.x - white.y) / white.y]
        let scale = inverse.map { row in zip(row, whiteXYZ).reduce(0) { $0 + $1.0 * $1.1 } }
        return primaries.map { row in zip(row, scale).map { $0 * $1 } }
    }

    /// By rows; white of the one becomes white of the other only where both have the same.
    package func matrix(to other: Chromaticities) -> [Double]? {
        guard let own = toXYZ, let back = other.toXYZ.flatMap(Self.inverse) else { return nil }
        return back.flatMap { row in
            (0..<3).map { column in (0..<3).reduce(0) { $0 + row[$1] * own[$1][column] } }
        }
    }

    private static func inverse(_ m: Matrix) -> Matrix? {
        func minor(_ row: Int, _ column: Int) -> Double {
            let (a, b) = ((row + 1) % 3, (row + 2) % 3)
            let (c, d) = ((column + 1) % 3, (column + 2) % 3)
            return m[a][c] * m[b][d] - m[a][d] * m[b][c]
        }
        let determinant = (0..<3).reduce(0) { $0 + m[0][$1] * minor(0, $1) }
        guard abs(determinant) > 1e-9 else { return nil }
        return (0..<3).map { row in (0..<3).map { column in minor(column, row) / determinant } }
    }
}
