import Glibc
import Schema

/// The address in `http.listen`.
package enum ListenAddress: Sendable, Equatable {
    /// Numbers, without brackets.
    case tcp(host: String, port: UInt16)
    /// `localhost`: on 127.0.0.1, and on ::1 where the machine has it.
    case localhost(port: UInt16)
    /// Absolute once the configuration is read.
    case local(path: String)

    /// Whether it is unreachable from other machines.
    package var isLoopback: Bool {
        guard case .tcp(let host, _) = self else { return true }
        return host.hasPrefix("127.") || host == "::1"
    }

    /// `127.0.0.1:8099`, `[::1]:8099`, `localhost:8099`, `/run/…`, `unix:…`; nil where it is none of these.
    package init?(_ text: String) {
        if text.hasPrefix("unix:") || text.hasPrefix("/") {
            let path = text.hasPrefix("/") ? text : String(text.dropFirst(5))
            guard !path.isEmpty, !path.utf8.contains(0) else { return nil }
            self = .local(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":"), text[colon...].utf8.dropFirst().allSatisfy(isDigit),
            let port = UInt16(text[text.index(after: colon)...])
        else { return nil }
        let host = text[..<colon]
        if host.lowercased() == "localhost" {
            self = .localhost(port: port)
        } else if host.hasPrefix("["), host.hasSuffix("]") {
            guard let host = Self.written(String(host.dropFirst().dropLast()), AF_INET6) else { return nil }
            self = .tcp(host: host, port: port)
        } else {
            guard let host = Self.written(String(host), AF_INET) else { return nil }
            self = .tcp(host: host, port: port)
        }
    }

    /// The address as everybody writes it; nil where it is none.
    private static func written(_ host: String, _ family: Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(family, host, &bytes) == 1 else { return nil }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension ListenAddress: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .localhost(let port): "localhost:\(port)"
        case .local(let path): path
        }
    }
}

extension Shape<ListenAddress> {
    static let listenAddress = Shape<ListenAddress>.scalar(
        "an address and a port (127.0.0.1:8099, [::1]:8099, localhost:8099) or a socket's path (/run/sluice/http, "
            + "unix:http.sock)",
        schema: ["type": "string", "minLength": 2],
        hint: { text in
            if UInt16(text) != nil { return "write 127.0.0.1:\(text)" }
            if text.hasPrefix(":") || text.hasPrefix("*:") {
                return "write 127.0.0.1:\(text.drop { $0 == "*" || $0 == ":" })"
            }
            if text.contains(where: \.isLetter), text.contains(":") {
                return "host names are not resolved: use a numeric address"
            }
            return ListenAddress(text + ":8099") != nil ? "the port is missing: write \(text):8099" : nil
        }, parse: { ListenAddress($0) })
}

private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
