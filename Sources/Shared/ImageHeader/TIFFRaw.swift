import ByteReading

/// Distinguishes a camera's RAW file from a picture, if it is laid out as a TIFF: DNG, NEF, NRW, ARW, SR2, PEF, SRW,
/// 3FR, FFF, IIQ, ERF, MEF, MOS, DCR, KDC and the like. Their first directory is a preview of 160 × 120 as often as
/// not, and a decoder of TIFF takes it for the picture.
struct TIFFRaw {
    /// Directories beside the first that are looked at, of each kind.
    private static let mostDirectories = 8

    /// Tag 271: who made the camera.
    private(set) var make: String?
    private var isDNG = false
    private var isSensorData = false
    /// Tags 254 and 255 call the first page a reduced copy of another.
    private var isReducedCopy = false
    private var children: [UInt64] = []

    /// Takes what matters here of a field of the first directory.
    mutating func take(_ entry: TIFFFile.Entry, _ reader: inout ByteReader) throws(ParseFailure) {
        switch entry.tag {
        case 254: if let kind = try entry.value(&reader), kind & 1 != 0 { isReducedCopy = true }
        case 255: if try entry.value(&reader) == 2 { isReducedCopy = true }
        case 271: make = try entry.text(&reader, atMost: 40)
        case 330: children = try entry.values(&reader, atMost: Self.mostDirectories)
        // DNGVersion.
        case 50706: isDNG = true
        default: if try Self.isMark(entry, &reader) { isSensorData = true }
        }
    }

    /// What is no picture that a decoder of TIFF may take for one. With its name for people.
    enum Kind: Equatable {
        case raw(String)
        case reducedCopy(String)
    }

    /// - Parameter next: where the directory after the first lies, 0 without one.
    /// - Returns: nil for a picture.
    mutating func kind(
        _ reader: inout ByteReader, in file: TIFFFile, after first: UInt64, next: UInt64
    ) throws(ParseFailure) -> Kind? {
        if isDNG { return .raw("RAW (DNG)") }
        var (offset, seen) = (next, Set([first]))
        for _ in 0..<Self.mostDirectories where !isSensorData && offset != 0 && seen.insert(offset).inserted {
            offset = try look(&reader, in: file, at: offset)
        }
        for child in children where !isSensorData && child != 0 && seen.insert(child).inserted {
            _ = try look(&reader, in: file, at: child)
        }
        if isSensorData { return .raw(make.map { "RAW (\($0))" } ?? "RAW") }
        // Alone it is all that there is, as a tile of a map's pyramid is.
        guard isReducedCopy, next != 0 || !children.isEmpty else { return nil }
        return .reducedCopy(
            "a TIFF that starts with a reduced copy of another picture, as in RAW\(make.map { " (\($0))" } ?? "") does")
    }

    /// Looks at another directory for marks; what is damaged in it has none. Gives where the next one lies.
    private mutating func look(
        _ reader: inout ByteReader, in file: TIFFFile, at offset: UInt64
    ) throws(ParseFailure) -> UInt64 {
        var found = false
        do throws(ParseFailure) {
            let next = try file.readDirectory(&reader, at: offset) { (reader, entry) throws(ParseFailure) in
                if try Self.isMark(entry, &reader) { found = true }
            }
            isSensorData = isSensorData || found
            return next
        } catch .system(let code) {
            throw .system(code)
        } catch {
            isSensorData = isSensorData || found
            return 0
        }
    }

    /// Whether a field is one that only what comes from a sensor has.
    static func isMark(_ entry: TIFFFile.Entry, _ reader: inout ByteReader) throws(ParseFailure) -> Bool {
        switch entry.tag {
        // Packed or compressed as Sony, Samsung, Nikon, Kodak and Pentax do.
        case 259: [32767, 32769, 32770, 32772, 34713, 65000, 65535].contains(try entry.number(&reader) ?? 1)
        // The colours of a sensor's filters, or its values without them.
        case 262: [32803, 34892].contains(try entry.number(&reader) ?? 1)
        // CFARepeatPatternDim, CFAPattern, CFALayout; Leaf's and Kodak's own directories; ColorMatrix1 of DNG.
        case 33421, 33422, 50711, 34310, 33424, 50721: true
        default: false
        }
    }
}
