import Glibc
import LinuxIO
import Synchronization
import Testing

/// Stands for systemd: keeps what a service tells it, and when.
final class ListeningManager: Sendable {
    struct Message: Sendable {
        /// Seconds of a clock that never jumps.
        let at: Double
        let lines: [String]
    }

    /// For `NOTIFY_SOCKET`.
    let name: String
    private let socket: Descriptor
    private let heard = Mutex<[Message]>([])
    private let wake: WakeUp

    init(in scratch: Scratch) throws {
        name = "\(scratch.path)/notify"
        socket = Descriptor(
            owning: Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0))
        wake = try WakeUp()
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(name.utf8)) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket.number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        try startThread(named: "manager") { [weak self, wake, number = socket.number] in
            while !wake.isSignalled {
                waitUntilReadable([wake.number, number], nanoseconds: nil)
                self?.take()
            }
        }
    }

    func stop() { wake.signal() }

    private func take() {
        var bytes = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = recv(socket.number, &bytes, bytes.count, 0)
            guard count >= 0 else { return }
            let lines = String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
            heard.withLock { $0.append(.init(at: Double(monotonicNanoseconds()) / 1e9, lines: lines)) }
        }
    }

    var messages: [Message] { heard.withLock { $0 } }

    /// All lines, in order.
    var lines: [String] { messages.flatMap(\.lines) }

    /// When a line was told, each time.
    func times(of line: String) -> [Double] { messages.filter { $0.lines.contains(line) }.map(\.at) }
}
