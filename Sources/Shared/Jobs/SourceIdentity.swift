/// A source as the file system showed it: which file, and in which state.
package struct SourceIdentity: Sendable, Hashable, Codable {
    /// The inbox's name in the configuration.
    package var inbox: String
    package var path: RelativePath
    /// Bytes.
    package var size: Int64
    /// Nanoseconds since 1970.
    package var mtime: Int64
    /// 0: unknown, or of a file system whose numbers say nothing.
    package var inode: UInt64
    /// Nanoseconds since 1970 of the last change of content, permissions, links or name; cannot be set by users. 0:
    /// unknown, or of a file system whose times say nothing.
    package var ctime: Int64

    package init(inbox: String, path: RelativePath, size: Int64, mtime: Int64, inode: UInt64, ctime: Int64 = 0) {
        self.inbox = inbox
        self.path = path
        self.size = size
        self.mtime = mtime
        self.inode = inode
        self.ctime = ctime
    }

    /// `mtime` in seconds and what is left of it, which is 0…999,999,999.
    package var changed: (seconds: Int64, nanoseconds: Int64) {
        let (whole, rest) = mtime.quotientAndRemainder(dividingBy: 1_000_000_000)
        return rest < 0 ? (whole - 1, rest + 1_000_000_000) : (whole, rest)
    }

    /// Whether both are the same file in the same state. What either does not know is left out.
    package func isSameState(as other: SourceIdentity) -> Bool {
        isSameFile(as: other) && (ctime == other.ctime || ctime == 0 || other.ctime == 0)
    }

    /// The same, but for permissions, links and names: a rename changes the ctime of most file systems.
    package func isSameFile(as other: SourceIdentity) -> Bool {
        inbox == other.inbox && path == other.path && size == other.size && mtime == other.mtime
            && (inode == other.inode || inode == 0 || other.inode == 0)
    }
}
