/// The request target, between method and version: `/path?name=value`, or the same after `http://host`.
struct RequestTarget {
    var path: String
    var query: [String: String]
    /// Of the absolute form: it takes the place of Host.
    var authority: String?

    static func parse(_ bytes: ArraySlice<UInt8>) throws(HTTPRefusal) -> RequestTarget {
        // Raw blanks, control bytes and fragments have no place here.
        guard bytes.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }) else { throw unreadable }
        var rest = bytes
        var authority: String?
        if rest.first != UInt8(ascii: "/") {
            guard let scheme = ["http://", "https://"].first(where: { hasPrefix(rest, $0) }) else { throw unreadable }
            rest = rest.dropFirst(scheme.utf8.count)
            let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
            guard isAuthority(rest[..<end], mayBeEmpty: false) else { throw unreadable }
            authority = String(decoding: rest[..<end], as: UTF8.self)
            rest = rest[end...]
        }
        let parts = rest.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        let raw = parts.first ?? []
        let path = raw.isEmpty ? "/" : try unescaped(raw, plusIsBlank: false)
        guard path.hasPrefix("/"),
            !path.split(separator: "/").contains(where: { $0 == ".." || $0 == "." })
        else { throw unreadable }
        var query: [String: String] = [:]
        if parts.count == 2 {
            for pair in parts[1].split(separator: UInt8(ascii: "&")) {
                let sides = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                let value = sides.count == 2 ? try unescaped(sides[1], plusIsBlank: true) : ""
                query[try unescaped(sides[0], plusIsBlank: true)] = value
            }
        }
        return RequestTarget(path: path, query: query, authority: authority)
    }

    /// A host, perhaps with a port; nobody's name and password before it.
    static func isAuthority(_ bytes: some Collection<UInt8>, mayBeEmpty: Bool) -> Bool {
        (mayBeEmpty || !bytes.isEmpty)
            && bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "-._~%!$&'()*+,;=:[]".utf8.contains(byte)
                }
            }
    }

    private static var unreadable: HTTPRefusal { HTTPRefusal(400, "The URL is malformed.") }

    private static func hasPrefix(_ bytes: ArraySlice<UInt8>, _ prefix: String) -> Bool {
        bytes.count >= prefix.utf8.count && zip(bytes, prefix.utf8).allSatisfy { $0 == $1 || $0 | 0x20 == $1 }
    }

    /// With `%41` as `A`. What it gives must be text without control characters.
    private static func unescaped(_ bytes: ArraySlice<UInt8>, plusIsBlank: Bool) throws(HTTPRefusal) -> String {
        var result: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    throw unreadable
                }
                result.append(high << 4 | low)
            } else {
                result.append(plusIsBlank && byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        guard result.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }), let text = String(validating: result, as: UTF8.self)
        else { throw unreadable }
        return text
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
