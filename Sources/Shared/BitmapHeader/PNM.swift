/// PBM, PGM and PPM (P1 to P6), and PAM (P7).
package enum PNM {
    /// Whether a file begins like one: text may begin with the same two characters.
    package static func isBegun(by start: [UInt8]) -> Bool {
        guard start.count >= 3, start[0] == 0x50, (0x31...0x37).contains(start[1]) else { return false }
        if start[1] == 0x37 { return start[2] == newline }
        guard isSpace(start[2]) || start[2] == hash else { return false }
        let next = start.dropFirst(2).first { !isSpace($0) }
        return next.map { isDigit($0) || $0 == hash } ?? true
    }

    /// Thumbnails of `xv` call themselves P7 too.
    package static func isThumbnail(_ start: [UInt8]) -> Bool { start.starts(with: Array("P7 332".utf8)) }

    package static func layout(_ bytes: BitmapBytes) throws(BitmapFault) -> BitmapLayout {
        var layout = try header(at: 0, bytes, most: mostBytes)
        countPages(of: &layout, bytes)
        return layout
    }

    /// Comments can be long.
    private static let mostBytes = 64 << 10

    private static func header(
        at start: UInt64, _ bytes: BitmapBytes, most: Int
    ) throws(BitmapFault) -> BitmapLayout {
        for count in [512, most] {
            guard let found = bytes(start, count) else { throw .endOfFile }
            var text = HeaderText(found)
            do throws(BitmapFault) {
                var layout = try header(&text)
                layout.offset += start
                return layout
            } catch .endOfFile {
                guard found.count == count else { throw .endOfFile }
            }
        }
        throw .malformed("too much data before the picture's size")
    }

    private static func header(_ text: inout HeaderText) throws(BitmapFault) -> BitmapLayout {
        let (first, kind) = (try text.byte(), Int(try text.byte()) - 0x30)
        guard first == 0x50, (1...7).contains(kind) else { throw .malformed("no number of its kind") }
        if kind == 7 { return try pam(&text) }
        let (width, height) = (try text.number(), try text.number())
        let isOfBits = kind == 1 || kind == 4
        let white = isOfBits ? 1 : try text.number()
        guard (1...65535).contains(white) else { throw .malformed("a largest value of \(white)") }
        try text.endHeader()
        let bands = kind == 3 || kind == 6 ? 3 : 1
        let coding: BitmapLayout.Coding = kind == 1 ? .digits : kind <= 3 ? .numbers : kind == 4 ? .bits : .samples
        var layout = BitmapLayout(coding, width: width, height: height, bands: bands)
        layout.place(behind: text, white: white)
        return layout
    }

    // MARK: PAM

    private static func pam(_ text: inout HeaderText) throws(BitmapFault) -> BitmapLayout {
        var numbers: [String: Int] = [:]
        var kind: [String] = []
        _ = try text.line()
        while true {
            let words = try text.line()
            guard let key = words.first, !key.hasPrefix("#") else { continue }
            if key == "ENDHDR" { break }
            if key == "TUPLTYPE" {
                kind += words.dropFirst()
            } else if ["WIDTH", "HEIGHT", "DEPTH", "MAXVAL"].contains(key) {
                guard words.count == 2, let value = Int(words[1]), (0...Int(Int32.max)).contains(value) else {
                    throw .malformed("a \(key) that is no number")
                }
                numbers[key] = value
            } else {
                throw .malformed("an unknown line")
            }
        }
        guard let width = numbers["WIDTH"], let height = numbers["HEIGHT"], let depth = numbers["DEPTH"],
            let white = numbers["MAXVAL"]
        else { throw .malformed("no WIDTH, HEIGHT, DEPTH or MAXVAL") }
        guard (1...65535).contains(white) else { throw .malformed("a largest value of \(white)") }
        let name = kind.joined(separator: " ")
        let known = [
            "BLACKANDWHITE": 1, "GRAYSCALE": 1, "BLACKANDWHITE_ALPHA": 2, "GRAYSCALE_ALPHA": 2, "RGB": 3,
            "RGB_ALPHA": 4,
        ]
        let bands = name.isEmpty ? depth : known[name]
        guard let bands, (1...4).contains(bands) else {
            throw .unsupported(name.isEmpty ? "PAM of \(depth) channels" : "PAM of \(name.prefix(40))")
        }
        guard bands == depth else { throw .malformed("a DEPTH of \(depth) for \(name)") }
        var layout = BitmapLayout(.samples, width: width, height: height, bands: bands)
        layout.place(behind: text, white: white)
        return layout
    }

    // MARK: Pages

    /// Of the raw kinds, which may follow each other.
    private static func countPages(of layout: inout BitmapLayout, _ bytes: BitmapBytes) {
        var end = layout.end
        while let next = end {
            guard let start = bytes(next, 2) else {
                layout.hasMorePages = true
                return
            }
            guard start.count == 2, start[0] == 0x50, (0x34...0x37).contains(start[1]) else { return }
            guard layout.pages < mostPages, let page = try? header(at: next, bytes, most: 4096) else {
                layout.hasMorePages = true
                return
            }
            layout.pages += 1
            end = page.width > 0 && page.height > 0 ? page.end : nil
        }
    }

    private static let mostPages = 200

    fileprivate static let newline: UInt8 = 0x0A
    fileprivate static let hash: UInt8 = 0x23

    fileprivate static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    fileprivate static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

extension BitmapLayout {
    fileprivate mutating func place(behind text: HeaderText, white: Int) {
        offset = UInt64(text.next)
        self.white = white
        depth = Int.bitWidth - white.leadingZeroBitCount
        switch coding {
        case .bits: lineBytes = (UInt64(width) + 7) / 8
        case .samples: lineBytes = UInt64(width) * UInt64(bands) * (white > 255 ? 2 : 1)
        default: break
        }
    }
}

/// The text of a header, up to where its bytes end.
private struct HeaderText {
    private let bytes: [UInt8]
    private(set) var next = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func byte() throws(BitmapFault) -> UInt8 {
        guard next < bytes.count else { throw .endOfFile }
        next += 1
        return bytes[next - 1]
    }

    private mutating func skipComment() throws(BitmapFault) {
        while true {
            let byte = try byte()
            if byte == PNM.newline || byte == 0x0D { return }
        }
    }

    /// Behind spaces and comments.
    mutating func number() throws(BitmapFault) -> Int {
        var byte = try byte()
        while PNM.isSpace(byte) || byte == PNM.hash {
            if byte == PNM.hash { try skipComment() }
            byte = try self.byte()
        }
        var value = 0
        guard PNM.isDigit(byte) else { throw .malformed("something that is no number where a size belongs") }
        while PNM.isDigit(byte) {
            value = value * 10 + Int(byte) - 0x30
            guard value <= Int(Int32.max) else { throw .malformed("a number that is too large") }
            byte = try self.byte()
        }
        // What ends it counts: it may be all that lies before the pixels.
        next -= 1
        return value
    }

    /// A single space, or a comment with the end of its line.
    mutating func endHeader() throws(BitmapFault) {
        let byte = try byte()
        if byte == PNM.hash { return try skipComment() }
        guard PNM.isSpace(byte) else { throw .malformed("something that is no number where a size belongs") }
    }

    /// The words of a line.
    mutating func line() throws(BitmapFault) -> [String] {
        var text: [UInt8] = []
        while case let byte = try byte(), byte != PNM.newline { text.append(byte) }
        return text.split(whereSeparator: PNM.isSpace).map { String(decoding: $0, as: UTF8.self) }
    }
}
