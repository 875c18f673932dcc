/// The lines of a request's head as a request (RFC 9112). Stricter than it must be: what two readers could take for
/// different things is refused.
enum RequestHead {
    static func parse(_ lines: [ArraySlice<UInt8>], limits: HTTPLimits) throws(HTTPRefusal) -> HTTPRequest {
        guard let first = lines.first else { throw HTTPRefusal(400, "There is no request line.") }
        let words = first.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 3, !words[0].isEmpty, words[0].allSatisfy(isTokenByte) else {
            throw HTTPRefusal(400, "The request line is not 'GET /path HTTP/1.1'.")
        }
        let isOld = try isVersion10(words[2])
        guard let method = HTTPRequest.Method(rawValue: text(words[0])) else {
            throw HTTPRefusal(405, "Everything here is read-only: use GET or HEAD.")
        }
        guard words[1].count <= limits.target else {
            throw HTTPRefusal(414, "The URL is longer than \(limits.target) bytes.")
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let (name, value) = try field(line)
            if headers[name] == nil {
                headers[name] = value
            } else if name == "host" || name == "authorization" || name == "content-length" {
                throw HTTPRefusal(400, "Duplicate header \(name).")
            }
        }
        if headers["transfer-encoding"] != nil || headers["content-length"].map({ $0 != "0" }) == true {
            throw HTTPRefusal(413, "Requests must not have a body.")
        }
        let target = try RequestTarget.parse(words[1])
        if headers["host"] == nil, !isOld { throw HTTPRefusal(400, "HTTP/1.1 requires a Host header.") }
        if let host = headers["host"], !RequestTarget.isAuthority(host.utf8, mayBeEmpty: true) {
            throw HTTPRefusal(400, "The Host header is invalid.")
        }
        // RFC 9112, 3.2.2.
        if let authority = target.authority { headers["host"] = authority }
        return HTTPRequest(method: method, path: target.path, query: target.query, headers: headers)
    }

    /// Whether it is HTTP/1.0, which may leave out Host.
    private static func isVersion10(_ version: ArraySlice<UInt8>) throws(HTTPRefusal) -> Bool {
        switch text(version) {
        case "HTTP/1.1": return false
        case "HTTP/1.0": return true
        case let other where other.hasPrefix("HTTP/"): throw HTTPRefusal(505, "The server speaks HTTP/1.1.")
        default: throw HTTPRefusal(400, "The request line does not end in 'HTTP/1.1'.")
        }
    }

    private static func field(_ line: ArraySlice<UInt8>) throws(HTTPRefusal) -> (name: String, value: String) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
            line[..<colon].allSatisfy(isTokenByte)
        else { throw HTTPRefusal(400, "A header is not 'Name: value'.") }
        var value = line[(colon + 1)...]
        while let byte = value.first, isBlank(byte) { value.removeFirst() }
        while let byte = value.last, isBlank(byte) { value.removeLast() }
        guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
            throw HTTPRefusal(400, "A header contains control characters.")
        }
        return (text(line[..<colon]).lowercased(), text(value))
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
