/// Which names an inbox ignores: temporary files of transfers in progress, and what desktops leave lying
/// about.
///
/// A pattern is a plain name, or has `*` (any bytes, none too) and `?` (one byte). It is held against the last component,
/// byte by byte, of files and directories alike; one that ends in `/` against directories only. What lies in an ignored
/// directory is never looked at.
package struct IgnoreRules: Sendable, Equatable {
    private let everything: [NamePattern]
    private let directories: [NamePattern]

    /// The defaults, and `additional` ones.
    package init(additional: [String] = []) { self.init(patterns: IgnoreRules.defaults + additional) }

    /// These patterns only.
    package init(patterns: [String]) {
        everything = patterns.filter { !$0.hasSuffix("/") }.map { NamePattern(Array($0.utf8)) }
        directories = patterns.filter { $0.hasSuffix("/") }.map { NamePattern(Array($0.utf8.dropLast())) }
    }

    package func ignores(name: [UInt8], isDirectory: Bool) -> Bool {
        name.withUnsafeBufferPointer { ignores(name: $0, isDirectory: isDirectory) }
    }

    func ignores(name: UnsafeBufferPointer<UInt8>, isDirectory: Bool) -> Bool {
        everything.contains { $0.matches(name) } || isDirectory && directories.contains { $0.matches(name) }
    }

    package static let defaults =
        [
            ".*", "*~", "~$*", "*.!sync", ".in.*", "~syncthing~*", "*-chunking-*", "*.ocTransferId*", ".~lock.*", "._*",
            ".DS_Store", "Thumbs.db", "desktop.ini", ".nfs*", ".fuse_hidden*", ".goutputstream-*",
            ".pureftpd-upload.*", ".*.sw?", "4913", "@eaDir/", ".stfolder/", ".stversions/",
        ] + Companions.endings.map { "*" + $0 }
}

/// A pattern, with what makes most of them quick to compare.
private enum NamePattern: Sendable, Equatable {
    case exactly([UInt8])
    case begins([UInt8])
    case ends([UInt8])
    case glob([UInt8])

    init(_ pattern: [UInt8]) {
        let star = UInt8(ascii: "*")
        let wild = pattern.count { $0 == star || $0 == UInt8(ascii: "?") }
        self =
            switch (wild, pattern.first, pattern.last) {
            case (0, _, _): .exactly(pattern)
            case (1, star, _): .ends(Array(pattern.dropFirst()))
            case (1, _, star): .begins(Array(pattern.dropLast()))
            default: .glob(pattern)
            }
    }

    func matches(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        switch self {
        case .exactly(let text): name.count == text.count && name.elementsEqual(text)
        case .begins(let text): name.count >= text.count && name.prefix(text.count).elementsEqual(text)
        case .ends(let text): name.count >= text.count && name.suffix(text.count).elementsEqual(text)
        case .glob(let pattern): globMatches(name, pattern)
        }
    }
}

/// Linear in time but for one star: on a mismatch only the last `*` takes one byte more.
private func globMatches(_ name: UnsafeBufferPointer<UInt8>, _ pattern: [UInt8]) -> Bool {
    var (at, place) = (0, 0)
    var star: (pattern: Int, name: Int)?
    while at < name.count {
        if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
            star = (place, at)
            place += 1
        } else if place < pattern.count, pattern[place] == name[at] || pattern[place] == UInt8(ascii: "?") {
            at += 1
            place += 1
        } else if let last = star {
            star = (last.pattern, last.name + 1)
            at = last.name + 1
            place = last.pattern + 1
        } else {
            return false
        }
    }
    return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
}
