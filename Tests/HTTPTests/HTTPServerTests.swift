import Glibc
import LinuxIO
import Testing
import WebClient

@testable import HTTP

@Suite("The server, over real sockets", .serialized)
struct HTTPServerTests {
    private func serving(
        _ limits: HTTPLimits = HTTPLimits(), handler: @escaping HTTPHandler = { _ in .text(200, "here") },
        _ body: (UInt16, HTTPTraffic) throws -> Void
    ) throws {
        let socket = try ListeningSocket.tcp(host: "127.0.0.1", port: 0)
        guard case .inet(_, let port) = socket.address else { throw SystemCallError("listen", "no port") }
        let traffic = HTTPTraffic()
        let server = try HTTPServer([.init(socket, handler: handler)], limits: limits, traffic: traffic)
        defer { server.stop() }
        try body(port, traffic)
    }

    /// Looks until it holds, for ten seconds.
    private func soon(_ condition: () throws -> Bool) rethrows -> Bool {
        let end = monotonicNanoseconds() + 10_000_000_000
        while try !condition() {
            if monotonicNanoseconds() > end { return false }
            usleep(5000)
        }
        return true
    }

    @Test("GET, HEAD, nothing there, other methods; the connection ends")
    func basics() throws {
        try serving { request in
            request.path == "/a" ? .text(200, "\(request.query["x"] ?? "")") : nil
        } _: { port, traffic in
            let answer = try #require(try get("/a?x=y", port: port))
            #expect(answer.status == 200 && answer.text == "y\n" && answer.headers["content-length"] == "2")
            let head = try #require(try get("/a?x=y", port: port, method: "HEAD"))
            #expect(head.status == 200 && head.body == [] && head.headers["content-length"] == "2")
            #expect(try get("/b", port: port)?.status == 404)
            let post = try get("/a", port: port, method: "POST")
            #expect(post?.status == 405 && post?.headers["allow"] == "GET, HEAD")
            #expect(traffic.counts.answered == [200: 2, 404: 1, 405: 1] && traffic.counts.accepted == 4)
            #expect(soon { traffic.counts.open == 0 })
        }
    }

    @Test("files, bytes and constants come whole, and to slow clients too", arguments: [0, 1, 5 << 20])
    func bodies(size: Int) throws {
        let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let stream = try #require(tmpfile())
        let file = Descriptor(owning: dup(fileno(stream)))
        fclose(stream)
        try content.withUnsafeBytes { try file.writeAll($0, subject: "a test's file") }
        try content.withUnsafeBytes { raw in
            let constant = ConstantBytes(raw)
            var limits = HTTPLimits()
            limits.held = 16 << 20
            try serving(limits) { request in
                let body: HTTPResponse.Body =
                    switch request.path {
                    case "/file": .file(file, bytes: UInt64(size))
                    case "/constant": .constant(constant)
                    default: .bytes(content)
                    }
                return HTTPResponse(contentType: "application/octet-stream", body: body)
            } _: { port, _ in
                for path in ["/file", "/constant", "/bytes"] {
                    let client = try WebClient(port: port, receiveBuffer: 4096)
                    client.send("GET \(path) HTTP/1.0\r\n\r\n")
                    #expect(client.answer()?.body == content)
                    #expect(try get(path, port: port, method: "HEAD")?.headers["content-length"] == "\(size)")
                }
            }
        }
    }

    @Test("a file that has become shorter ends the connection before its time")
    func shortFile() throws {
        let stream = try #require(tmpfile())
        let file = Descriptor(owning: dup(fileno(stream)))
        fclose(stream)
        try Array("abc".utf8).withUnsafeBytes { try file.writeAll($0, subject: "a test's file") }
        try serving(handler: { _ in HTTPResponse(contentType: "text/plain", body: .file(file, bytes: 10)) }) {
            port, _ in
            let answer = try get("/", port: port)
            #expect(answer?.text == "abc" && answer?.headers["content-length"] == "10")
        }
    }

    @Test("who sends a megabyte of headers, or of body, gets to read why not")
    func torrents() throws {
        try serving { port, _ in
            let megabyte = String(repeating: "x", count: 1 << 20)
            for (start, status) in [
                ("GET / HTTP/1.1\r\nX: ", 431), ("GET /", 414), ("POST / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
            ] {
                let client = try WebClient(port: port)
                client.send(start + megabyte.prefix(64 << 10))
                #expect(client.hasAnswerBegun())
                // It goes on though it has its answer; a connection that is closed would be reset now.
                client.send("x")
                usleep(20_000)
                #expect(client.send(megabyte) == megabyte.utf8.count)
                client.finish()
                #expect(client.answer()?.status == status)
            }
        }
    }

    @Test("when all places are taken, who has waited longest gives way, and is told")
    func crowd() throws {
        var limits = HTTPLimits()
        limits.connections = 4
        try serving(limits) { port, traffic in
            let slow = try (0..<40).map { _ in
                let client = try WebClient(port: port)
                client.send("GET / HT")
                return client
            }
            #expect(try get("/", port: port)?.status == 200)
            #expect(traffic.counts.open <= 4)
            for client in slow.prefix(30) { #expect(client.answer(within: 1)?.status == 503) }
            slow[39].send("TP/1.0\r\n\r\n")
            #expect(slow[39].answer()?.status == 200, "the last one still had its place")
            #expect(traffic.counts.dropped[.crowded] == 37)
        }
    }

    @Test("who does not finish the head in time is told so; who says nothing is let go")
    func slowHeads() throws {
        var limits = HTTPLimits()
        limits.headTime = 150_000_000
        try serving(limits) { port, traffic in
            let (silent, slow) = (try WebClient(port: port), try WebClient(port: port))
            slow.send("GET /")
            #expect(slow.answer()?.status == 408)
            #expect(silent.rest() == [])
            #expect(traffic.counts.dropped[.slowHead] == 2)
            let half = try WebClient(port: port)
            half.send("GET / HTTP/1.1\r\nHo")
            half.finish()
            #expect(half.answer()?.status == 400)
        }
    }

    @Test("who does not take the answer is let go, and answers that nobody takes do not pile up")
    func slowReaders() throws {
        let megabyte = [UInt8](repeating: 0x61, count: 8 << 20)
        var limits = HTTPLimits()
        limits.stallTime = 300_000_000
        limits.held = 20 << 20
        try serving(limits, handler: { _ in HTTPResponse(contentType: "text/plain", body: .bytes(megabyte)) }) {
            port, traffic in
            let slow = try (0..<8).map { _ in
                let client = try WebClient(port: port, receiveBuffer: 4096)
                client.send("GET / HTTP/1.0\r\n\r\n")
                return client
            }
            // Two are held at a time; the others make way at once.
            #expect(soon { traffic.counts.dropped[.crowded] == 6 })
            #expect(soon { traffic.counts.dropped[.slowReader] == 2 && traffic.counts.open == 0 })
            withExtendedLifetime(slow) {}
        }
    }

    @Test("a client that goes away, with a reset too, is no trouble")
    func gone() throws {
        let bytes = [UInt8](repeating: 0x61, count: 700 << 10)
        try serving(handler: { _ in HTTPResponse(contentType: "text/plain", body: .bytes(bytes)) }) { port, traffic in
            for _ in 0..<50 {
                let client = try WebClient(port: port, receiveBuffer: 4096)
                client.send("GET / HTTP/1.0\r\n\r\n")
            }
            #expect(soon { traffic.counts.open == 0 && traffic.counts.accepted == 50 })
            #expect(try get("/", port: port)?.body == bytes)
        }
    }

    @Test("stopped: nobody is taken in any more, and the answer under way is finished")
    func stopping() throws {
        let bytes = [UInt8](repeating: 0x61, count: 700 << 10)
        let socket = try ListeningSocket.tcp(host: "127.0.0.1", port: 0)
        guard case .inet(_, let port) = socket.address else { throw SystemCallError("listen", "no port") }
        let server = try HTTPServer([
            .init(socket) { _ in HTTPResponse(contentType: "text/plain", body: .bytes(bytes)) }
        ])
        let client = try WebClient(port: port, receiveBuffer: 4096)
        client.send("GET / HTTP/1.0\r\n\r\n")
        let silent = try WebClient(port: port)
        #expect(client.hasAnswerBegun())
        let stopped = try WakeUp()
        try startThread(named: "test") {
            server.stop()
            socket.end()
            stopped.signal()
        }
        #expect(client.answer()?.body == bytes)
        #expect(silent.rest() == [])
        #expect(soon { stopped.isSignalled })
        #expect(throws: SystemCallError.self) { try WebClient(port: port) }
    }

    @Test("several sockets, each with its own rule; of a Unix socket every Host")
    func several() throws {
        let path = "/tmp/sluice-test-\(uniqueRandomHex(8)).sock"
        let socket = try ListeningSocket.tcp(host: "127.0.0.1", port: 0)
        guard case .inet(_, let port) = socket.address else { throw SystemCallError("listen", "no port") }
        let local = try ListeningSocket.local(path: path)
        defer { local.end() }
        let handler: HTTPHandler = { _ in .text(200, "here") }
        let server = try HTTPServer([
            .init(socket, handler: AccessRule(token: nil).guarding(handler)), .init(local, handler: handler),
        ])
        defer { server.stop() }
        #expect(try get("/", port: port, headers: ["Host: elsewhere"])?.status == 421)
        #expect(try get("/", port: port)?.status == 200)
        let client = try WebClient(path: path)
        client.send("GET / HTTP/1.1\r\nHost: elsewhere\r\n\r\n")
        #expect(client.answer()?.status == 200)
    }
}
