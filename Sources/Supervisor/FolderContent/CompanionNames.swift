package import Jobs

// What belongs to a picture, by the names alone: of what an editor, a phone or an export lays beside it.
extension OtherContent {
    /// Whether a file belongs to a picture beside it: a Live Photo's video, what an editor or an export says of it, its
    /// thumbnail, a note of sound, the other one of raw and picture.
    /// - Parameters: the last components of their paths.
    package static func isCompanion(_ name: [UInt8], of picture: [UInt8], pairs: PairsRule = .jpeg) -> Bool {
        guard let ending = ending(of: name), name != picture else { return false }
        if ending == "json" { return endsAsPicture(picture) && isExport(name, of: picture) }
        if name.starts(with: picture + [dot]) { return endsAsPicture(picture) && besideWholeName.contains(ending) }
        guard stem(name) == stem(picture) else { return false }
        return besideStem.contains(ending) || mayStandAside(name, pairs) && isPartner(picture, pairs)
    }

    /// Whether Google's export, or another, says so: `IMG_1.HEIC.json`, `IMG_1.HEIC.supplemental-metadata.json`.
    private static func isExport(_ name: [UInt8], of picture: [UInt8]) -> Bool {
        if exports(of: picture).contains(name) { return true }
        // `IMG_1.jpg.supplemental-metadata(1).json` is of `IMG_1(1).jpg`.
        return name.starts(with: picture + [dot]) && number(of: name.dropLast(5)) == nil
    }

    // MARK: What may tell date, place and description

    /// The names under which they may stand, the best first: an editor's, then those of exports.
    package static func describers(of picture: [UInt8]) -> [[UInt8]] {
        guard endsAsPicture(picture) else { return [] }
        let heads = [picture, Array(stem(picture))]
        return heads.flatMap { head in [".xmp", ".XMP"].map { head + Array($0.utf8) } } + exports(of: picture)
    }

    /// Google's names: 46 characters and `.json`, and a number that goes behind all else.
    private static func exports(of picture: [UInt8]) -> [[UInt8]] {
        let stem = stem(picture)
        let number = number(of: stem) ?? []
        let plain = stem.dropLast(number.count) + picture[stem.endIndex...]
        var names: [[UInt8]] = []
        for (head, number) in [(picture[...], []), (plain[...], Array(number))] {
            for more in [".supplemental-metadata", ""] {
                let name = shortened(Array(head) + Array(more.utf8)) + number + Array(".json".utf8)
                if !names.contains(name), name != picture { names.append(name) }
            }
            if number.isEmpty, head.elementsEqual(plain) { break }
        }
        return names
    }

    /// `(1)` at the end of a name without its ending; nil where there is none.
    private static func number(of stem: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard stem.last == UInt8(ascii: ")"), let start = stem.lastIndex(of: UInt8(ascii: "(")), start > stem.startIndex
        else { return nil }
        let digits = stem[(start + 1)...].dropLast()
        return (1...6).contains(digits.count) && digits.allSatisfy { (0x30...0x39).contains($0) } ? stem[start...] : nil
    }

    private static func shortened(_ name: [UInt8]) -> [UInt8] {
        guard let text = String(validating: name, as: UTF8.self), text.utf16.count > longestExported else {
            return name
        }
        var end = text.utf16.index(text.startIndex, offsetBy: longestExported)
        while String.Index(end, within: text.unicodeScalars) == nil { end = text.utf16.index(before: end) }
        return Array(text[..<end].utf8)
    }

    private static let longestExported = 46

    // MARK: What settles together

    /// What the names of a picture and of its companions have in common, for a first look.
    package static func family(of name: [UInt8]) -> ArraySlice<UInt8> {
        let end = name.dropFirst().firstIndex(of: dot) ?? name.endIndex
        let head = name[..<end].prefix(40)
        return head.dropLast(number(of: head)?.count ?? 0)
    }

    /// The names that files have which belong to a picture, besides its partner.
    package static func companions(of picture: [UInt8]) -> [[UInt8]] {
        guard endsAsPicture(picture) else { return [] }
        func names(_ head: some Sequence<UInt8>, _ endings: Set<String>) -> [[UInt8]] {
            endings.flatMap { [$0, $0.uppercased()] }.map { Array(head) + [dot] + Array($0.utf8) }
        }
        return names(stem(picture), besideStem) + names(picture, besideWholeName) + exports(of: picture)
    }

    static func stem(_ name: [UInt8]) -> ArraySlice<UInt8> { name[..<(name.lastIndex(of: dot) ?? name.endIndex)] }

    private static var dot: UInt8 { UInt8(ascii: ".") }
}
