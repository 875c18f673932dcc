import CLinux
import Glibc

/// A Unix socket that carries bytes and descriptors, and the plain reads and writes of its bytes.
package enum Wire {
    /// Two connected stream sockets, close-on-exec.
    package static func pair() throws -> (Descriptor, Descriptor) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw SystemCallError("socketpair", "worker")
        }
        return (Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
    }

    /// A pipe's read and write end, close-on-exec.
    package static func pipe() throws -> (read: Descriptor, write: Descriptor) {
        var ends: [Int32] = [-1, -1]
        guard sluice_pipe(&ends) == 0 else { throw SystemCallError("pipe2", "worker") }
        return (Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
    }

    /// Descriptors that travel with one message at most.
    package static let mostDescriptors = Int(SLUICE_MOST_DESCRIPTORS)

    /// Sends all bytes; the descriptors, at most `mostDescriptors`, travel with the first of them.
    package static func send(_ bytes: [UInt8], descriptors: [Int32], to socket: Int32) throws {
        var offset = 0
        while offset < bytes.count {
            let sent = bytes.withUnsafeBytes { buffer in
                sluice_send_with_descriptors(
                    socket, buffer.baseAddress?.advanced(by: offset), buffer.count - offset,
                    offset == 0 ? descriptors : [], offset == 0 ? Int32(descriptors.count) : 0)
            }
            guard sent > 0 else { throw SystemCallError("sendmsg", "worker") }
            offset += sent
        }
    }

    /// Receives exactly `count` bytes and whatever descriptors came with them. Nil at the end of the stream.
    package static func receive(
        _ count: Int, from socket: Int32
    ) throws -> (bytes: [UInt8], descriptors: [Descriptor])? {
        var bytes = [UInt8](repeating: 0, count: count)
        var descriptors: [Descriptor] = []
        var offset = 0
        while offset < count {
            var received = [Int32](repeating: -1, count: mostDescriptors)
            var receivedCount: Int32 = 0
            let got = bytes.withUnsafeMutableBytes { buffer in
                sluice_receive_with_descriptors(
                    socket, buffer.baseAddress?.advanced(by: offset), count - offset, &received, &receivedCount)
            }
            guard got >= 0 else { throw SystemCallError("recvmsg", "supervisor") }
            descriptors += received.prefix(Int(receivedCount)).map(Descriptor.init(owning:))
            if got == 0 { return nil }
            offset += got
        }
        return (bytes, descriptors)
    }

    /// Writes all bytes, whatever the number of calls it takes.
    package static func write(_ bytes: [UInt8], to fd: Int32, subject: String) throws {
        var offset = 0
        while offset < bytes.count {
            let written = bytes.withUnsafeBytes { buffer in
                Glibc.write(fd, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
            }
            if written < 0 {
                if errno == EINTR { continue }
                throw SystemCallError("write", subject)
            }
            offset += written
        }
    }
}
