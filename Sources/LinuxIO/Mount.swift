/// A file system where it is mounted (proc(5), mountinfo).
package struct Mount: Sendable, Equatable {
    package var point: String
    /// `ext4`, `nfs4`.
    package var type: String
    package var isReadOnly: Bool

    /// The one that an absolute path without links lies on; nil where it cannot be told.
    package static func holding(_ path: String) -> Mount? {
        contents(ofSmallFile: "/proc/self/mountinfo").flatMap { holding(path, mounts: $0) }
    }

    static func holding(_ path: String, mounts: String) -> Mount? {
        var found: Mount?
        for line in mounts.split(separator: "\n") {
            // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
            let fields = line.split(separator: " ")
            guard fields.count > 6, let dash = fields[6...].firstIndex(of: "-"), fields.count > dash + 1 else {
                continue
            }
            let point = unescapedMountField(fields[4])
            guard point == "/" || path == point || path.hasPrefix(point + "/") else { continue }
            // Of two at one place, the later one is seen.
            guard point.utf8.count >= found?.point.utf8.count ?? 0 else { continue }
            let options =
                fields[5].split(separator: ",")
                + (fields.count > dash + 3 ? fields[dash + 3].split(separator: ",") : [])
            found = Mount(point: point, type: String(fields[dash + 1]), isReadOnly: options.contains("ro"))
        }
        return found
    }

    /// Files lie on another machine, or in a program of a user.
    package var isRemote: Bool {
        ["nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "lustre", "glusterfs", "afs"].contains(type)
            || type.hasPrefix("fuse")
    }

    package var isMemory: Bool { type == "tmpfs" || type == "ramfs" }
}
