package import HTTP
import LinuxIO

/// A page embedded in the binary, and what it may do: run its own script, look as its own style says, ask the server
/// that it came from, and nothing else.
package struct PageText: Sendable {
    package let bytes: ConstantBytes
    /// `Content-Security-Policy`.
    package let policy: String
    /// For `If-None-Match`.
    package let tag: String

    /// - Parameter bytes: HTML with one `<style>` and one `<script>` at most, without attributes.
    package init(_ bytes: ConstantBytes) {
        self.bytes = bytes
        let text = bytes.bytes
        policy = [
            "default-src 'none'", "img-src 'self' data:", "connect-src 'self'",
            "style-src \(Self.hash(of: "style", in: text))", "script-src \(Self.hash(of: "script", in: text))",
            "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        ].joined(separator: "; ")
        var hasher = SHA256Hasher()
        hasher.update(text)
        tag = "\"\(hasher.finish().prefix(16))\""
    }

    /// As a policy names the text between an element's tags.
    static func hash(of element: String, in text: UnsafeRawBufferPointer) -> String {
        guard let opening = text.firstRange(of: "<\(element)>".utf8),
            let closing = text[opening.upperBound...].firstRange(of: "</\(element)>".utf8)
        else { return "'none'" }
        return policySource(UnsafeRawBufferPointer(rebasing: text[opening.upperBound..<closing.lowerBound]))
    }
}
