import Glibc

extension HTTPResponse {
    /// Bytes.
    var length: UInt64 {
        switch body {
        case .bytes(let bytes): UInt64(bytes.count)
        case .constant(let constant): UInt64(constant.bytes.count)
        case .file(_, let bytes): bytes
        }
    }

    /// Status line and headers, with the empty line. What the handler did not say itself: keep nothing, guess no types,
    /// load nothing, be part of no other site's page.
    /// - Parameter now: seconds since 1970; nil leaves out the date, which faults of the server's own may do (RFC 9110,
    ///   6.6.1).
    func head(now: Int?) -> [UInt8] {
        let cautious = [
            (name: "Cache-Control", value: "no-store"),
            (name: "Content-Security-Policy", value: "default-src 'none'; frame-ancestors 'none'"),
            (name: "Cross-Origin-Resource-Policy", value: "same-origin"),
            (name: "Referrer-Policy", value: "no-referrer"),
            (name: "X-Content-Type-Options", value: "nosniff"),
        ]
        var fields = [
            (name: "Connection", value: "close"), (name: "Content-Type", value: contentType),
            (name: "Content-Length", value: "\(length)"),
        ]
        if let now { fields.insert((name: "Date", value: Self.date(now)), at: 0) }
        fields += cautious.filter { field in !headers.contains { $0.name.lowercased() == field.name.lowercased() } }
        fields += headers
        var text = "HTTP/1.1 \(status) \(Self.phrase(status))\r\n"
        for field in fields { text += "\(Self.line(field.name)): \(Self.line(field.value))\r\n" }
        return Array((text + "\r\n").utf8)
    }

    /// Nothing that a handler gives ends a line.
    private static func line(_ text: String) -> String {
        text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
            ? String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }))
            : text
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7), in no locale.
    static func date(_ seconds: Int) -> String {
        var (time, parts) = (time_t(seconds), tm())
        gmtime_r(&time, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(days[Int(parts.tm_wday) % 7]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon) % 12]) "
            + "\(1900 + parts.tm_year) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }

    private static func phrase(_ status: Int) -> String {
        let phrases = [
            200: "OK", 304: "Not Modified", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
            404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout", 413: "Content Too Large",
            414: "URI Too Long", 421: "Misdirected Request", 431: "Request Header Fields Too Large",
            500: "Internal Server Error", 503: "Service Unavailable", 505: "HTTP Version Not Supported",
        ]
        return phrases[status] ?? "Answer"
    }
}
