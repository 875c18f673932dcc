/// What a walk over a JPEG file's markers finds: all of it before anything is decoded.
struct JPEGSurvey {
    let frame: JPEGFrame
    let scans: [JPEGScan]
    /// For each component, in zigzag order: the table in force at the component's first scan, as libjpeg latches it.
    let quantisation: [[UInt16]]
    /// Ranges of the file with the segments that a decoder reads before the picture: APPn and comments.
    let kept: [Range<UInt64>]

    /// libvips refuses more (and a scan costs memory here).
    static let mostScans = 100
    /// Kept segments lie together in sound files: enough for each of them to be apart.
    static let mostKept = 1024

    /// - Parameter mayLackEnd: whether the file may end behind its last scan's bits, without a marker.
    /// - Throws: when the file is not a sound multi-scan JPEG.
    init(_ file: SourceFile, mayLackEnd: Bool = false) throws(RestreamError) {
        var walk = Walk(ForwardReader(file), mayLackEnd: mayLackEnd)
        try walk.run()
        guard let frame = walk.frame, let progress = walk.progress, !walk.scans.isEmpty else {
            throw .damaged("no picture before the end")
        }
        guard walk.scans.count > 1 || frame.isProgressive else { throw .unsuitable("a single scan") }
        guard progress.isComplete else { throw .unsuitable("a picture that was not sent in full") }
        var tables: [[UInt16]] = []
        for table in walk.latched {
            guard let table else { throw .unsuitable("a component without a scan") }
            tables.append(table)
        }
        self.frame = frame
        scans = walk.scans
        quantisation = tables
        kept = walk.kept
    }
}

/// The walk, and what is in force where it stands.
private struct Walk {
    let reader: ForwardReader
    var frame: JPEGFrame?
    var progress: ScanProgress?
    var scans: [JPEGScan] = []
    var kept: [Range<UInt64>] = []
    var latched: [[UInt16]?] = []

    private var quantisation = [[UInt16]?](repeating: nil, count: 4)
    private var dcTables = [HuffmanTable?](repeating: nil, count: 4)
    private var acTables = [HuffmanTable?](repeating: nil, count: 4)
    private var restartInterval = 0

    private let mayLackEnd: Bool
    private var hasEnded = false

    init(_ reader: ForwardReader, mayLackEnd: Bool) {
        self.reader = reader
        self.mayLackEnd = mayLackEnd
    }

    mutating func run() throws(RestreamError) {
        guard try reader.uint16() == 0xFFD8 else { throw .unsuitable("not a JPEG") }
        while !hasEnded {
            guard try reader.byte() == 0xFF else { throw .damaged("bytes between segments") }
            var marker = try reader.byte()
            while marker == 0xFF { marker = try reader.byte() }
            if marker == 0xD9 { return }
            let start = reader.position - 2
            let length = try reader.uint16() - 2
            guard length >= 0 else { throw .damaged("a segment shorter than its length field") }
            switch marker {
            case 0xE0...0xEF, 0xFE:
                reader.skip(UInt64(length))
                if scans.isEmpty { try keep(start..<reader.position) }
            case 0xDB: try readQuantisation(try reader.bytes(length))
            case 0xC4: try readHuffman(try reader.bytes(length))
            case 0xDD:
                guard length == 2 else { throw .damaged("a restart interval of \(length) bytes") }
                restartInterval = try reader.uint16()
            case 0xC0, 0xC1, 0xC2:
                guard frame == nil else { throw .damaged("two frames") }
                let read = try JPEGFrame(marker: marker, segment: try reader.bytes(length))
                frame = read
                progress = ScanProgress(read)
                latched = read.components.map { _ in nil }
            case 0xDA: try readScan(try reader.bytes(length))
            default: throw .unsuitable("marker \(marker)")
            }
        }
    }

    private mutating func keep(_ range: Range<UInt64>) throws(RestreamError) {
        if let last = kept.last, last.upperBound == range.lowerBound {
            kept[kept.count - 1] = last.lowerBound..<range.upperBound
        } else {
            guard kept.count < JPEGSurvey.mostKept else { throw .unsuitable("too many segments") }
            kept.append(range)
        }
    }

    private mutating func readQuantisation(_ segment: [UInt8]) throws(RestreamError) {
        var rest = segment[...]
        while let head = rest.popFirst() {
            let (isWide, slot) = (head >> 4 == 1, Int(head & 15))
            guard head >> 4 <= 1, slot <= 3, rest.count >= (isWide ? 128 : 64) else {
                throw .damaged("a quantisation table")
            }
            var table: [UInt16] = []
            for _ in 0..<64 {
                var value = UInt16(rest.removeFirst())
                if isWide { value = value << 8 | UInt16(rest.removeFirst()) }
                table.append(value)
            }
            quantisation[slot] = table
        }
    }

    private mutating func readHuffman(_ segment: [UInt8]) throws(RestreamError) {
        var rest = segment[...]
        while let head = rest.popFirst() {
            guard head & 15 <= 3, head >> 4 <= 1, rest.count >= 16 else { throw .damaged("a Huffman table") }
            let counts = Array(rest.prefix(16))
            rest = rest.dropFirst(16)
            let total = counts.reduce(0) { $0 + Int($1) }
            guard total <= 256, rest.count >= total else { throw .damaged("a Huffman table") }
            let table = try HuffmanTable(counts: counts, values: Array(rest.prefix(total)))
            rest = rest.dropFirst(total)
            if head >> 4 == 0 { dcTables[Int(head & 15)] = table } else { acTables[Int(head & 15)] = table }
        }
    }

    private mutating func readScan(_ segment: [UInt8]) throws(RestreamError) {
        guard let frame, var progress else { throw .damaged("a scan before the frame") }
        guard scans.count < JPEGSurvey.mostScans else { throw .unsuitable("more than \(scans.count) scans") }
        let count = Int(segment.first ?? 0)
        guard (1...4).contains(count), segment.count == 4 + 2 * count else { throw .damaged("a scan's header") }
        let (first, last) = (Int(segment[1 + 2 * count]), Int(segment[2 + 2 * count]))
        let (previous, shift) = (Int(segment[3 + 2 * count] >> 4), Int(segment[3 + 2 * count] & 15))

        var members: [(component: Int, tables: UInt8)] = []
        for index in 0..<count {
            let identifier = segment[1 + 2 * index]
            guard let component = frame.components.firstIndex(where: { $0.identifier == identifier }),
                !members.contains(where: { $0.component == component })
            else { throw .damaged("a scan of component \(identifier)") }
            members.append((component, segment[2 + 2 * index]))
            if latched[component] == nil { latched[component] = quantisation[frame.components[component].quantisation] }
            guard latched[component] != nil else { throw .damaged("a scan without quantisation table") }
        }
        let kind = try progress.add(
            components: members.map(\.component), first: first, last: last, previous: previous, shift: shift)
        self.progress = progress
        var tabled: [JPEGScan.Member] = []
        for member in members {
            let needsDC = kind == .sequential || kind == .firstDC
            let needsAC = kind == .sequential || kind == .firstAC || kind == .refinedAC
            tabled.append(
                JPEGScan.Member(
                    component: member.component,
                    dc: needsDC ? try table(member.tables >> 4, of: dcTables, isDC: true) : nil,
                    ac: needsAC ? try table(member.tables & 15, of: acTables, isDC: false) : nil))
        }
        let start = reader.position
        try skipBits()
        scans.append(
            JPEGScan(
                kind: kind, members: tabled, first: first, last: last, shift: shift, restartInterval: restartInterval,
                bits: start..<reader.position))
    }

    private func table(
        _ slot: UInt8, of tables: [HuffmanTable?], isDC: Bool
    ) throws(RestreamError) -> HuffmanTable {
        guard slot <= 3, let table = tables[Int(slot)], !isDC || table.isForDC else {
            throw .unsuitable("a scan without its Huffman table")
        }
        return table
    }

    /// Moves to the marker behind entropy-coded bits, or to the end of the file.
    private mutating func skipBits() throws(RestreamError) {
        do throws(RestreamError) {
            try skipToMarker()
        } catch {
            // Behind the end of the file a read is damage.
            guard mayLackEnd, case .damaged = error else { throw error }
            hasEnded = true
        }
    }

    /// Restart markers and stuffed zeros belong to the bits.
    private func skipToMarker() throws(RestreamError) {
        while true {
            try reader.skip(to: 0xFF)
            let start = reader.position
            var code: UInt8 = 0xFF
            while code == 0xFF { code = try reader.byte() }
            if code == 0 || (0xD0...0xD7).contains(code) { continue }
            reader.moveBack(to: start)
            return
        }
    }
}
