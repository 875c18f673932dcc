import Glibc
import Testing

@testable import LinuxIO

@Suite("Service manager")
struct ServiceManagerTests {
    @Test(
        "an address is an absolute path or an abstract name; all else nobody listens at",
        arguments: [
            ("/run/notify", Array("/run/notify\0".utf8)), ("@notify", Array("\0notify".utf8)), ("run/notify", nil),
            ("vsock:2:1234", nil), ("/", nil), ("@", nil), ("", nil), ("/" + String(repeating: "x", count: 107), nil),
        ] as [(String, [UInt8]?)])
    func address(_ name: String, _ path: [UInt8]?) { #expect(ServiceManager.path(name) == path) }

    @Test("the watchdog's time is this process' own, or nobody's")
    func watchdog() {
        #expect(ServiceManager.watchdogTime("2000000", process: nil, own: 7) == 2_000_000_000)
        #expect(ServiceManager.watchdogTime("2000000", process: "7", own: 7) == 2_000_000_000)
        #expect(ServiceManager.watchdogTime("2000000", process: "8", own: 7) == nil)
        for odd in ["0", "-1", "soon", "9223372036854775807"] {
            #expect(ServiceManager.watchdogTime(odd, process: nil, own: 7) == nil)
        }
        #expect(ServiceManager.watchdogTime(nil, process: nil, own: 7) == nil)
    }

    @Test("assignments arrive as one message, whatever is in them", arguments: ["@sluice-test-\(getpid())", nil])
    func tell(_ abstract: String?) throws {
        try withTemporaryDirectory { directory in
            let name = abstract ?? "\(directory.path)/notify"
            let listener = try Listener(name)
            let manager = try #require(ServiceManager(socket: name))
            manager.notify("READY=1", "STATUS=12 queued\nMAINPID=1")
            #expect(listener.next() == "READY=1\nSTATUS=12 queued MAINPID=1")
            #expect(listener.next() == nil)
        }
    }

    @Test("a manager that does not read, and one that is gone, keep nobody waiting")
    func deaf() throws {
        try withTemporaryDirectory { directory in
            let listener = try Listener("\(directory.path)/notify")
            let manager = try #require(ServiceManager(socket: "\(directory.path)/notify"))
            for _ in 0..<100_000 { manager.notify("WATCHDOG=1") }
            #expect(listener.next() == "WATCHDOG=1")
            try #require(unlink("\(directory.path)/notify") == 0)
            manager.notify("STOPPING=1")
        }
    }
}

/// A datagram socket.
private final class Listener {
    private let socket: Int32

    init(_ name: String) throws {
        socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        let path = try #require(ServiceManager.path(name))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(2 + path.count))
            }
        }
        try #require(bound == 0)
    }

    deinit { close(socket) }

    func next() -> String? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(socket, &bytes, bytes.count, 0)
        return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
    }
}
