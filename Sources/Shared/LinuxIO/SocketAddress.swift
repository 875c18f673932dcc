import Glibc

/// Where a socket listens.
package enum SocketAddress: Sendable, Equatable, CustomStringConvertible {
    /// Four bytes, as written.
    case inet([UInt8], port: UInt16)
    /// Sixteen bytes.
    case inet6([UInt8], port: UInt16)
    /// Empty for one without a name.
    case local(path: String)

    /// - Parameter host: numbers, without brackets; nil where it is a name or nonsense.
    package init?(host: String, port: UInt16) {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, host, &bytes) == 1 {
            self = .inet(Array(bytes.prefix(4)), port: port)
        } else if inet_pton(AF_INET6, host, &bytes) == 1 {
            self = .inet6(bytes, port: port)
        } else {
            return nil
        }
    }

    /// Nil where the path is too long for an address (107 bytes).
    init?(path: String) {
        guard !path.isEmpty, path.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path),
            !path.utf8.contains(0)
        else { return nil }
        self = .local(path: path)
    }

    /// What a socket is bound to; nil for families that are none of these.
    init?(of number: Int32) {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(number, $0, &size) }
        }
        guard result == 0 else { return nil }
        let family = Int32(storage.ss_family)
        let address = withUnsafeBytes(of: &storage) { raw -> SocketAddress? in
            switch family {
            case AF_INET:
                let inet = raw.loadUnaligned(as: sockaddr_in.self)
                return .inet(withUnsafeBytes(of: inet.sin_addr) { Array($0) }, port: UInt16(bigEndian: inet.sin_port))
            case AF_INET6:
                let inet = raw.loadUnaligned(as: sockaddr_in6.self)
                return .inet6(
                    withUnsafeBytes(of: inet.sin6_addr) { Array($0) }, port: UInt16(bigEndian: inet.sin6_port))
            case AF_UNIX:
                let path = raw.dropFirst(MemoryLayout<sa_family_t>.size).prefix(max(0, Int(size) - 2))
                return .local(path: String(decoding: path.prefix { $0 != 0 }, as: UTF8.self))
            default: return nil
            }
        }
        guard let address else { return nil }
        self = address
    }

    /// Whether it is unreachable from other machines.
    package var isLoopback: Bool {
        switch self {
        case .inet(let bytes, _): bytes.first == 127
        case .inet6(let bytes, _):
            bytes == Array(repeating: 0, count: 15) + [1]
                || bytes.prefix(13) == Array(repeating: 0, count: 10) + [0xFF, 0xFF, 127]
        case .local: true
        }
    }

    package var isLocal: Bool {
        if case .local = self { true } else { false }
    }

    package var description: String {
        switch self {
        case .inet(let bytes, let port): "\(bytes.map(String.init).joined(separator: ".")):\(port)"
        case .inet6(let bytes, let port): "[\(Self.text(bytes))]:\(port)"
        case .local(let path): path.isEmpty ? "an unnamed socket" : path
        }
    }

    private static func text(_ bytes: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard bytes.count == 16, inet_ntop(AF_INET6, bytes, &text, socklen_t(text.count)) != nil else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        switch self {
        case .inet(let bytes, let port):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            withUnsafeMutableBytes(of: &address.sin_addr) { $0.copyBytes(from: bytes.prefix(4)) }
            return Self.lend(&address, body)
        case .inet6(let bytes, let port):
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: bytes.prefix(16)) }
            return Self.lend(&address, body)
        case .local(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
            return Self.lend(&address, body)
        }
    }

    private static func lend<Address, Result>(
        _ address: inout Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }
}
