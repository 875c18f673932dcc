import CLinux
import Glibc
import Text

/// A held directory. Everything is done relative to its descriptor and without following links, so that renaming or
/// replacing what lies above or below it cannot lead elsewhere.
///
/// Paths are bytes relative to the directory, components separated by `/`; they may be longer than PATH_MAX. A `..`
/// component is refused with EXDEV, a NUL byte with EINVAL.
package final class Directory: Sendable {
    package let descriptor: Descriptor
    /// As it was opened; for messages only.
    package let path: String
    /// The traits of its file system, if probed; shared with the directories opened below it.
    let known: KnownTraits

    private init(_ descriptor: Descriptor, path: String, _ known: KnownTraits = KnownTraits()) {
        self.descriptor = descriptor
        self.path = path
        self.known = known
    }

    /// A directory that was opened elsewhere.
    /// - Parameter path: for messages.
    package convenience init(holding descriptor: Descriptor, path: String) { self.init(descriptor, path: path) }

    /// Opens a directory by an absolute or relative path; links in this path are followed. Throws SystemCallError.
    package static func open(path: String) throws -> Directory {
        let number = retryingInterrupted {
            sluice_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        }
        guard number >= 0 else { throw SystemCallError("open", path) }
        return Directory(Descriptor(owning: number), path: path)
    }

    /// Opens a directory below this one; an empty path opens this one again. With `create`, missing ones are made with
    /// `mode` (less the umask) and, where they are to survive a power loss (`durable`), their parents fsynced. Throws
    /// SystemCallError.
    package func openDirectory(
        _ path: [UInt8], create: Bool = false, mode: UInt32 = 0o777, durable: Bool = true
    ) throws -> Directory {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
        let shown = subject(path)
        do {
            let opened = try openBelow(path, flags: flags, mode: 0, call: "open")
            return Directory(opened, path: shown, known)
        } catch let error as SystemCallError where create && error.errno == ENOENT {
            var current = descriptor
            for component in try components(of: path) {
                current = try makeDirectory(component, in: current, mode: mode, durable: durable, subject: shown)
            }
            return Directory(current, path: shown, known)
        }
    }

    /// Makes a directory in this one, less durable than its files; nil where the name is taken. Throws SystemCallError.
    package func createDirectory(_ name: [UInt8], mode: UInt32) throws -> Directory? {
        let (parent, last) = try parent(of: name, call: "mkdir")
        guard mkdirat(parent.number, last, mode) == 0 else {
            if errno == EEXIST { return nil }
            throw SystemCallError("mkdir", subject(name))
        }
        return Directory(
            try openBelow(name, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW, mode: 0, call: "open"), path: subject(name),
            known)
    }

    /// Opens a file for reading, without following links, waiting for a FIFO's writer or becoming a terminal's owner.
    /// Throws SystemCallError; ELOOP for a link.
    package func openFile(_ path: [UInt8]) throws -> Descriptor {
        try openBelow(path, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, mode: 0, call: "open")
    }

    /// Makes a new file, open for reading and writing. Throws SystemCallError; EEXIST where the name is taken.
    package func createFile(_ name: [UInt8], mode: UInt32 = 0o666) throws -> Descriptor {
        try openBelow(name, flags: O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode, call: "create")
    }

    /// Opens a file, making it where it is missing. Throws SystemCallError.
    package func openOrCreateFile(_ name: [UInt8], mode: UInt32, writable: Bool) throws -> Descriptor {
        let access = writable ? O_RDWR : O_RDONLY
        return try openBelow(name, flags: access | O_CREAT | O_NOFOLLOW, mode: mode, call: "open")
    }

    /// The directory that holds the last component of `path`, and that component, ready for an `*at` call.
    func parent(of path: [UInt8], call: String) throws -> (directory: Descriptor, name: [CChar]) {
        if isPlain(path) {
            guard let slash = path.lastIndex(of: separator) else { return (descriptor, cString(path)) }
            let parent = try openBelow(
                Array(path[..<slash]), flags: SLUICE_O_PATH | O_DIRECTORY | O_NOFOLLOW, mode: 0, call: call)
            return (parent, cString(path[(slash + 1)...]))
        }
        var components = try components(of: path)
        guard let name = components.popLast() else { throw SystemCallError(call, subject(path), errno: EINVAL) }
        if components.isEmpty { return (descriptor, cString(name)) }
        let parent = try openBelow(
            Array(components.joined(separator: [separator])), flags: SLUICE_O_PATH | O_DIRECTORY | O_NOFOLLOW, mode: 0,
            call: call)
        return (parent, cString(name))
    }

    /// The path as people see it.
    func subject(_ name: [UInt8]) -> String { name.isEmpty ? path : path + "/" + escaped(name) }

    private func components(of path: [UInt8]) throws -> [ArraySlice<UInt8>] {
        if path.contains(0) { throw SystemCallError("open", subject(path), errno: EINVAL) }
        // A single name, as it is most of the time.
        if let first = path.first, first != UInt8(ascii: "."), !path.contains(separator) { return [path[...]] }
        let components = path.split(separator: separator).filter { !$0.elementsEqual(".".utf8) }
        if components.contains(where: { $0.elementsEqual("..".utf8) }) {
            throw SystemCallError("open", subject(path), errno: EXDEV)
        }
        return components
    }

    private func makeDirectory(
        _ name: ArraySlice<UInt8>, in parent: Descriptor, mode: UInt32, durable: Bool, subject: String
    ) throws -> Descriptor {
        let name = cString(name)
        if mkdirat(parent.number, name, mode) == 0 {
            if durable { try parent.sync(subject: subject) }
        } else if errno != EEXIST {
            throw SystemCallError("mkdir", subject)
        }
        let number = retryingInterrupted {
            sluice_openat(parent.number, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)
        }
        guard number >= 0 else { throw SystemCallError("open", subject) }
        return Descriptor(owning: number)
    }

    /// Opens beneath this directory. The kernel walks without following links (openat2) in steps of less than PATH_MAX
    /// bytes; where it cannot (before Linux 5.6, or a seccomp filter that does not know it) every step is one component.
    private func openBelow(_ path: [UInt8], flags: Int32, mode: UInt32, call: String) throws -> Descriptor {
        let longest = Int(PATH_MAX) - 1
        let whole = try isPlain(path) ? pieces(path, longest: longest) : steps(components(of: path), longest: longest)
        do {
            return try walk(whole, flags, mode, sluice_openat_beneath)
        } catch let code as WalkError where [ENOSYS, EPERM, E2BIG, EAGAIN].contains(code.errno) {
            do {
                return try walk(steps(components(of: path), longest: 0), flags, mode, sluice_openat)
            } catch let code as WalkError {
                throw SystemCallError(call, subject(path), errno: code.errno)
            }
        } catch let code as WalkError {
            throw SystemCallError(call, subject(path), errno: code.errno)
        }
    }

    private func walk(
        _ steps: [[UInt8]], _ flags: Int32, _ mode: UInt32,
        _ open: (Int32, UnsafePointer<CChar>, Int32, UInt32) -> Int32
    ) throws -> Descriptor {
        var current = descriptor
        for (index, step) in steps.enumerated() {
            let last = index == steps.count - 1
            let flags = (last ? flags : SLUICE_O_PATH | O_DIRECTORY | O_NOFOLLOW) | O_CLOEXEC
            let name = cString(step)
            let number = retryingInterrupted { open(current.number, name, flags, last ? mode : 0) }
            guard number >= 0 else { throw WalkError(errno: errno) }
            current = Descriptor(owning: number)
        }
        return current
    }
}

private struct WalkError: Error {
    let errno: Int32
}

private let separator = UInt8(ascii: "/")

/// Joins components to steps of at most `longest` bytes, at least one component each; `.` where there are none.
private func steps(_ components: [ArraySlice<UInt8>], longest: Int) -> [[UInt8]] {
    var steps: [[UInt8]] = []
    for component in components {
        if let count = steps.last?.count, count + 1 + component.count <= longest {
            steps[steps.count - 1].append(separator)
            steps[steps.count - 1] += component
        } else {
            steps.append(Array(component))
        }
    }
    return steps.isEmpty ? [[UInt8(ascii: ".")]] : steps
}

/// Whether the bytes are components with single slashes between, and nothing that has to be looked at one by one: most paths
/// are. One pass, where an array for each component would cost most of all that is done with a deep path.
private func isPlain(_ path: [UInt8]) -> Bool {
    path.withUnsafeBufferPointer { path in
        var begins = true
        for byte in path {
            // What begins with a dot may be `.` or `..`.
            if byte == 0 || begins && (byte == separator || byte == UInt8(ascii: ".")) { return false }
            begins = byte == separator
        }
        return !begins
    }
}

/// Cuts a plain path at slashes into pieces of at most `longest` bytes, more than a name has.
private func pieces(_ path: [UInt8], longest: Int) -> [[UInt8]] {
    if path.count <= longest { return [path] }
    var pieces: [[UInt8]] = []
    var rest = path[...]
    while rest.count > longest, let slash = rest.prefix(longest + 1).lastIndex(of: separator) {
        pieces.append(Array(rest[..<slash]))
        rest = rest[(slash + 1)...]
    }
    return pieces + [Array(rest)]
}

/// File-name bytes as a C string.
func cString(_ bytes: some Collection<UInt8>) -> [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }
