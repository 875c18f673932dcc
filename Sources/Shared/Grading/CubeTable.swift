/// A lookup table for colours: a .cube file, as DaVinci Resolve and Adobe's applications write them.
///
/// One of one dimension has a curve for each channel; one of three dimensions a colour for each of `size` x `size` x `size`,
/// red changing fastest.
package struct CubeTable: Sendable, Equatable {
    package enum Dimensions: Int, Sendable {
        case one = 1
        case three = 3
    }
    package var dimensions: Dimensions
    /// Entries along an axis, at least 2.
    package var size: Int
    /// What the first and the last entry stand for, of red, green and blue; usually 0 and 1.
    package var low: [Double]
    package var high: [Double]
    package var title: String?
    /// Red, green and blue of each entry; 1 is white. Some may lie beyond 0 and 1.
    package var values: [Float]

    package static let sizes1D = 2...65_536
    package static let sizes3D = 2...65
    /// Bytes of a file: 65 x 65 x 65 lines of three long numbers.
    package static let longest: UInt64 = 32 << 20

    /// Entries of a table of this kind.
    package static func count(_ dimensions: Dimensions, _ size: Int) -> Int {
        dimensions == .one ? size : size * size * size
    }

    /// - Throws: `CubeFault` where the bytes are no such table, or not all of one.
    package init(_ bytes: [UInt8]) throws(CubeFault) {
        var reader = CubeReader(CubeText(bytes))
        self = try reader.read()
    }

    fileprivate init(_ dimensions: Dimensions, _ size: Int, _ values: [Float]) {
        (self.dimensions, self.size, low, high, self.values) = (dimensions, size, [0, 0, 0], [1, 1, 1], values)
    }
}

/// What is wrong with a .cube file, and where.
package struct CubeFault: Error, Equatable, CustomStringConvertible {
    /// From 1.
    package let line: Int
    package let message: String

    package var description: String { "line \(line): \(message)" }
}

private struct CubeReader {
    private var text: CubeText
    private var size: (dimensions: CubeTable.Dimensions, size: Int)?
    private var values: [Float] = []
    /// As many as the size says.
    private var wanted = 0
    /// Of `low` and `high`, and the line that they were told in.
    private var domain = (low: [0.0, 0, 0], high: [1.0, 1, 1], line: 0)
    private var title: String?
    private var given: Set<String> = []
    /// Numbers of one, red first.
    private var entry = [0.0, 0, 0]

    init(_ text: CubeText) { self.text = text }

    mutating func read() throws(CubeFault) -> CubeTable {
        while !text.isAtEnd {
            // Comments begin with a #.
            if let word = text.word(), !text.isComment(word) {
                if text.beginsNumber(word) {
                    try takeEntry(word)
                } else {
                    try takeKeyword(text.string(word))
                }
            }
            text.nextLine()
        }
        guard let size else { throw fault("ends without LUT_3D_SIZE or LUT_1D_SIZE") }
        guard values.count == wanted else {
            throw fault("ends after \(values.count / 3) entries; its size says \(wanted / 3)")
        }
        var table = CubeTable(size.dimensions, size.size, values)
        (table.low, table.high, table.title) = (domain.low, domain.high, title)
        return table
    }

    private func fault(_ message: String, line: Int? = nil) -> CubeFault {
        CubeFault(line: line ?? text.line, message: message)
    }

    private mutating func takeKeyword(_ keyword: String) throws(CubeFault) {
        guard values.isEmpty else {
            throw fault("'\(keyword)' after the first entry: expected three numbers")
        }
        switch keyword {
        case "TITLE": title = text.rest()
        case "LUT_1D_SIZE": try takeSize(.one, CubeTable.sizes1D, keyword)
        case "LUT_3D_SIZE": try takeSize(.three, CubeTable.sizes3D, keyword)
        case "DOMAIN_MIN": domain.low = try numbers(3, of: keyword)
        case "DOMAIN_MAX": domain.high = try numbers(3, of: keyword)
        case "LUT_1D_INPUT_RANGE", "LUT_3D_INPUT_RANGE":
            let range = try numbers(2, of: keyword)
            domain.low = [range[0], range[0], range[0]]
            domain.high = [range[1], range[1], range[1]]
        default:
            throw fault("'\(keyword)' is no keyword of a .cube file; expected LUT_3D_SIZE, or three numbers")
        }
        if keyword.hasPrefix("DOMAIN_") || keyword.hasSuffix("_RANGE") { domain.line = text.line }
        guard given.insert(keyword).inserted else { throw fault("\(keyword) for the second time") }
    }

    private mutating func takeSize(
        _ dimensions: CubeTable.Dimensions, _ sizes: ClosedRange<Int>, _ keyword: String
    ) throws(CubeFault) {
        guard self.size == nil else {
            throw fault("a second size; a file holds one table, of one dimension or of three")
        }
        guard let size = Int(exactly: try numbers(1, of: keyword)[0]), sizes.contains(size) else {
            throw fault("\(keyword) has to be a whole number from \(sizes.lowerBound) to \(sizes.upperBound)")
        }
        self.size = (dimensions, size)
        wanted = 3 * CubeTable.count(dimensions, size)
        values.reserveCapacity(wanted)
    }

    private mutating func takeEntry(_ first: Range<Int>) throws(CubeFault) {
        guard size != nil else { throw fault("an entry before LUT_3D_SIZE or LUT_1D_SIZE") }
        if values.isEmpty {
            for channel in 0..<3 where domain.low[channel] >= domain.high[channel] {
                throw fault(
                    "the domain ends at \(domain.high[channel]) and begins at \(domain.low[channel])", line: domain.line
                )
            }
        }
        guard values.count < wanted else { throw fault("more than the \(wanted / 3) entries that its size says") }
        var word: Range<Int>? = first
        for channel in 0..<3 {
            guard let number = word.flatMap(text.number), number.magnitude <= CubeText.largest else {
                throw fault("an entry has to be three numbers: red, green and blue")
            }
            entry[channel] = number
            word = text.word()
        }
        guard word == nil else { throw fault("an entry has to be three numbers: red, green and blue") }
        for number in entry { values.append(Float(number)) }
    }

    /// The rest of the line.
    private mutating func numbers(_ count: Int, of keyword: String) throws(CubeFault) -> [Double] {
        var numbers: [Double] = []
        while let word = text.word() {
            guard numbers.count < count, let number = text.number(word), number.magnitude <= CubeText.largest else {
                numbers = []
                break
            }
            numbers.append(number)
        }
        guard numbers.count == count else {
            throw fault("\(keyword) needs \(count == 1 ? "a number" : "\(count) numbers") behind it")
        }
        return numbers
    }
}
