/// Who has access. With a token: whoever has it. Without: clients that address this machine by one of its own names,
/// for a page elsewhere can give its own name this machine's address, and have browsers here read for it (DNS
/// rebinding).
package struct AccessRule: Sendable {
    private let token: [UInt8]?

    package init(token: String?) { self.token = token.map { Array($0.utf8) } }

    package func guarding(_ handler: @escaping HTTPHandler) -> HTTPHandler {
        { request in refusal(of: request) ?? handler(request) }
    }

    /// Nil: let it in.
    func refusal(of request: HTTPRequest) -> HTTPResponse? {
        guard let token else {
            guard let host = request.headers["host"], !Self.isLoopback(host: host) else { return nil }
            return HTTPRefusal(
                421, "Use localhost or 127.0.0.1: without a token, only this machine's own names are served."
            ).response
        }
        if let given = request.headers["authorization"].flatMap(Self.secret), Self.areEqual(given, token) { return nil }
        var response = HTTPRefusal(401, "A token is required: as 'Authorization: Bearer', or as the password.").response
        response.headers.append((name: "WWW-Authenticate", value: #"Basic realm="sluice", charset="UTF-8""#))
        return response
    }

    /// `localhost`, 127.x.x.x, `[::1]`, with or without a port.
    static func isLoopback(host: String) -> Bool {
        let text = host.lowercased()
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return false }
            return text[..<end] == "[::1" && isPort(text[text.index(after: end)...])
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, parts.count == 1 || isPort(":" + parts[1]) else { return false }
        if name == "localhost" || name == "localhost." { return true }
        let numbers = name.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127"
            && numbers.allSatisfy { $0.utf8.allSatisfy(isDigit) && UInt8($0) != nil }
    }

    private static func isPort(_ text: some StringProtocol) -> Bool {
        text.isEmpty || text.hasPrefix(":") && text.utf8.dropFirst().allSatisfy(isDigit)
    }

    /// What a client gives for the token: `Bearer TOKEN`, or `Basic` with any user's name and the token for password.
    static func secret(_ authorization: String) -> [UInt8]? {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        let value = parts[1].utf8.drop { $0 == 0x20 }
        switch parts[0].lowercased() {
        case "bearer": return Array(value)
        case "basic":
            guard let bytes = decodedBase64(value), let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
                return nil
            }
            return Array(bytes[(colon + 1)...])
        default: return nil
        }
    }

    /// Takes the same time wherever the two differ.
    static func areEqual(_ given: [UInt8], _ token: [UInt8]) -> Bool {
        var difference: UInt8 = given.count == token.count ? 0 : 1
        for index in token.indices { difference |= token[index] ^ (index < given.count ? given[index] : 0) }
        return difference == 0
    }

    static func decodedBase64(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var (bytes, bits, count) = ([UInt8](), UInt32(0), 0)
        var padding = 0
        for byte in text {
            let value: UInt8
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            case UInt8(ascii: "="):
                padding += 1
                continue
            default: return nil
            }
            guard padding == 0 else { return nil }
            (bits, count) = (bits << 6 | UInt32(value), count + 6)
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return padding <= 2 ? bytes : nil
    }
}

private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
