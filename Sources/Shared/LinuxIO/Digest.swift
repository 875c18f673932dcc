import CNettle
import FoundationEssentials

/// SHA-256, piece by piece.
package struct SHA256Hasher {
    private var context = sha256_ctx()

    package init() { nettle_sha256_init(&context) }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        nettle_sha256_update(&context, bytes.count, start.assumingMemoryBound(to: UInt8.self))
    }

    /// The digest in lower-case hex; the hasher starts over.
    package mutating func finish() -> String { hex(finishRaw()) }

    /// The same as bytes.
    mutating func finishRaw() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_SIZE))
        nettle_sha256_digest(&context, digest.count, &digest)
        return digest
    }
}

/// The SHA-256 of a file's content (lower-case hex) and its length in bytes. Does not move the descriptor's position.
/// Throws SystemCallError.
package func sha256(of file: Descriptor) throws -> (digest: String, bytes: UInt64) {
    var hasher = SHA256Hasher()
    var count: UInt64 = 0
    try file.forEachPiece(subject: "descriptor \(file.number)") { piece in
        hasher.update(piece)
        count += UInt64(piece.count)
    }
    return (hasher.finish(), count)
}

/// The SHA-256 of bytes in memory, in lower-case hex.
package func sha256(_ bytes: [UInt8]) -> String {
    var hasher = SHA256Hasher()
    bytes.withUnsafeBytes { hasher.update($0) }
    return hasher.finish()
}

/// Random bytes from the kernel, in lower-case hex (two digits a byte).
package func uniqueRandomHex(_ bytes: Int) -> String {
    var generator = SystemRandomNumberGenerator()
    return hex((0..<bytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
}

private func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

/// A style or a script as a Content-Security-Policy names it: `'sha256-…'`.
package func policySource(_ bytes: UnsafeRawBufferPointer) -> String {
    var hasher = SHA256Hasher()
    hasher.update(bytes)
    return "'sha256-\(Data(hasher.finishRaw()).base64EncodedString())'"
}
