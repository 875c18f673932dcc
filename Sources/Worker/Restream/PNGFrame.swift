/// What IHDR says (PNG specification, 11.2.2).
struct PNGFrame {
    /// Pixels, 1…1,000,000.
    let width: Int
    let height: Int
    /// Bits: 1, 2, 4, 8, 16.
    let depth: Int
    let colourType: UInt8
    /// Bits.
    let pixelBits: Int

    /// libpng refuses more, unless told otherwise; it also bounds what a row takes here.
    static let longestSide = 1_000_000

    /// - Parameter header: the 13 bytes of IHDR.
    init(_ header: [UInt8], isInterlaced: Bool = true) throws(RestreamError) {
        guard header.count == 13 else { throw .damaged("IHDR") }
        width = header[0..<4].reduce(0) { $0 << 8 | Int($1) }
        height = header[4..<8].reduce(0) { $0 << 8 | Int($1) }
        guard (1...Self.longestSide).contains(width), (1...Self.longestSide).contains(height) else {
            throw .unsuitable("a picture of \(width)x\(height)")
        }
        depth = Int(header[8])
        colourType = header[9]
        let samples: (depths: [Int], count: Int)
        switch colourType {
        case 0: samples = ([1, 2, 4, 8, 16], 1)
        case 2: samples = ([8, 16], 3)
        case 3: samples = ([1, 2, 4, 8], 1)
        case 4: samples = ([8, 16], 2)
        case 6: samples = ([8, 16], 4)
        default: throw .damaged("colour type \(header[9])")
        }
        guard samples.depths.contains(depth), header[10] == 0, header[11] == 0 else { throw .damaged("IHDR") }
        guard header[12] == (isInterlaced ? 1 : 0) else {
            throw .unsuitable(isInterlaced ? "not interlaced" : "interlaced")
        }
        pixelBits = depth * samples.count
    }

    /// Bytes that `pixels` pixels of a row take.
    func rowBytes(_ pixels: Int) -> Int { (pixels * pixelBits).dividedUp(by: 8) }
}

/// One of the seven pictures that Adam7 splits a picture into (PNG specification, 8.2).
struct Adam7Pass {
    /// The first pixel, and how far on the next one is.
    let left: Int
    let across: Int
    let top: Int
    let down: Int

    static let all = [
        Adam7Pass(left: 0, across: 8, top: 0, down: 8), Adam7Pass(left: 4, across: 8, top: 0, down: 8),
        Adam7Pass(left: 0, across: 4, top: 4, down: 8), Adam7Pass(left: 2, across: 4, top: 0, down: 4),
        Adam7Pass(left: 0, across: 2, top: 2, down: 4), Adam7Pass(left: 1, across: 2, top: 0, down: 2),
        Adam7Pass(left: 0, across: 1, top: 1, down: 2),
    ]

    /// Pixels of this pass in a picture that wide, and that high.
    func width(of frame: PNGFrame) -> Int { max(0, frame.width - left + across - 1) / across }
    func height(of frame: PNGFrame) -> Int { max(0, frame.height - top + down - 1) / down }

    func hasLine(_ line: Int) -> Bool { line >= top && (line - top) % down == 0 }
}
