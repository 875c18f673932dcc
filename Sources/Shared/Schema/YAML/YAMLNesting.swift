/// Bounds a text's size and nesting before Yams parses it: Yams recurses for every level, and compares keys
/// with all that aliases put into them.
///
/// Nothing is known of quotes here, and of blocks of text: a parser with rules of its own can be tricked into
/// overlooking what Yams finds. So their contents count too, and the bounds are far above what people write.
package struct YAMLNesting {
    /// Brackets that are opened anywhere: as many levels at most. Each takes Yams a kilobyte or two of the stack.
    private static let mostBrackets = 2000
    /// Columns that blocks begin at within each other.
    private static let mostBlocks = 100

    package enum Fault {
        case tooManyBrackets
        case tooDeep(Place)
    }

    /// Of each block around the place, outermost first: the column that it begins at.
    private var columns: [Int] = []
    private var place = Place.start
    private var isLineStart = true

    /// - Returns: nil where the text is nested no deeper than is safe.
    package static func fault(in yaml: String) -> Fault? {
        if yaml.utf8.count(where: { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }) > mostBrackets {
            return .tooManyBrackets
        }
        var nesting = YAMLNesting()
        var scalars = yaml.unicodeScalars.makeIterator()
        var next = scalars.next()
        while let scalar = next {
            next = scalars.next()
            nesting.take(scalar, before: next)
            if nesting.columns.count > mostBlocks { return .tooDeep(nesting.place) }
        }
        return nil
    }

    /// `- - ? a:` opens a list, a list in it, a map in that, and one in its key: all blocks of a line begin before its
    /// first other character, and a block within another further to the right, but for a list right below its key.
    private mutating func take(_ scalar: Unicode.Scalar, before next: Unicode.Scalar?) {
        if Self.isLineBreak(scalar) {
            place = Place(line: place.line + 1, column: 1)
            isLineStart = true
            return
        }
        // A byte order mark has no width.
        if scalar == "\u{FEFF}" { return }
        if isLineStart, scalar != " ", scalar != "\t" {
            columns.removeLast(columns.count - (columns.firstIndex { $0 >= place.column } ?? columns.count))
            columns.append(place.column)
            let isIndicator = scalar == "-" || scalar == "?" || scalar == ":"
            isLineStart = isIndicator && (next == " " || next == "\t")
        }
        place.column += 1
    }

    /// As YAML 1.1 has them.
    private static func isLineBreak(_ scalar: Unicode.Scalar) -> Bool {
        ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar)
    }

    /// Aliases, and what looks like one: none where no value has a name.
    package static func aliases(in yaml: String) -> Int {
        var (aliases, anchors) = (0, 0)
        var (before, previous) = (UInt8(ascii: "\n"), UInt8(ascii: "\n"))
        // The byte in the middle is looked at, by its neighbours.
        for byte in yaml.utf8 {
            if isName(byte) {
                if previous == UInt8(ascii: "&") { anchors += 1 }
                if previous == UInt8(ascii: "*"), !isName(before), before != previous { aliases += 1 }
            }
            (before, previous) = (previous, byte)
        }
        return anchors == 0 ? 0 : aliases
    }

    /// What names of values are made of.
    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
