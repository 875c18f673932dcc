import ByteReading

/// The directories of a TIFF file, classic or Big.
struct TIFFFile {
    let order: ByteOrder
    let isBig: Bool

    /// One field of a directory; its values are read only when asked for.
    struct Entry {
        let tag: UInt16
        let type: UInt16
        /// How many values, as the file says: never a size to allocate.
        let count: UInt64
        /// Where the value, or the offset of the values, is.
        fileprivate let valueOffset: UInt64
        fileprivate let file: TIFFFile

        /// The first value as an unsigned integer; nil for text, fractions and no values.
        func value(_ reader: inout ByteReader) throws(ParseFailure) -> UInt64? {
            guard let size, count > 0 else { return nil }
            return try reader.integer(at: try start(&reader), size: size, file.order)
        }

        /// The first value, when it is a number that means anything.
        func number(_ reader: inout ByteReader) throws(ParseFailure) -> Int? {
            guard let value = try value(&reader), value <= UInt32.max else { return nil }
            return Int(value)
        }

        var order: ByteOrder { file.order }

        /// Numbers, where there are as many as that, and they are fractions or floats.
        func fractions(_ reader: inout ByteReader, count: Int) throws(ParseFailure) -> [Double]? {
            guard self.count == UInt64(count), [5, 11].contains(type) else { return nil }
            let start = try start(&reader)
            var numbers: [Double] = []
            for index in 0..<UInt64(count) {
                if type == 11 {
                    let bits = try reader.uint32(at: start.plus(index * 4), file.order)
                    numbers.append(Double(Float(bitPattern: bits)))
                } else {
                    let divisor = try reader.uint32(at: start.plus(index * 8 + 4), file.order)
                    guard divisor > 0 else { return nil }
                    numbers.append(Double(try reader.uint32(at: start.plus(index * 8), file.order)) / Double(divisor))
                }
            }
            return numbers.allSatisfy(\.isFinite) ? numbers : nil
        }

        /// All values, where there are at most as many as that.
        func values(_ reader: inout ByteReader, most: Int) throws(ParseFailure) -> [UInt64]? {
            guard size != nil, count > 0, count <= UInt64(most) else { return nil }
            return try values(&reader, atMost: most)
        }

        /// The first values as unsigned integers; none for text and fractions.
        func values(_ reader: inout ByteReader, atMost limit: Int) throws(ParseFailure) -> [UInt64] {
            guard let size else { return [] }
            let number = Int(min(count, UInt64(limit)))
            let start = try start(&reader)
            var values: [UInt64] = []
            for index in 0..<number {
                values.append(try reader.integer(at: start.plus(UInt64(index * size)), size: size, file.order))
            }
            return values
        }

        /// The first characters, up to a NUL, where all of them can be printed in ASCII; nil for what is no text.
        func text(_ reader: inout ByteReader, atMost limit: Int) throws(ParseFailure) -> String? {
            guard type == 2, count > 0 else { return nil }
            let bytes = try reader.bytes(at: try start(&reader), count: Int(min(count, UInt64(limit))))
            let characters = bytes.prefix { $0 != 0 }
            guard characters.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
            var text = String(decoding: characters, as: UTF8.self)
            while text.hasSuffix(" ") { text.removeLast() }
            return text.isEmpty ? nil : text
        }

        /// Where the values are: in the entry, where they fit into it.
        func start(_ reader: inout ByteReader) throws(ParseFailure) -> UInt64 {
            let (bytes, overflow) = count.multipliedReportingOverflow(by: UInt64(size ?? otherSize))
            guard overflow || bytes > (file.isBig ? 8 : 4) else { return valueOffset }
            return try file.offset(&reader, at: valueOffset)
        }

        /// Bytes of a value that is no integer.
        private var otherSize: Int {
            switch type {
            case 5, 10, 12: 8
            case 11: 4
            default: 1
            }
        }

        /// Bytes of an integer.
        private var size: Int? {
            switch type {
            case 1, 6, 7: 1
            case 3, 8: 2
            case 4, 9, 13: 4
            case 16, 17, 18: 8
            default: nil
            }
        }
    }

    init(_ reader: inout ByteReader) throws(ParseFailure) {
        order = try reader.uint8(at: 0) == 0x49 ? .little : .big
        isBig = try reader.uint16(at: 2, order) == 43
    }

    func firstDirectory(_ reader: inout ByteReader) throws(ParseFailure) -> UInt64 {
        let first = try offset(&reader, at: isBig ? 8 : 4)
        guard first != 0 else { throw .malformed("no directory") }
        return first
    }

    /// Hands over each entry of a directory and returns the offset of the next directory, 0 at the end of the chain.
    func readDirectory(
        _ reader: inout ByteReader, at directory: UInt64,
        _ take: (inout ByteReader, Entry) throws(ParseFailure) -> Void
    ) throws(ParseFailure) -> UInt64 {
        let (count, entries) = try entryCount(&reader, at: directory)
        var offset = entries
        var tags: Set<UInt16> = []
        for _ in 0..<count {
            try reader.step()
            let entry = Entry(
                tag: try reader.uint16(at: offset, order), type: try reader.uint16(at: offset &+ 2, order),
                count: try isBig
                    ? reader.uint64(at: offset &+ 4, order) : UInt64(reader.uint32(at: offset &+ 4, order)),
                valueOffset: offset &+ (isBig ? 12 : 8), file: self)
            do throws(ParseFailure) {
                // Of several fields with one tag libtiff goes by the first.
                if tags.insert(entry.tag).inserted { try take(&reader, entry) }
            } catch .endOfFile {
                // A value behind the end of the file: as if the field were not there.
            }
            offset = try offset.plus(entrySize)
        }
        do throws(ParseFailure) {
            return try self.offset(&reader, at: offset)
        } catch .endOfFile {
            return 0
        }
    }

    /// The chain of directories.
    struct Chain {
        var found = 1
        var isComplete = true
        /// Those that are neither smaller versions nor masks of others; the first one, where all are.
        var pictures: [PagePlace] = []
    }

    /// Follows the chain without looking further into directories than at what kind of picture each is.
    func followDirectories(
        _ reader: inout ByteReader, from second: UInt64, after first: UInt64
    ) throws(ParseFailure) -> Chain {
        var seen: Set<UInt64> = [first]
        var next = second
        var chain = Chain()
        if try isPicture(&reader, at: first) { chain.pictures.append(PagePlace(number: 0, place: first)) }
        func end(isComplete: Bool) -> Chain {
            chain.found = seen.count
            chain.isComplete = isComplete
            if chain.pictures.isEmpty { chain.pictures = [PagePlace(number: 0, place: first)] }
            return chain
        }
        do throws(ParseFailure) {
            while next != 0, !seen.contains(next) {
                try reader.step()
                let (count, entries) = try entryCount(&reader, at: next)
                let (length, overflow) = count.multipliedReportingOverflow(by: entrySize)
                guard count > 0, !overflow else { break }
                let link = try entries.plus(length)
                guard try reader.hasByte(at: link &- 1) else { break }
                if try isPicture(&reader, at: next) {
                    chain.pictures.append(PagePlace(number: seen.count, place: next))
                }
                seen.insert(next)
                next = try offset(&reader, at: link)
            }
        } catch .overLimit {
            return end(isComplete: false)
        } catch .system(let code) {
            throw .system(code)
        } catch {
            // The chain breaks off: the pages before can be read.
        }
        return end(isComplete: true)
    }

    /// Whether NewSubfileType or SubfileType, which come first, say nothing else.
    private func isPicture(_ reader: inout ByteReader, at directory: UInt64) throws(ParseFailure) -> Bool {
        let (count, entries) = try entryCount(&reader, at: directory)
        for index in 0..<min(count, 2) {
            let offset = try entries.plus(index * entrySize)
            let (tag, value) = (try reader.uint16(at: offset, order), offset &+ (isBig ? 12 : 8))
            let isShort = try reader.uint16(at: offset &+ 2, order) == 3
            switch tag {
            // A smaller version of another picture (1), or what is transparent of one (4).
            case 254:
                let kind = try isShort ? UInt32(reader.uint16(at: value, order)) : reader.uint32(at: value, order)
                if kind & 5 != 0 { return false }
            case 255: if try reader.uint16(at: value, order) == 2 { return false }
            default: return true
            }
        }
        return true
    }

    private var entrySize: UInt64 { isBig ? 20 : 12 }

    private func entryCount(
        _ reader: inout ByteReader, at directory: UInt64
    ) throws(ParseFailure) -> (count: UInt64, entries: UInt64) {
        if isBig {
            return (try reader.uint64(at: directory, order), try directory.plus(8))
        }
        return (UInt64(try reader.uint16(at: directory, order)), try directory.plus(2))
    }

    fileprivate func offset(_ reader: inout ByteReader, at position: UInt64) throws(ParseFailure) -> UInt64 {
        try isBig ? reader.uint64(at: position, order) : UInt64(reader.uint32(at: position, order))
    }
}
