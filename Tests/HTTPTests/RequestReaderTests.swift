import Testing

@testable import HTTP

@Suite("Requests from bytes")
struct RequestReaderTests {
    private func read(_ text: String) -> RequestReader.Outcome { read(Array(text.utf8)) }

    private func read(_ bytes: [UInt8]) -> RequestReader.Outcome {
        var reader = RequestReader()
        return reader.take(bytes)
    }

    private func status(_ outcome: RequestReader.Outcome) -> Int? {
        switch outcome {
        case .more: nil
        case .request: 200
        case .refused(let refusal): refusal.status
        }
    }

    private static let full =
        "GET /a%20b/%C3%A9?x=1&y=%2B+z&flag&x=2 HTTP/1.1\r\nHost: localhost:8099\r\nACCEPT:  */* \t\r\nAccept: text/html\r\n\r\n"
    private static let expected = HTTPRequest(
        method: .get, path: "/a b/é", query: ["x": "2", "y": "+ z", "flag": ""],
        headers: ["host": "localhost:8099", "accept": "*/*"])

    @Test("method, path, query and headers, with escapes resolved")
    func whole() { #expect(read(Self.full) == .request(Self.expected)) }

    @Test("wherever it is split")
    func split() {
        let bytes = Array(Self.full.utf8)
        for point in 0...bytes.count {
            var reader = RequestReader()
            let first = reader.take(bytes[..<point])
            #expect(point == bytes.count || first == .more)
            #expect(reader.take(bytes[point...]) == .request(Self.expected))
        }
        var reader = RequestReader()
        for byte in bytes.dropLast() { #expect(reader.take([byte]) == .more) }
        #expect(reader.take(bytes.suffix(1)) == .request(Self.expected))
        #expect(!reader.hasMore)
    }

    @Test("bare line feeds, empty lines before it, HEAD, HTTP/1.0 without Host, the absolute form")
    func lenient() {
        #expect(
            read("\r\n\nHEAD / HTTP/1.1\nHost: a\n\n")
                == .request(.init(method: .head, path: "/", headers: ["host": "a"])))
        #expect(read("GET / HTTP/1.0\r\n\r\n") == .request(.init(path: "/")))
        #expect(
            read("GET http://localhost:1/x?y=z HTTP/1.1\r\nHost: evil\r\n\r\n")
                == .request(.init(path: "/x", query: ["y": "z"], headers: ["host": "localhost:1"])))
        #expect(
            read("GET HTTP://[::1] HTTP/1.1\r\nHost: x\r\n\r\n")
                == .request(.init(path: "/", headers: ["host": "[::1]"])))
        #expect(
            read("GET //a//b HTTP/1.1\r\nHost:\r\n\r\n") == .request(.init(path: "//a//b", headers: ["host": ""])))
    }

    @Test("what comes after the head is noticed, and not read")
    func more() {
        var reader = RequestReader()
        #expect(reader.take("GET / HTTP/1.0\r\n\r\nGET /b HTTP/1.0".utf8) == .request(.init(path: "/")))
        #expect(reader.hasMore)
    }

    @Test(
        "what is refused, and how",
        arguments: [
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", 405),
            ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 405), ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 405),
            ("get / HTTP/1.1\r\nHost: a\r\n\r\n", 405), ("G\"T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400),
            ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505), ("GET / FTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET /\r\n\r\n", 400), ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400), ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
            ("GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET file:///etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET http://u:p@localhost/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET /../x HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET /a/%2e%2E/x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET /a/..%2fx HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET /./x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET /?a=%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET /%0a HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET /% HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET /\u{E9} HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: \u{0}\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n", 413),
            ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 413),
            ("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n", 400),
            ("\r\n\r\n\r\n\r\n\r\n", 400), ("GET /\u{0}", 400), ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", 400),
            ("A way of greeting that has no line's end and is no request", 405),
            ("Awayofgreetingthathasnoblankinitatallandisnorequest", 400),
        ])
    func refused(text: String, expected: Int) {
        // The last but one has a method's look, so its end is waited for.
        let outcome = read(text)
        if expected == 405, text.hasPrefix("A way") { return #expect(outcome == .more) }
        #expect(status(outcome) == expected, "\(outcome)")
    }

    @Test(
        "a head of 8 KiB is read, one byte more is refused with 431, a target over 2 KiB with 414 before its end is there"
    )
    func limits() {
        let limits = HTTPLimits()
        let start = "GET / HTTP/1.1\r\nHost: a\r\nX: "
        let filling = String(repeating: "x", count: limits.head - start.utf8.count - 4)
        #expect(status(read(start + filling + "\r\n\r\n")) == 200)
        #expect(status(read(start + filling + "x\r\n\r\n")) == 431)
        #expect(status(read(start + String(repeating: "y", count: 1 << 20))) == 431)
        let long = String(repeating: "/", count: limits.target)
        #expect(status(read("GET \(long) HTTP/1.1\r\nHost: a\r\n\r\n")) == 200)
        #expect(status(read("GET \(long)/ HTTP/1.1\r\nHost: a\r\n\r\n")) == 414)
        #expect(status(read("GET \(long)/")) == 414)
        #expect(status(read("GET " + String(repeating: "/", count: 1 << 20))) == 414)
        let many = (0..<limits.headers).map { "X\($0): y\r\n" }.joined()
        #expect(status(read("GET / HTTP/1.0\r\n\(many)\r\n")) == 200)
        #expect(status(read("GET / HTTP/1.0\r\n\(many)One: more\r\n\r\n")) == 431)
    }

    @Test("random bytes, and requests with random bytes in them, end in a request or a refusal, never in a crash")
    func noise() {
        var random = SystemRandomNumberGenerator()
        let bytes = Array(Self.full.utf8)
        for _ in 0..<3000 {
            var changed = bytes
            for _ in 0...Int.random(in: 0...3, using: &random) {
                changed[Int.random(in: 0..<changed.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            var reader = RequestReader()
            let whole = reader.take(changed)
            var piecewise = RequestReader()
            var last = RequestReader.Outcome.more
            for byte in changed { last = piecewise.take([byte]) }
            #expect(last == whole)
            let noise = (0..<200).map { _ in UInt8.random(in: 0...255, using: &random) }
            var other = RequestReader()
            if case .request = other.take(noise) { Issue.record("\(noise)") }
        }
    }
}
