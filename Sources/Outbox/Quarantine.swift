package import LinuxIO
package import PipelineModel

/// Where sources go that failed for good, each with a `NAME.error.json` that says why and what to do.
package struct Quarantine: Sendable {
    package let root: Directory

    package init(root: Directory) { self.root = root }

    /// Writes the error file; the source itself is moved by `SourceDisposal`.
    /// - Parameter path: where the source lies (or will lie) in the quarantine.
    package func write(_ error: ErrorFile, for path: RelativePath) throws {
        let (directory, _) = try openFolder(path.parent, below: root)
        try writeDurably(SidecarFile.encode(error), to: directory, name: Self.errorName(path), replacing: true)
    }

    /// Removes the error file of an earlier failure, after the source has been done; not where the file that failed lies
    /// beside it still. Gone already is fine.
    package func clear(_ path: RelativePath) throws {
        let name = Self.errorName(path)
        guard let file = path.sibling(name), try root.stat(file.bytes) != nil, try root.stat(path.bytes) == nil else {
            return
        }
        try root.unlink(file.bytes)
    }

    /// `NAME.error.json`; a name too long for it is cut, and told from others that begin alike by a digest of all of it.
    static func errorName(_ path: RelativePath) -> [UInt8] {
        let ending = Array(".error.json".utf8)
        if path.name.count + ending.count <= OutputNames.longestName { return path.name + ending }
        let digest = Array("~\(sha256(path.name).prefix(8))".utf8)
        return path.name.prefix(OutputNames.longestName - digest.count - ending.count) + digest + ending
    }
}
