import Glibc
package import Jobs
package import LinuxIO
import Synchronization
import Text

/// Where permanently failed sources go, each with a `NAME.error.json` that says why and what to do.
package struct Quarantine: Sendable {
    package let root: Directory
    private let content: Content

    package init(root: Directory) {
        self.root = root
        content = Content(root)
    }

    /// Whether there may be anything in it: hardly any job has failed before.
    private final class Content: Sendable {
        private let mayBe: Atomic<Bool>

        init(_ root: Directory) {
            struct Found: Error {}
            // What cannot be listed may hold anything.
            let isEmpty = (try? root.forEachEntry { _, _ in throw Found() }) != nil
            mayBe = Atomic(!isEmpty)
        }

        var isNone: Bool { !mayBe.load(ordering: .acquiring) }

        func comes() { mayBe.store(true, ordering: .releasing) }
    }

    /// Whether nothing has ever failed here, for certain.
    package var isEmpty: Bool { content.isNone }

    /// Writes the error file; the source itself is moved by `SourceDisposal`. Replaces what an earlier failure of the
    /// same source left, and nothing else: a source may be called `NAME.error.json` itself.
    /// - Parameter path: where the source lies (or will lie) in the quarantine.
    package func write(_ error: ErrorFile, for path: RelativePath) throws {
        _ = try write(error, for: path, durably: true)
    }

    /// The same of many: all are written before the first is synced, so that they share the file system's commits.
    package func write(_ errors: [(error: ErrorFile, path: RelativePath)]) throws {
        var directories: [[UInt8]: Directory] = [:]
        var written: [(directory: Directory, name: [UInt8])] = []
        for (error, path) in errors {
            let (directory, name) = try write(error, for: path, durably: false)
            directories[path.parent?.bytes ?? []] = directory
            written.append((directory, name))
        }
        for (directory, name) in written {
            try directory.openFile(name).sync(subject: "\(directory.path)/\(escaped(name))")
        }
        for directory in directories.values { try directory.sync() }
    }

    private func write(
        _ error: ErrorFile, for path: RelativePath, durably: Bool
    ) throws -> (directory: Directory, name: [UInt8]) {
        content.comes()
        let (directory, _) = try openFolder(path.parent, below: root)
        for name in Self.errorNames(path.name, atMost: 17) where try mayWrite(error, at: name, in: directory) {
            let bytes = try SidecarFile.encode(error)
            if durably {
                try writeDurably(bytes, to: directory, name: name, replacing: true)
            } else {
                try writeWhole(bytes, to: directory, name: name)
            }
            return (directory, name)
        }
        throw SystemCallError("create", "\(path).error.json", errno: EEXIST)
    }

    private func mayWrite(_ error: ErrorFile, at name: [UInt8], in directory: Directory) throws -> Bool {
        guard try directory.stat(name) != nil else { return true }
        guard let there = readErrorFile(name, in: directory) else { return false }
        return try there.source == error.source && there.inbox == error.inbox && !isSource(name, there, in: directory)
    }

    /// Whether what reads like an error file is a source: one that was dropped into an inbox and failed as a picture. It
    /// has an error file itself. (Where sources stay in their place, none lies here.)
    private func isSource(_ name: [UInt8], _ content: ErrorFile, in directory: Directory) throws -> Bool {
        guard content.inbox != nil else { return false }
        let path = RelativePath(bytes: name)
        return try Self.errorNames(path?.name ?? name).contains { reason in
            try directory.stat(path?.sibling(reason)?.bytes ?? reason) != nil
        }
    }

    /// After the source has been done: removes the error file of an earlier failure, where the file that failed does not
    /// lie beside it still; files of that name that failed before and do lie here are put out of the way, below
    /// `superseded`. Gone already is fine.
    /// - Parameter path: where the source would lie in the quarantine, if nothing had been in its way.
    package func clear(_ path: RelativePath) throws {
        if content.isNone { return }
        for folder in try folders(path.parent) {
            try setAsidePredecessors(of: path, in: folder)
            for name in Self.errorNames(path.name) {
                let file = folder + name
                // What a crash has left of one that was being written.
                let draft = folder + draftName(of: name)
                if try root.stat(draft)?.isRegular == true { try root.unlink(draft) }
                guard try root.stat(file) != nil, try root.stat(folder + path.name) == nil,
                    let error = readErrorFile(file, in: root), isAbout(path, error),
                    try !isSource(file, error, in: root)
                else { continue }
                try root.unlink(file)
            }
        }
    }

    /// The quarantine's paths begin with the inbox's folder, where it has one.
    func isAbout(_ path: RelativePath, _ error: ErrorFile) -> Bool {
        path.text == error.source || path.text.hasSuffix("/\(error.source)")
    }

    /// The folders that `openFolder` may have made for this one, those that are there; each ends with a slash. By paths
    /// from the root, without holding a descriptor a level: trees may be deeper than the table of descriptors.
    private func folders(_ path: RelativePath?) throws -> [[UInt8]] {
        var found: [[UInt8]] = [[]]
        for component in path?.components ?? [] {
            var next: [[UInt8]] = []
            for parent in found {
                for attempt in 1...9999 {
                    let name = parent + folderName(component, attempt)
                    // Only what has a file in its way has a number; that file may be gone again.
                    guard let status = try root.stat(name) else {
                        if attempt == 1 { continue } else { break }
                    }
                    if status.isDirectory { next.append(name + [UInt8(ascii: "/")]) }
                }
            }
            if next.isEmpty { return [] }
            found = next
        }
        return found
    }

    /// What an error file may be called, best first: `NAME.error.json`; where that is too long or is something else
    /// already, cut, with eight digits of the whole name's hash, so that no two names share one.
    static func errorNames(_ name: [UInt8], atMost count: Int = 3) -> LazyMapSequence<Range<Int>, [UInt8]> {
        let ending = Array(".error.json".utf8)
        let fits = name.count + ending.count <= OutputNames.longestName
        // Most need the first alone, and it needs no hash.
        return (0..<count).lazy.map { index in
            if fits, index == 0 { return name + ending }
            let attempt = fits ? index : index + 1
            let hash = Array("~\(sha256(attempt == 1 ? name : name + [0, UInt8(attempt)]).prefix(8))".utf8)
            return wholeCharacters(name, atMost: OutputNames.longestName - ending.count - hash.count) + hash + ending
        }
    }

    /// The error file of that name below `directory`; nil where it is something else, or cannot be read.
    func readErrorFile(_ name: [UInt8], in directory: Directory) -> ErrorFile? {
        // No error file is nearly as long; a source may be.
        guard let status = try? directory.stat(name), status.isRegular, status.size < 1 << 20,
            let file = try? directory.openFile(name)
        else { return nil }
        var bytes: [UInt8] = []
        guard (try? file.forEachPiece(subject: "error file") { bytes += $0 }) != nil else { return nil }
        return try? SidecarFile.decodeError(bytes)
    }
}

/// The beginning of a name, cut between two characters where it is UTF-8.
private func wholeCharacters(_ name: [UInt8], atMost count: Int) -> [UInt8] {
    guard name.count > count else { return name }
    var cut = Array(name.prefix(count))
    guard String(validating: name, as: UTF8.self) != nil else { return cut }
    while !cut.isEmpty, String(validating: cut, as: UTF8.self) == nil { cut.removeLast() }
    return cut
}
