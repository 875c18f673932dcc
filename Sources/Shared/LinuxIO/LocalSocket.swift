import CLinux
import Glibc

/// A Unix socket with a name in a directory, that others connect to. Nothing here blocks but `LocalConnection`.
package final class LocalListener: Sendable {
    private let socket: Descriptor

    private init(_ socket: Descriptor) { self.socket = socket }

    /// For `waitUntilReadable`.
    package var number: Int32 { socket.number }

    /// Makes the socket. One that a dead process left under the name is replaced, so the caller must know that nobody
    /// alive uses it (a lock). Throws SystemCallError; EEXIST where something else has the name.
    package static func listen(in directory: Directory, name: [UInt8], mode: UInt32) throws -> LocalListener {
        if let there = try directory.stat(name) {
            guard there.type == .socket else { throw SystemCallError("bind", directory.subject(name), errno: EEXIST) }
            try directory.unlink(name)
        }
        let socket = try localSocket(nonBlocking: true, subject: directory.subject(name))
        try withLocalAddress(in: directory, name) { address, length in
            guard bind(socket.number, address, length) == 0 else {
                throw SystemCallError("bind", directory.subject(name))
            }
        }
        // Before anyone can connect: between bind and here only the umask restricts access.
        guard fchmodat(directory.descriptor.number, cString(name), mode, 0) == 0 else {
            throw SystemCallError("chmod", directory.subject(name))
        }
        guard Glibc.listen(socket.number, 16) == 0 else { throw SystemCallError("listen", directory.subject(name)) }
        return LocalListener(socket)
    }

    /// The next connection; nil if none is pending. Throws SystemCallError (EMFILE, ENFILE, ENOMEM).
    package func accept() throws -> Descriptor? {
        let number = retryingInterrupted { sluice_accept(socket.number) }
        if number >= 0 { return Descriptor(owning: number) }
        if [EAGAIN, EWOULDBLOCK, ECONNABORTED].contains(errno) { return nil }
        throw SystemCallError("accept", "control socket")
    }
}

extension Descriptor {
    /// Hands what fits to the kernel and never waits for the other side, which may read it after this end is closed.
    /// - Returns: whether all of it went.
    package func offer(_ bytes: [UInt8]) -> Bool {
        var room = Int32(clamping: bytes.count * 2)
        _ = setsockopt(number, SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout<Int32>.size))
        var done = 0
        while done < bytes.count {
            let sent = bytes.withUnsafeBytes { buffer in
                retryingInterrupted {
                    send(
                        number, buffer.baseAddress.map { $0 + done }, bytes.count - done,
                        Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
                }
            }
            guard sent > 0 else { return false }
            done += sent
        }
        return true
    }
}

/// Connects to the socket of that name and reads until the other side closes. Blocks for at most about `patience`
/// seconds. Throws SystemCallError: ENOENT and ECONNREFUSED without a listener, EAGAIN without an answer in time.
package func readLocalSocket(
    in directory: Directory, name: [UInt8], patience: Double, atMost limit: Int = 4 << 20
) throws -> [UInt8] {
    let subject = directory.subject(name)
    let socket = try localSocket(nonBlocking: false, subject: subject)
    let end = monotonicNanoseconds() + Int64(patience * 1e9)
    func setPatience(_ option: Int32) {
        let left = max(1_000_000, end - monotonicNanoseconds())
        var time = timeval(tv_sec: Int(left / 1_000_000_000), tv_usec: Int(left % 1_000_000_000 / 1000))
        _ = setsockopt(socket.number, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
    }
    setPatience(SO_SNDTIMEO)
    try withLocalAddress(in: directory, name) { address, length in
        guard retryingInterrupted({ connect(socket.number, address, length) }) == 0 else {
            throw SystemCallError("connect", subject)
        }
    }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 16 << 10)
    while bytes.count < limit {
        setPatience(SO_RCVTIMEO)
        let count = retryingInterrupted { recv(socket.number, &piece, piece.count, 0) }
        guard count >= 0 else { throw SystemCallError("read", subject) }
        if count == 0 { return bytes }
        bytes += piece[..<count]
        if monotonicNanoseconds() > end { break }
    }
    throw SystemCallError("read", subject, errno: EAGAIN)
}

private func localSocket(nonBlocking: Bool, subject: String) throws -> Descriptor {
    let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | (nonBlocking ? SOCK_NONBLOCK.rawValue : 0)
    let number = socket(AF_UNIX, Int32(kind), 0)
    guard number >= 0 else { throw SystemCallError("socket", subject) }
    return Descriptor(owning: number)
}

/// The address of a name in a held directory. An address has room for 107 bytes, which a directory's path may exceed: its
/// descriptor's name under /proc never does. Without /proc, the path itself where it fits.
private func withLocalAddress(
    in directory: Directory, _ name: [UInt8], _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Void
) throws {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    let descriptor = "/proc/self/fd/\(directory.descriptor.number)"
    let parent = access(descriptor, F_OK) == 0 ? descriptor : directory.path
    let path = Array(parent.utf8) + [UInt8(ascii: "/")] + name
    guard path.count < room else { throw SystemCallError("bind", directory.subject(name), errno: ENAMETOOLONG) }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    try withExtendedLifetime(directory) {
        try withUnsafePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
