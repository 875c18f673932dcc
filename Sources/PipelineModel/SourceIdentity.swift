/// A source as the file system showed it: which file, and in which state.
package struct SourceIdentity: Sendable, Hashable, Codable {
    /// The inbox's name in the configuration.
    package var inbox: String
    package var path: RelativePath
    /// Bytes.
    package var size: Int64
    /// Nanoseconds since 1970.
    package var mtime: Int64
    package var inode: UInt64

    package init(inbox: String, path: RelativePath, size: Int64, mtime: Int64, inode: UInt64) {
        self.inbox = inbox
        self.path = path
        self.size = size
        self.mtime = mtime
        self.inode = inode
    }
}
