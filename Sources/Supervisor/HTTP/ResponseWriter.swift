import Glibc
import LinuxIO

/// A response being written to a client that accepts it piece by piece.
struct ResponseWriter {
    enum Progress {
        case done
        /// The client has to take some first.
        case blocked
        /// The client went away, or the file is shorter than it was.
        case broken
    }

    /// The head and, of what is short, all of it.
    private let head: [UInt8]
    private let body: HTTPResponse.Body?
    private let length: UInt64
    private var sentOfHead = 0
    private var sent: UInt64 = 0

    /// - Parameter now: seconds since 1970.
    init(_ response: HTTPResponse, to method: HTTPRequest.Method?, now: Int) {
        head = response.head(now: now)
        let hasBody = method != .head && response.status != 304 && response.length > 0
        body = hasBody ? response.body : nil
        length = hasBody ? response.length : 0
    }

    /// Bytes of the process's memory that wait for the client.
    var held: Int {
        let rest = head.count - sentOfHead
        if case .bytes(let bytes) = body { return rest + bytes.count }
        return rest
    }

    /// Hands over what the kernel takes. A piece of a file goes through `scratch`.
    /// - Returns: how it stands, and how many bytes went.
    mutating func write(to socket: Descriptor, scratch: UnsafeMutableRawBufferPointer) -> (Progress, Int) {
        var total = 0
        while sentOfHead < head.count {
            let count = head.withUnsafeBytes { bytes in
                Self.send(UnsafeRawBufferPointer(rebasing: bytes[sentOfHead...]), to: socket, more: length > 0)
            }
            guard count > 0 else { return (count == 0 ? .blocked : .broken, total) }
            sentOfHead += count
            total += count
        }
        while sent < length {
            let count = writeBody(to: socket, scratch: scratch)
            guard count > 0 else { return (count == 0 ? .blocked : .broken, total) }
            sent += UInt64(count)
            total += count
            // The others wait.
            if total >= 256 << 10, sent < length { return (.blocked, total) }
        }
        return (.done, total)
    }

    private func writeBody(to socket: Descriptor, scratch: UnsafeMutableRawBufferPointer) -> Int {
        let offset = Int(clamping: sent)
        switch body {
        case .bytes(let bytes):
            return bytes.withUnsafeBytes { Self.send(UnsafeRawBufferPointer(rebasing: $0[offset...]), to: socket) }
        case .constant(let constant):
            return Self.send(UnsafeRawBufferPointer(rebasing: constant.bytes[offset...]), to: socket)
        case .file(let file, _):
            let wanted = min(scratch.count, Int(clamping: length - sent))
            let count = pread(file.number, scratch.baseAddress, wanted, off_t(offset))
            guard count > 0 else { return -1 }
            return Self.send(UnsafeRawBufferPointer(rebasing: scratch[..<count]), to: socket)
        case nil: return -1
        }
    }

    /// - Returns: bytes; 0 where the client has to take some first, -1 where it is gone.
    static func send(_ bytes: UnsafeRawBufferPointer, to socket: Descriptor, more: Bool = false) -> Int {
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT) | (more ? Int32(MSG_MORE) : 0)
        while true {
            let count = Glibc.send(socket.number, bytes.baseAddress, bytes.count, flags)
            if count > 0 { return count }
            if count < 0, errno == EINTR { continue }
            return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) ? 0 : -1
        }
    }
}
