import LinuxIO

/// A watched directory, by the directory that holds it: whole paths would be the square of a tree's depth.
struct WatchedPlace {
    /// The holding directory's watch; 0 at the inbox' root.
    private let holder: Int32
    private let inboxNumber: Int32
    let name: [UInt8]
    /// Of inbox and path.
    let key: Int
    /// Hash of device and inode.
    private let identity: Int

    init(inbox: Int, parent: Int32?, name: [UInt8], key: Int, _ status: FileStatus) {
        (holder, inboxNumber) = (parent ?? 0, Int32(truncatingIfNeeded: inbox))
        (self.name, self.key, identity) = (name, key, Self.identity(status))
    }

    var inbox: Int { Int(inboxNumber) }
    /// Nil at the inbox' root.
    var parent: Int32? { holder == 0 ? nil : holder }

    func isOf(_ status: FileStatus) -> Bool { identity == Self.identity(status) }

    private static func identity(_ status: FileStatus) -> Int {
        var hasher = Hasher()
        hasher.combine(status.device)
        hasher.combine(status.inode)
        return hasher.finalize()
    }
}
