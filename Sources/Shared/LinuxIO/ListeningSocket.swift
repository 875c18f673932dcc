import CLinux
import Glibc

/// A stream socket that others connect to, over TCP or by a path. Nothing here blocks.
package final class ListeningSocket: Sendable {
    package let address: SocketAddress
    private let socket: Descriptor
    /// The path that it was bound to by this process, to be taken away.
    private let made: String?

    private init(_ socket: Descriptor, _ address: SocketAddress, made: String? = nil) {
        self.socket = socket
        self.address = address
        self.made = made
    }

    /// For `poll`.
    package var number: Int32 { socket.number }

    /// Listens on an address of this machine. Port 0: any that is free (`address` tells).
    /// - Parameter host: as numbers; names are not looked up.
    /// - Throws: SystemCallError: EADDRINUSE, EACCES (ports below 1024), EADDRNOTAVAIL; EINVAL for what is no address.
    package static func tcp(host: String, port: UInt16) throws -> ListeningSocket {
        let subject = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        guard let address = SocketAddress(host: host, port: port) else {
            throw SystemCallError("listen on", subject, errno: EINVAL)
        }
        let isSix = if case .inet6 = address { true } else { false }
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let number = Glibc.socket(isSix ? AF_INET6 : AF_INET, Int32(kind), 0)
        guard number >= 0 else { throw SystemCallError("listen on", subject) }
        let socket = Descriptor(owning: number)
        var yes: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        // A restart must not wait for the connections of the run before.
        setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &yes, size)
        // So that 127.0.0.1 and ::1 do not get into each other's way; who says :: means all there is.
        if isSix, host != "::" { setsockopt(number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &yes, size) }
        let bound = address.withSocketAddress { bind(number, $0, $1) }
        guard bound == 0, listen(number, backlog) == 0 else { throw SystemCallError("listen on", subject) }
        return ListeningSocket(socket, SocketAddress(of: number) ?? address)
    }

    /// Listens at a path, for the user and the group of this process. A stale socket there is
    /// replaced. Throws SystemCallError: EADDRINUSE if it is in use, EEXIST if something else is there.
    package static func local(path: String) throws -> ListeningSocket {
        guard let address = SocketAddress(path: path) else {
            throw SystemCallError("listen on", path, errno: ENAMETOOLONG)
        }
        try clear(path, address)
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let number = Glibc.socket(AF_UNIX, Int32(kind), 0)
        guard number >= 0 else { throw SystemCallError("listen on", path) }
        let socket = Descriptor(owning: number)
        guard address.withSocketAddress({ bind(number, $0, $1) }) == 0 else { throw SystemCallError("listen on", path) }
        // Before anyone can connect: between bind and here only the umask restricts access.
        guard chmod(path, 0o660) == 0, listen(number, backlog) == 0 else { throw SystemCallError("listen on", path) }
        return ListeningSocket(socket, address, made: path)
    }

    /// Takes over a socket that listens already. Throws SystemCallError: ENOTSOCK, EINVAL for one that does not listen or
    /// carries no streams.
    static func passed(_ number: Int32) throws -> ListeningSocket {
        func option(_ name: Int32) throws -> Int32 {
            var (value, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
            guard getsockopt(number, SOL_SOCKET, name, &value, &size) == 0 else {
                throw SystemCallError("take over", "descriptor \(number)")
            }
            return value
        }
        guard try option(SO_TYPE) == Int32(SOCK_STREAM.rawValue), try option(SO_ACCEPTCONN) == 1,
            let address = SocketAddress(of: number)
        else { throw SystemCallError("take over", "descriptor \(number)", errno: EINVAL) }
        let flags = fcntl(number, F_GETFL)
        guard flags >= 0, fcntl(number, F_SETFL, flags | O_NONBLOCK) == 0, fcntl(number, F_SETFD, FD_CLOEXEC) == 0
        else {
            throw SystemCallError("take over", "descriptor \(number)")
        }
        return ListeningSocket(Descriptor(owning: number), address)
    }

    /// The next connection, non-blocking and close-on-exec; nil if none is pending. Throws SystemCallError
    /// (EMFILE, ENFILE, ENOMEM), after which the client waits still.
    package func accept() throws -> Descriptor? {
        while true {
            let number = sluice_accept(socket.number)
            if number >= 0 { return Descriptor(owning: number) }
            switch errno {
            case EAGAIN, EWOULDBLOCK: return nil
            // accept(2): faults of the connection that was to be taken in come here, and are to be passed over.
            case EINTR, ECONNABORTED, EPROTO, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, ENONET, EPERM: continue
            default: throw SystemCallError("accept", "\(address)")
            }
        }
    }

    /// Listens no more, and takes away the name that it made. Not for sockets that were passed: who connects to them
    /// meanwhile is answered by the next process that has them.
    package func end() {
        if let made { unlink(made) }
        shutdown(socket.number, Int32(SHUT_RDWR))
    }

    private static let backlog: Int32 = 1024

    private static func clear(_ path: String, _ address: SocketAddress) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw SystemCallError("listen on", path, errno: EEXIST) }
        let number = Glibc.socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard number >= 0 else { throw SystemCallError("listen on", path) }
        let probe = Descriptor(owning: number)
        let answered = address.withSocketAddress { connect(probe.number, $0, $1) } == 0 || errno == EAGAIN
        guard !answered else { throw SystemCallError("listen on", path, errno: EADDRINUSE) }
        unlink(path)
    }
}
