/// Which names an inbox passes over: what programs write while a transfer is under way, and what desktops leave lying
/// about.
///
/// A pattern is a plain name, or has `*` (any bytes, none too) and `?` (one byte). It is held against the last component,
/// byte by byte, of files and directories alike; one that ends in `/` against directories only. What lies in an ignored
/// directory is never looked at.
package struct IgnoreRules: Sendable, Equatable {
    private let everything: [[UInt8]]
    private let directories: [[UInt8]]

    /// The defaults, and `additional` ones.
    package init(additional: [String] = []) { self.init(patterns: IgnoreRules.defaults + additional) }

    /// These patterns only.
    package init(patterns: [String]) {
        everything = patterns.filter { !$0.hasSuffix("/") }.map { Array($0.utf8) }
        directories = patterns.filter { $0.hasSuffix("/") }.map { Array($0.utf8.dropLast()) }
    }

    package func ignores(name: [UInt8], isDirectory: Bool) -> Bool {
        everything.contains { matches(name, $0) } || isDirectory && directories.contains { matches(name, $0) }
    }

    package static let defaults = [
        ".*", "*~", "~$*", "*.tmp", "*.part", "*.partial", "*.filepart", "*.crdownload", "*.download", "*.opdownload",
        "*.aria2", "*.!sync", "*.!qB", ".in.*", "~syncthing~*", "*-chunking-*", "*.ocTransferId*", ".~lock.*", "._*",
        ".DS_Store", "Thumbs.db", "desktop.ini", ".nfs*", ".fuse_hidden*", ".goutputstream-*", ".pureftpd-upload.*",
        ".*.sw?", "@eaDir/", ".stfolder/", ".stversions/",
    ]
}

/// Linear in time but for one star: on a mismatch only the last `*` takes one byte more.
private func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
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
