/// One component of an `IgnorePattern`, with what makes most of them quick to compare. Its bytes are the pattern's.
struct NamePattern: Sendable, Equatable {
    enum Kind: UInt8 {
        /// The bytes themselves.
        case exactly
        case begins
        case ends
        /// With stars, question marks, brackets and escapes.
        case glob
        /// `**`
        case anyFolders
    }

    let kind: Kind
    private let start: UInt16
    private let count: UInt16

    /// - Parameter isAnchored: whether it is part of a path, in which `**` means folders.
    init(
        _ text: some BidirectionalCollection<UInt8>, isAnchored: Bool, appendingTo bytes: inout [UInt8]
    ) throws(IgnorePatternFault) {
        let text = Array(text)
        let special = try Self.specials(text)
        let plain: ArraySlice<UInt8>
        if isAnchored, text == [star, star] {
            (kind, plain) = (.anyFolders, [])
        } else if special.wild == 0, !special.hasBrackets {
            (kind, plain) = (.exactly, Self.unescaped(text)[...])
        } else if special.wild == 1, !special.hasBrackets, !special.hasEscapes, text.first == star {
            (kind, plain) = (.ends, text.dropFirst())
        } else if special.wild == 1, !special.hasBrackets, !special.hasEscapes, text.last == star {
            (kind, plain) = (.begins, text.dropLast())
        } else {
            (kind, plain) = (.glob, text[...])
        }
        start = UInt16(clamping: bytes.count)
        count = UInt16(clamping: plain.count)
        bytes += plain
    }

    private static func unescaped(_ text: [UInt8]) -> [UInt8] {
        var (bytes, isEscaped) = ([UInt8](), false)
        for byte in text {
            isEscaped = byte == backslash && !isEscaped
            if !isEscaped { bytes.append(byte) }
        }
        return bytes
    }

    /// Stars and question marks, and whether there are brackets and escapes. Throws where one of them is not finished.
    private static func specials(
        _ text: [UInt8]
    ) throws(IgnorePatternFault) -> (wild: Int, hasBrackets: Bool, hasEscapes: Bool) {
        var found = (wild: 0, hasBrackets: false, hasEscapes: false)
        var at = 0
        while at < text.count {
            switch text[at] {
            case star, question: found.wild += 1
            case backslash:
                if at + 1 == text.count { throw .unfinishedEscape }
                found.hasEscapes = true
                at += 1
            case UInt8(ascii: "["):
                found.hasBrackets = true
                at = try BracketExpression.check(text, at)
                continue
            default: break
            }
            at += 1
        }
        return found
    }

    /// - Parameter bytes: of the whole pattern.
    func matches(_ name: UnsafeBufferPointer<UInt8>, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let text = UnsafeBufferPointer(rebasing: bytes[Int(start)..<Int(start) + Int(count)])
        switch kind {
        case .exactly: return name.count == text.count && name.elementsEqual(text)
        case .begins: return name.count >= text.count && name.prefix(text.count).elementsEqual(text)
        case .ends: return name.count >= text.count && name.suffix(text.count).elementsEqual(text)
        case .glob: return globMatches(name, text)
        case .anyFolders: return true
        }
    }
}

/// Linear in time but for one star: on a mismatch only the last `*` takes one byte more.
private func globMatches(_ name: UnsafeBufferPointer<UInt8>, _ pattern: UnsafeBufferPointer<UInt8>) -> Bool {
    var (at, place) = (0, 0)
    var last: (place: Int, at: Int)?
    while at < name.count {
        if place < pattern.count, pattern[place] == star {
            place += 1
            last = (place, at)
        } else if place < pattern.count, let next = step(pattern, place, name[at]) {
            at += 1
            place = next
        } else if let again = last {
            last = (again.place, again.at + 1)
            at = again.at + 1
            place = again.place
        } else {
            return false
        }
    }
    return pattern[place...].allSatisfy { $0 == star }
}

/// Where the pattern goes on after a byte that matches what stands at `place`; nil where it does not.
private func step(_ pattern: UnsafeBufferPointer<UInt8>, _ place: Int, _ byte: UInt8) -> Int? {
    switch pattern[place] {
    case question: return place + 1
    case backslash: return pattern[place + 1] == byte ? place + 2 : nil
    case UInt8(ascii: "["):
        let (holds, end) = BracketExpression.holds(pattern, place, byte)
        return holds ? end : nil
    case let same: return same == byte ? place + 1 : nil
    }
}

/// `[a-z]`, `[!a]`, `[]x]`, `[[:digit:]]`: read where it stands, once when the pattern is made, so that it is whole, and once a byte.
enum BracketExpression {
    /// Returns where the pattern goes on.
    static func check(_ text: [UInt8], _ start: Int) throws(IgnorePatternFault) -> Int {
        var fault: IgnorePatternFault?
        let end = text.withUnsafeBufferPointer { text in
            read(text, start) { low, high in
                if low > high {
                    fault = .emptyRange(String(decoding: [low, UInt8(ascii: "-"), high], as: UTF8.self))
                }
            } class: { name in
                if classes[String(decoding: name, as: UTF8.self)] == nil {
                    fault = .unknownClass(String(decoding: name, as: UTF8.self))
                }
            }
        }
        guard let end else { throw .unclosedBracket }
        if let fault { throw fault }
        return end
    }

    /// Whether a byte is one of those, and where the pattern goes on.
    static func holds(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ byte: UInt8) -> (Bool, end: Int) {
        var found = false
        let end = read(text, start) { low, high in
            if low...max(low, high) ~= byte { found = true }
        } class: { name in
            if !found, classes[String(decoding: name, as: UTF8.self)]?(byte) == true { found = true }
        }
        return (found != isNegated(text, start), end ?? text.count)
    }

    private static func isNegated(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Bool {
        start + 1 < text.count && (text[start + 1] == UInt8(ascii: "!") || text[start + 1] == UInt8(ascii: "^"))
    }

    /// Nil where it has no end.
    private static func read(
        _ text: UnsafeBufferPointer<UInt8>, _ start: Int, range: (UInt8, UInt8) -> Void,
        class named: (Slice<UnsafeBufferPointer<UInt8>>) -> Void
    ) -> Int? {
        var at = start + (isNegated(text, start) ? 2 : 1)
        let first = at
        while at < text.count {
            if text[at] == UInt8(ascii: "]"), at > first { return at + 1 }
            if text[at] == UInt8(ascii: "["), at + 1 < text.count, text[at + 1] == UInt8(ascii: ":") {
                guard let end = text[(at + 2)...].firstIndex(of: UInt8(ascii: ":")), end + 1 < text.count,
                    text[end + 1] == UInt8(ascii: "]")
                else { return nil }
                named(text[(at + 2)..<end])
                at = end + 2
                continue
            }
            guard let low = one(text, &at) else { return nil }
            // A minus before the end is one of the bytes.
            if at + 1 < text.count, text[at] == UInt8(ascii: "-"), text[at + 1] != UInt8(ascii: "]") {
                at += 1
                guard let high = one(text, &at) else { return nil }
                range(low, high)
            } else {
                range(low, low)
            }
        }
        return nil
    }

    private static func one(_ text: UnsafeBufferPointer<UInt8>, _ at: inout Int) -> UInt8? {
        if text[at] == backslash { at += 1 }
        guard at < text.count else { return nil }
        defer { at += 1 }
        return text[at]
    }

    /// Of ASCII, as in the C locale.
    private static let classes: [String: @Sendable (UInt8) -> Bool] = [
        "alnum": { isLetter($0) || isDigit($0) }, "alpha": isLetter, "blank": { $0 == 0x20 || $0 == 0x09 },
        "cntrl": { $0 < 0x20 || $0 == 0x7F }, "digit": isDigit, "graph": { 0x21...0x7E ~= $0 },
        "lower": { 0x61...0x7A ~= $0 }, "print": { 0x20...0x7E ~= $0 },
        "punct": { 0x21...0x7E ~= $0 && !isLetter($0) && !isDigit($0) },
        "space": { $0 == 0x20 || 0x09...0x0D ~= $0 }, "upper": { 0x41...0x5A ~= $0 },
        "xdigit": { isDigit($0) || 0x41...0x46 ~= $0 || 0x61...0x66 ~= $0 },
    ]

    @Sendable private static func isLetter(_ byte: UInt8) -> Bool { 0x41...0x5A ~= byte || 0x61...0x7A ~= byte }
    @Sendable private static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }
}

private let star = UInt8(ascii: "*")
private let question = UInt8(ascii: "?")
private let backslash = UInt8(ascii: "\\")
