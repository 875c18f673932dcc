/// Bytes in base 64, with padding.
package func base64(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    var (held, bits) = (UInt32(0), 0)
    for byte in bytes {
        held = held << 8 | UInt32(byte)
        bits += 8
        while bits >= 6 {
            bits -= 6
            text.append(digits[Int(held >> UInt32(bits) & 63)])
        }
    }
    if bits > 0 { text.append(digits[Int(held << UInt32(6 - bits) & 63)]) }
    while !text.count.isMultiple(of: 4) { text.append(UInt8(ascii: "=")) }
    return String(decoding: text, as: UTF8.self)
}

/// A style or a script as a Content-Security-Policy names it: `'sha256-…'`.
package func policySource(_ bytes: UnsafeRawBufferPointer) -> String {
    var hasher = SHA256Hasher()
    hasher.update(bytes)
    return "'sha256-\(base64(hasher.finishRaw()))'"
}
