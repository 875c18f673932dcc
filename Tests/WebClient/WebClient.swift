import Glibc
import LinuxIO

/// A client for tests: says what it is told, byte for byte, and takes what comes. Waits for ten seconds at most.
package final class WebClient: Sendable {
    private let socket: Descriptor

    /// - Parameter receiveBuffer: bytes; small for a client that takes little at a time.
    package init(port: UInt16, receiveBuffer: Int32? = nil) throws {
        socket = Descriptor(owning: Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        setPatience(10)
        if var receiveBuffer {
            setsockopt(socket.number, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
        try connect(&address, "port \(port)")
    }

    package init(path: String) throws {
        socket = Descriptor(owning: Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        setPatience(10)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        try connect(&address, path)
    }

    /// - Returns: how many bytes the other side's kernel took.
    @discardableResult
    package func send(_ bytes: some Sequence<UInt8>) -> Int {
        let bytes = Array(bytes)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    socket.number, buffer.baseAddress?.advanced(by: done), bytes.count - done, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { break }
            done += count
        }
        return done
    }

    @discardableResult
    package func send(_ text: String) -> Int { send(text.utf8) }

    /// No more is coming from here.
    package func finish() { shutdown(socket.number, Int32(SHUT_WR)) }

    /// Waits for the first byte, and leaves it there.
    package func hasAnswerBegun() -> Bool {
        var byte: UInt8 = 0
        return recv(socket.number, &byte, 1, Int32(MSG_PEEK)) == 1
    }

    /// What comes until the other side closes; nil where it does not within the time, or closes with a reset.
    package func rest(within seconds: Double = 10) -> [UInt8]? {
        setPatience(seconds)
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = recv(socket.number, &piece, piece.count, 0)
            guard count >= 0 else { return nil }
            if count == 0 { return all }
            all += piece[..<count]
        }
    }

    /// The answer, when it is whole; nil where none comes.
    package func answer(within seconds: Double = 10) -> WebAnswer? { rest(within: seconds).flatMap { WebAnswer($0) } }

    private func setPatience(_ seconds: Double) {
        var time = timeval(tv_sec: Int(seconds), tv_usec: Int((seconds - seconds.rounded(.down)) * 1e6))
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(socket.number, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    private func connect<Address>(_ address: inout Address, _ subject: String) throws {
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket.number, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        guard result == 0 else { throw SystemCallError("connect", subject) }
    }
}

/// What came back.
package struct WebAnswer: Sendable, Equatable, CustomStringConvertible {
    package var status: Int
    /// By lower-case name; of a name that comes twice, both with a comma.
    package var headers: [String: String] = [:]
    package var body: [UInt8]

    /// Nil where the bytes are no whole head.
    package init?(_ bytes: [UInt8]) {
        let blank = Array("\r\n\r\n".utf8)
        guard
            let end = bytes.indices.first(where: { $0 + 4 <= bytes.count && Array(bytes[$0..<($0 + 4)]) == blank })
        else { return nil }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        guard let first = lines.first?.split(separator: " "), first.count >= 2, first[0] == "HTTP/1.1",
            let status = Int(first[1])
        else { return nil }
        self.status = status
        body = Array(bytes[(end + 4)...])
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            let (name, value) = (parts[0].lowercased(), String(parts[1].drop { $0 == " " }))
            headers[name] = headers[name].map { "\($0), \(value)" } ?? value
        }
    }

    package var text: String { String(decoding: body, as: UTF8.self) }
    package var description: String { "\(status) \(headers)\n\(text.prefix(2000))" }
}

/// Asks for one thing.
package func get(
    _ path: String, port: UInt16, method: String = "GET", headers: [String] = ["Host: localhost"]
) throws -> WebAnswer? {
    let client = try WebClient(port: port)
    client.send("\(method) \(path) HTTP/1.1\r\n\(headers.map { $0 + "\r\n" }.joined())\r\n")
    return client.answer()
}
