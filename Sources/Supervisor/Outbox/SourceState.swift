package import Jobs
package import LinuxIO

// A source as the journal knows it, and a file as the file system shows it.
extension SourceIdentity {
    /// - Parameter status: `trusted`, where its directory's traits are known.
    package init(inbox: String, path: RelativePath, status: FileStatus) {
        self.init(
            inbox: inbox, path: path, size: status.size, mtime: status.mtime, inode: status.inode, ctime: status.ctime)
    }

    /// Whether the file at its path is the one that was seen, untouched since.
    package func isSameState(as status: FileStatus) -> Bool {
        status.isRegular && isSameState(as: SourceIdentity(inbox: inbox, path: path, status: status))
    }

    /// The same, but for permissions, links and names: after a rename.
    package func isSameFile(as status: FileStatus) -> Bool {
        status.isRegular && isSameFile(as: SourceIdentity(inbox: inbox, path: path, status: status))
    }
}
