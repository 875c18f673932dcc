import CLinux
import Glibc

extension Directory {
    /// lstat(2) below this directory; nil where nothing is there, or where a link or a file stands in the place of a
    /// directory on the way. Throws SystemCallError.
    package func stat(_ path: [UInt8]) throws -> FileStatus? {
        do {
            let (directory, name) = try parent(of: path, call: "stat")
            var raw = Glibc.stat()
            if fstatat(directory.number, name, &raw, AT_SYMLINK_NOFOLLOW) == 0 { return FileStatus(raw) }
            throw SystemCallError("stat", subject(path))
        } catch let error as SystemCallError where [ENOENT, ENOTDIR, ELOOP].contains(error.errno) {
            return nil
        }
    }

    /// Removes a file or link. Throws SystemCallError.
    package func unlink(_ path: [UInt8]) throws {
        let (directory, name) = try parent(of: path, call: "unlink")
        guard unlinkat(directory.number, name, 0) == 0 else { throw SystemCallError("unlink", subject(path)) }
    }

    /// Removes an empty directory. Throws SystemCallError.
    package func removeDirectory(_ path: [UInt8]) throws {
        let (directory, name) = try parent(of: path, call: "rmdir")
        guard unlinkat(directory.number, name, AT_REMOVEDIR) == 0 else {
            throw SystemCallError("rmdir", subject(path))
        }
    }

    /// All entries but `.` and `..`, in the file system's order. Throws SystemCallError.
    package func list() throws -> [(name: [UInt8], type: EntryType)] {
        var entries: [(name: [UInt8], type: EntryType)] = []
        try forEachEntry { entries.append((Array($0), $1)) }
        return entries
    }

    /// Calls `body` with each entry but `.` and `..`, in the file system's order; the name is valid during the call only.
    /// Throws SystemCallError, and what `body` throws.
    package func forEachEntry(_ body: (UnsafeBufferPointer<UInt8>, EntryType) throws -> Void) throws {
        // A descriptor of its own: one descriptor has one reading position.
        let number = retryingInterrupted {
            sluice_openat(descriptor.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        }
        guard number >= 0 else { throw SystemCallError("open", path) }
        guard let stream = fdopendir(number) else {
            let code = errno
            close(number)
            throw SystemCallError("fdopendir", path, errno: code)
        }
        defer { closedir(stream) }
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw SystemCallError("readdir", path) }
                return
            }
            let name = nameBytes(entry)
            if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { continue }
            var type = entryType(entry.pointee.d_type)
            if type == .unknown, let status = try stat(Array(name)) { type = status.type }
            try body(name, type)
        }
    }

    /// Whether its file system has not a single block left for this user.
    package var isFull: Bool {
        var room = statvfs()
        return fstatvfs(descriptor.number, &room) == 0 && room.f_blocks > 0 && room.f_bavail == 0
    }

    /// fsync(2) of the directory: makes renames, new names and removals in it durable. Throws SystemCallError.
    package func sync() throws {
        do {
            try descriptor.sync(subject: path)
        } catch let error as SystemCallError where error.errno == EINVAL {
            // A file system that has no such thing for directories writes them itself.
        }
    }
}

/// The entry's name, read in place: the kernel's records are shorter than `dirent`, so copying one reads past its end.
private func nameBytes(_ entry: UnsafeMutablePointer<dirent>) -> UnsafeBufferPointer<UInt8> {
    let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
    let start = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: UInt8.self)
    var length = 0
    while start[length] != 0 { length += 1 }
    return UnsafeBufferPointer(start: start, count: length)
}

private func entryType(_ type: UInt8) -> EntryType {
    switch Int(type) {
    case Int(DT_REG): .regular
    case Int(DT_DIR): .directory
    case Int(DT_LNK): .symbolicLink
    case Int(DT_FIFO): .fifo
    case Int(DT_SOCK): .socket
    case Int(DT_CHR): .characterDevice
    case Int(DT_BLK): .blockDevice
    default: .unknown
    }
}
