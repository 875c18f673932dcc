import Glibc
import Testing

@testable import LinuxIO

@Suite("Sockets with a name in a directory")
struct LocalSocketTests {
    private let name = Array("control.sock".utf8)

    private func serve(_ listener: LocalListener, _ bytes: [UInt8]) throws {
        waitUntilReadable([listener.number], nanoseconds: 60_000_000_000)
        while let client = try listener.accept() { #expect(client.offer(bytes)) }
    }

    @Test("answers in a directory whose path is longer than a socket's address")
    func longPath() throws {
        try withTemporaryDirectory { directory in
            let deep = try directory.openDirectory(
                Array(repeatElement(String(repeating: "d", count: 200), count: 6).joined(separator: "/").utf8),
                create: true)
            let listener = try LocalListener.listen(in: deep, name: name, mode: 0o660)
            let status = try #require(try deep.stat(name))
            #expect(status.type == .socket && status.mode & 0o777 == 0o660)
            let answer = (0..<90_000).map { UInt8(truncatingIfNeeded: $0) }
            try startThread(named: "server") { try? serve(listener, answer) }
            #expect(try readLocalSocket(in: deep, name: name, patience: 60) == answer)
        }
    }

    @Test("replaces the socket of a dead process, and nothing else")
    func stale() throws {
        try withTemporaryDirectory { directory in
            var listener: LocalListener? = try LocalListener.listen(in: directory, name: name, mode: 0o600)
            withExtendedLifetime(listener) {}
            listener = nil
            #expect(throws: SystemCallError("connect", directory.subject(name), errno: ECONNREFUSED)) {
                try readLocalSocket(in: directory, name: name, patience: 60)
            }
            let next = try LocalListener.listen(in: directory, name: name, mode: 0o600)
            try startThread(named: "server") { try? serve(next, [1, 2, 3]) }
            #expect(try readLocalSocket(in: directory, name: name, patience: 60) == [1, 2, 3])
            try directory.write("a file", at: "other.sock")
            #expect(throws: SystemCallError.self) {
                try LocalListener.listen(in: directory, name: Array("other.sock".utf8), mode: 0o600)
            }
            #expect(try directory.text(at: "other.sock") == "a file")
        }
    }

    @Test("a client that never reads does not keep the server; one that gets no answer does not wait for ever")
    func silence() throws {
        try withTemporaryDirectory { directory in
            let listener = try LocalListener.listen(in: directory, name: name, mode: 0o600)
            // Connected, in the kernel's line, never accepted: as with a supervisor that is stopped.
            #expect(throws: SystemCallError("read", directory.subject(name), errno: EAGAIN)) {
                try readLocalSocket(in: directory, name: name, patience: 0.2)
            }
            while let client = try listener.accept() {
                // Far more than the kernel keeps: it says so and comes back.
                #expect(!client.offer([UInt8](repeating: 0, count: 64 << 20)))
            }
            #expect(throws: SystemCallError("connect", directory.subject([0x78]), errno: ENOENT)) {
                try readLocalSocket(in: directory, name: [0x78], patience: 1)
            }
        }
    }
}
