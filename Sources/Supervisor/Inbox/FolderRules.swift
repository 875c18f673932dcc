import Glibc
import Jobs
import LinuxIO
import Text

/// The patterns that hold in a directory, of its own `.sluiceignore` and of those above it.
final class FolderRules: Sendable {
    static let file = Array(".sluiceignore".utf8)
    /// Bytes of one file, and of the patterns that hold in one directory together.
    static let mostBytes = 64 << 10

    let patterns: [IgnorePattern]
    /// Of paths from the root, where those from this directory begin.
    let base: Int
    let outer: FolderRules?
    /// Of all patterns up to the root.
    private let count: Int
    private let bytes: Int

    private init(_ patterns: [IgnorePattern], base: Int, outer: FolderRules?) {
        (self.patterns, self.base, self.outer) = (patterns, base, outer)
        count = patterns.count + (outer?.count ?? 0)
        bytes = patterns.reduce(outer?.bytes ?? 0) { $0 + $1.text.count }
    }

    /// Reads a directory's own file, and adds it to what holds there anyway.
    /// - Parameters:
    ///   - folder: the directory's path from the root; empty for the root.
    ///   - notice: called with what of the file does not hold, and why.
    static func read(
        in directory: Directory, _ folder: [UInt8], outer: FolderRules?, notice: (ScanNotice) -> Void
    ) -> FolderRules? {
        guard let path = RelativePath(parent: folder, name: file) else { return outer }
        do {
            guard let status = try directory.stat(file) else { return outer }
            guard status.isRegular else {
                notice(.ignoreFile(path, "is not a regular file: it does not hold"))
                return outer
            }
            let text = try text(of: directory.openFile(file), path.text)
            let patterns = patterns(of: text, outer) { notice(.ignoreFile(path, $0)) }
            let base = folder.isEmpty ? 0 : folder.count + 1
            return patterns.isEmpty ? outer : FolderRules(patterns, base: base, outer: outer)
        } catch {
            notice(.ignoreFile(path, "cannot be read, and does not hold: \(error)"))
            return outer
        }
    }

    /// The root, and all folders down to this one; one at a time, as all of them would be the square of the depth.
    static func prefixes(of folder: [UInt8]) -> some Sequence<[UInt8]> {
        let slashes = folder.indices.filter { folder[$0] == UInt8(ascii: "/") }
        return ([0] + slashes + (folder.isEmpty ? [] : [folder.count])).lazy.map { Array(folder[..<$0]) }
    }

    /// One byte more than holds, at most.
    private static func text(of file: Descriptor, _ shown: String) throws -> [UInt8] {
        struct Enough: Error {}
        var text: [UInt8] = []
        do {
            try file.forEachPiece(subject: shown) { piece in
                text += piece.prefix(mostBytes + 1 - text.count)
                if text.count > mostBytes { throw Enough() }
            }
        } catch is Enough {}
        return text
    }

    private static func patterns(of text: [UInt8], _ outer: FolderRules?, _ notice: (String) -> Void) -> [IgnorePattern]
    {
        var patterns: [IgnorePattern] = []
        var bytes = outer?.bytes ?? 0
        var (number, faults) = (0, 0)
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        var rest = text.starts(with: byteOrderMark) ? text.dropFirst(3) : text[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n"))
            if end == nil, text.count > mostBytes {
                notice("has more than \(mostBytes >> 10) KiB: what comes after line \(number) does not hold")
                break
            }
            let line = rest[..<(end ?? rest.endIndex)]
            rest = rest[(end.map { $0 + 1 } ?? rest.endIndex)...]
            number += 1
            do {
                guard let pattern = try IgnorePattern(line: line) else { continue }
                bytes += pattern.text.count
                if patterns.count + (outer?.count ?? 0) == IgnorePattern.mostPatterns || bytes > mostBytes {
                    notice(
                        "does not hold from line \(number) on: with the folders above it has more than "
                            + "\(IgnorePattern.mostPatterns) patterns or \(mostBytes >> 10) KiB of them")
                    break
                }
                patterns.append(pattern)
            } catch {
                faults += 1
                if faults > mostFaults { continue }
                notice("line \(number): \(quoted(String(decoding: line, as: UTF8.self))) \(error)")
            }
        }
        if faults > mostFaults { notice("has \(counted(faults - mostFaults, "more line")) without a pattern") }
        return patterns
    }

    /// Lines of one file that are told one by one.
    private static let mostFaults = 5
}

/// What a run over a directory leaves, `.sluice` with a journal, and which is never a source.
enum OutboxMark {
    static let name = Array(".sluice".utf8)

    /// Whether the state below a directory is that of an outbox.
    static func isIn(_ directory: Directory) -> Bool {
        [".sluice/journal.sqlite", ".sluice/division"].contains { path in
            (try? directory.stat(Array(path.utf8)))?.isRegular == true
        }
    }
}
