import CColour
import Glibc
package import ImageHeader

/// What the numbers of a picture mean where its ICC profile does not say it, or is not to be asked.
package enum ColourMeaning: Equatable {
    /// What a picture without a profile means: sRGB, or grey of the same curve.
    case standard
    /// Values and light of an SDR picture.
    /// What a profile says that the decoder has not handed on.
    case profile([UInt8])
    case curve(ColourCurve, Chromaticities, name: String)
    case highRange(HighRange)

    /// A profile that says the same; nil for what needs none, and for what makes none.
    package func profile(isGrey: Bool) -> [UInt8]? {
        if case .profile(let bytes) = self { return bytes }
        guard case .curve(let curve, let space, let name) = self else { return nil }
        return curve.withParameters { parameters in
            var (space, parameters) = (space.parameters, parameters)
            var bytes: UnsafeMutableRawPointer?
            var length = 0
            guard sluice_make_profile(&space, &parameters, isGrey, name, &bytes, &length) == 0, let bytes else {
                return nil
            }
            defer { free(bytes) }
            return Array(UnsafeRawBufferPointer(start: bytes, count: length))
        }
    }
}

/// How values become light.
package enum ColourCurve: Equatable {
    case standard
    case power(Double)
    case smpte240
    /// 0…65535, for all channels or for each of three, one after the other.
    case table([UInt16], channels: Int)

    fileprivate func withParameters<Result>(_ body: (sluice_curve) -> Result) -> Result {
        var parameters = sluice_curve()
        switch self {
        case .standard: parameters.kind = SLUICE_CURVE_SRGB
        case .smpte240: parameters.kind = SLUICE_CURVE_SMPTE240
        case .power(let exponent): (parameters.kind, parameters.gamma) = (SLUICE_CURVE_POWER, exponent)
        case .table(let numbers, let channels):
            return numbers.withUnsafeBufferPointer { buffer in
                parameters.kind = SLUICE_CURVE_TABLE
                (parameters.table, parameters.channels) = (buffer.baseAddress, Int32(channels))
                parameters.count = Int32(numbers.count / max(1, channels))
                return body(parameters)
            }
        }
        return body(parameters)
    }
}

/// A picture with light beyond SDR white.
package struct HighRange: Equatable {
    package enum Light: Int {
        /// Numbers of ITU-T H.273.
        case pq = 16
        case hlg = 18

        package var name: String { self == .pq ? "PQ" : "HLG" }
    }
    package var light: Light
    /// Number of ITU-T H.273.
    package var primaries: Int
    /// The brightest that the file tells of, in cd/m²; nil where it tells nothing.
    package var brightest: Double?
}

extension ColourMeaning {
    /// - Returns: nil where a code means nothing that is known.
    package init?(_ coded: CodedColour, brightest: Double?) {
        guard let space = Chromaticities(coded: coded.primaries) else { return nil }
        if let light = HighRange.Light(rawValue: coded.transfer) {
            self = .highRange(HighRange(light: light, primaries: coded.primaries, brightest: brightest))
            return
        }
        let curve: ColourCurve
        switch coded.transfer {
        // The curves of cameras (BT.709, BT.601, BT.2020) mean a display's, which is sRGB's, as browsers have it.
        case 1, 2, 6, 11, 12, 13, 14, 15: curve = .standard
        case 4: curve = .power(2.2)
        case 5: curve = .power(2.8)
        case 7: curve = .smpte240
        case 8: curve = .power(1)
        case 17: curve = .power(2.6)
        default: return nil
        }
        let name = "CICP \(coded.primaries)/\(coded.transfer)"
        self = curve == .standard && space.isStandard ? .standard : .curve(curve, space, name: name)
    }

    package init(_ measured: MeasuredColour) {
        let space = measured.chromaticities ?? .standard
        let curve: ColourCurve
        switch measured.gamma {
        // 45455 of 100,000, which nearly every writer of sRGB puts there; libpng takes it for sRGB too.
        case nil, (2.15...2.25)?: curve = .standard
        case let gamma?: curve = .power(gamma)
        }
        let gamma = measured.gamma.map { " \(($0 * 100).rounded() / 100)" } ?? ""
        self =
            curve == .standard && space.isStandard
            ? .standard : .curve(curve, space, name: "gAMA\(gamma)\(measured.chromaticities == nil ? "" : ", cHRM")")
    }
}
