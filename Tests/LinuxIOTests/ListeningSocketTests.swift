import Glibc
import Testing

@testable import LinuxIO

@Suite("Sockets that listen")
struct ListeningSocketTests {
    @Test(
        "addresses as people write them, and whether they stay on this machine",
        arguments: [
            ("127.0.0.1", "127.0.0.1:80", true), ("127.255.0.9", "127.255.0.9:80", true),
            ("0.0.0.0", "0.0.0.0:80", false), ("192.168.0.1", "192.168.0.1:80", false), ("::1", "[::1]:80", true),
            ("::", "[::]:80", false), ("::ffff:127.0.0.1", "[::ffff:127.0.0.1]:80", true),
            ("::ffff:10.0.0.1", "[::ffff:10.0.0.1]:80", false), ("fe80::1", "[fe80::1]:80", false),
        ])
    func addresses(host: String, text: String, isLoopback: Bool) throws {
        let address = try #require(SocketAddress(host: host, port: 80))
        #expect("\(address)" == text && address.isLoopback == isLoopback)
        #expect(SocketAddress(host: "localhost", port: 80) == nil)
    }

    @Test("a port that is taken is told of")
    func taken() throws {
        let one = try ListeningSocket.tcp(host: "127.0.0.1", port: 0)
        guard case .inet(_, let port) = one.address else { throw SystemCallError("listen", "no port") }
        #expect(port > 0)
        do {
            _ = try ListeningSocket.tcp(host: "127.0.0.1", port: port)
            Issue.record("it listened twice")
        } catch let error as SystemCallError {
            #expect(error.errno == EADDRINUSE && error.subject == "127.0.0.1:\(port)")
        }
        #expect(try one.accept() == nil)
    }

    @Test("by path: a dead one's place is taken, a living one's and other files' are not")
    func paths() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory.path)/http"
            func error() -> Int32? {
                do {
                    _ = try ListeningSocket.local(path: path)
                    return nil
                } catch { return (error as? SystemCallError)?.errno }
            }
            do {
                let one = try ListeningSocket.local(path: path)
                #expect(error() == EADDRINUSE)
                var status = stat()
                #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o660)
                withExtendedLifetime(one) {}
            }
            let second = try ListeningSocket.local(path: path)
            #expect("\(second.address)" == path && second.address.isLoopback)
            second.end()
            #expect(try directory.stat(Array("http".utf8)) == nil)
            _ = try directory.openDirectory(Array("http".utf8), create: true)
            #expect(error() == EEXIST)
        }
        #expect(throws: SystemCallError.self) {
            try ListeningSocket.local(path: "/tmp/" + String(repeating: "x", count: 200))
        }
    }

    @Test("what is passed must be a stream socket that listens")
    func passed() throws {
        func failure(_ number: Int32) -> Int32? {
            let given = dup(number)
            do {
                _ = try ListeningSocket.passed(given)
                return nil
            } catch {
                close(given)
                return (error as? SystemCallError)?.errno
            }
        }
        let listening = try ListeningSocket.tcp(host: "127.0.0.1", port: 0)
        #expect(failure(listening.number) == nil)
        #expect(failure(1) == ENOTSOCK)
        let plain = Descriptor(owning: socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        #expect(failure(plain.number) == EINVAL)
        let datagrams = Descriptor(owning: socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0))
        #expect(failure(datagrams.number) == EINVAL)
        let number = fcntl(listening.number, F_DUPFD, 100)
        _ = fcntl(number, F_SETFL, 0)
        let taken = try ListeningSocket.passed(number)
        #expect(taken.address == listening.address)
        #expect(fcntl(number, F_GETFD) & FD_CLOEXEC != 0 && fcntl(number, F_GETFL) & O_NONBLOCK != 0)
    }
}
