import Glibc
package import Schema

/// Exposure, contrast and colours, as photo tools have them. At least one is not at its default.
package struct Adjust: Codable, Sendable, Equatable {
    /// Stops, -5…5: 1 doubles the light, -1 halves it.
    package var exposure: Double = 0
    /// -100…100: 100 doubles the slope in the middle of the tones, -100 halves it; black and white stay.
    package var contrast: Double = 0
    /// -100…100: -100 leaves no colour, 100 doubles it.
    package var saturation: Double = 0
    /// 0.1…10, of the values: more than 1 makes the middle brighter.
    package var gamma: Double = 1
    /// Mired, -100…100, about daylight (6504 K): more is warmer.
    package var temperature: Double = 0
    /// -100…100, across that: more is towards magenta, less towards green. 3000 are 1 in CIE 1960's u and v.
    package var tint: Double = 0

    package init() {}
}

extension Adjust {
    /// What the light of red, green and blue is multiplied by: the exposure, and the colour of the light. The latter makes a
    /// grey of sRGB no brighter and no darker.
    package var gains: [Double] {
        let exposed = exp2(exposure)
        guard temperature != 0 || tint != 0 else { return [exposed, exposed, exposed] }
        let neutral = Self.colourOfLight(mired: Self.daylight, tint: 0)
        let wanted = Self.colourOfLight(mired: Self.daylight + temperature, tint: tint)
        // Beyond sRGB a channel would have no light at all.
        let ratios = zip(wanted, neutral).map { max($0 / $1, 0.01) }
        let brightness = zip(ratios, luminance).reduce(0) { $0 + $1.0 * $1.1 }
        return ratios.map { $0 / brightness * exposed }
    }

    /// The same without colour, for grey.
    package var greyGain: Double { exp2(exposure) }

    /// Of the S-curve in the middle.
    package var slope: Double { exp2(contrast / 100) }

    /// Red, green and blue to those with other saturation, by rows; that of the CSS filter `saturate`.
    package var saturating: [Double] {
        let kept = 1 + saturation / 100
        return (0..<9).map { luminance[$0 % 3] * (1 - kept) + ($0 / 3 == $0 % 3 ? kept : 0) }
    }

    /// What has no meaning for a grey picture, by its keys.
    package var colourKeys: [String] {
        [("temperature", temperature), ("tint", tint), ("saturation", saturation)].filter { $0.1 != 0 }.map(\.0)
    }

    /// Mired of CIE's D65.
    private static let daylight = 1e6 / 6504

    /// Linear sRGB of light of CIE's daylight locus, and beside it; its luminance is 1.
    private static func colourOfLight(mired: Double, tint: Double) -> [Double] {
        let (here, before) = (uniform(of: mired), uniform(of: mired - 1))
        // Across the locus, towards magenta.
        let along = (u: here.u - before.u, v: here.v - before.v)
        let length = hypot(along.u, along.v), distance = tint / 3000
        let u = here.u + along.v / length * distance, v = here.v - along.u / length * distance
        let whole = 2 * u - 8 * v + 4
        let (x, y) = (3 * u / whole, 2 * v / whole)
        let (bigX, bigZ) = (x / y, (1 - x - y) / y)
        return [
            3.2404542 * bigX - 1.5371385 - 0.4985314 * bigZ, -0.9692660 * bigX + 1.8760108 + 0.0415560 * bigZ,
            0.0556434 * bigX - 0.2040259 + 1.0572252 * bigZ,
        ]
    }

    /// CIE 1960's u and v of daylight; below 4000 K, where CIE has none, its curve is carried on.
    private static func uniform(of mired: Double) -> (u: Double, v: Double) {
        let kilo = mired / 1000
        let x =
            mired >= 1e6 / 7000
            ? ((-4.6070 * kilo + 2.9678) * kilo + 0.09911) * kilo + 0.244063
            : ((-2.0064 * kilo + 1.9018) * kilo + 0.24748) * kilo + 0.237040
        let y = (-3 * x + 2.870) * x - 0.275
        let whole = -2 * x + 12 * y + 3
        return (4 * x / whole, 6 * y / whole)
    }
}

/// What red, green and blue of sRGB have of its luminance.
private let luminance = [0.2126, 0.7152, 0.0722]

extension Adjust {
    package static let shape = Shape<Adjust>.object(
        "a map of exposure, contrast, saturation, gamma, temperature and tint", initial: Adjust(),
        keys: [
            Key("exposure", \.exposure, .number(-5...5), "Stops: 1 doubles the light, -1 halves it."),
            Key(
                "contrast", \.contrast, percent,
                "100 doubles the slope of the midtones, -100 halves it. Black and white stay."),
            Key(
                "saturation", \.saturation, percent,
                "-100 removes all colour, 100 doubles it. Grey pictures ignore it."),
            Key("gamma", \.gamma, .number(0.1...10), "Gamma of the values: above 1 brightens the midtones."),
            Key(
                "temperature", \.temperature, percent,
                "Warmer (above 0, more yellow) or cooler (below 0, more blue), in mired. Grey pictures ignore it."),
            Key(
                "tint", \.tint, percent,
                "Towards magenta (above 0) or green (below 0). Grey pictures ignore it."),
        ],
        check: { _, members, reading in
            let keys = ["exposure", "contrast", "saturation", "gamma", "temperature", "tint"]
            if !keys.contains(where: members.isMeant) {
                reading.fault(members.place, "adjusts nothing; needs at least one of \(keys.joined(separator: ", "))")
            }
        }
    ).alsoRequiring("minProperties", 1)

    private static let percent = Shape<Double>.number(-100...100)
}
