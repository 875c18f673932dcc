import Glibc

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

    /// The one that a held directory lies on; nil where it cannot be told. Asks the kernel alone, so that it answers also
    /// where the file system does not.
    package static func holding(_ directory: Directory) -> Mount? {
        var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = target.withUnsafeMutableBytes { buffer in
            buffer.withMemoryRebound(to: CChar.self) { buffer in
                buffer.baseAddress.map { readlink("/proc/self/fd/\(directory.descriptor.number)", $0, buffer.count) }
                    ?? -1
            }
        }
        return count > 0 ? holding(String(decoding: target[..<count], as: UTF8.self)) : nil
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

    /// Files lie on another machine, or in a program of which that cannot be excluded.
    package var isRemote: Bool { Self.remote.contains(type) || isUnknownProgram || remoteProgram }

    /// A program serves it (FUSE), from this machine or another.
    package var isUnknownProgram: Bool { isProgram && !Self.localPrograms.contains(program) && !remoteProgram }

    /// ntfs-3g and exfat-fuse, which have a disk below them, are `fuseblk`.
    private var isProgram: Bool { type == "fuse" || type.hasPrefix("fuse.") }

    /// `sshfs` of `fuse.sshfs`.
    private var program: String { String(type.dropFirst("fuse.".count)) }

    private var remoteProgram: Bool { isProgram && Self.remotePrograms.contains(program) }

    private static let remote: Set<String> = [
        "nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "ceph", "lustre", "glusterfs", "afs", "davfs",
    ]
    private static let remotePrograms: Set<String> = [
        "sshfs", "rclone", "s3fs", "gcsfuse", "glusterfs", "ceph", "ceph-fuse", "davfs", "davfs2", "curlftpfs",
        "gvfsd-fuse",
        "mount-s3", "goofys", "juicefs", "JuiceFS", "moosefs", "mfs", "seaweedfs", "vmhgfs-fuse", "blobfuse2",
        "google-drive-ocamlfuse",
    ]
    private static let localPrograms: Set<String> = [
        "mergerfs", "unionfs", "unionfs-fuse", "bindfs", "ntfs", "ntfs-3g", "exfat", "exfat-fuse", "fuse-overlayfs",
        "gocryptfs", "encfs", "cryfs", "lxcfs", "apfs-fuse", "portal",
    ]

    package var isMemory: Bool { type == "tmpfs" || type == "ramfs" }

    /// Whether it may lack what file systems of the kernel's own have; see `FileSystemTraits`.
    package var isOdd: Bool {
        isRemote || type.hasPrefix("fuse") || ["vfat", "exfat", "msdos", "ntfs3"].contains(type)
    }
}
