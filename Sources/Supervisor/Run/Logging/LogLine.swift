package import Logging
import Outbox

/// The format of log lines.
package enum LogFormat: Sendable, Equatable {
    /// `2026-11-22T03:00:00.123Z info published job=job-12 source="a b.jpg"`
    case text
    /// `<6>published job=job-12 source="a b.jpg"`: for the journal, which has the time and reads the priority
    /// (sd-daemon(3)).
    case journal
    /// `{"time":"…","level":"info","message":"published","job":"job-12","source":"a b.jpg"}`
    case json
}

/// One event, on one line, whatever the names and messages in it hold.
package struct LogLine: Sendable {
    package enum Value: Sendable, Equatable {
        case text(String)
        /// As it is written.
        case number(String)
        case list([String])
    }

    /// Seconds since 1970.
    package var time: Double
    package var level: Logger.Level
    package var message: String
    /// In the order in which they are written.
    package var fields: [(key: String, value: Value)]

    package init(time: Double, level: Logger.Level, message: String, metadata: Logger.Metadata) {
        self.time = time
        self.level = level
        self.message = message
        fields = metadata.map { (key: $0.key, value: Value($0.value)) }.sorted { one, other in
            (Self.rank(one.key), one.key) < (Self.rank(other.key), other.key)
        }
    }

    /// What people look for comes first.
    private static let first = ["job", "source", "inbox", "code"]

    private static func rank(_ key: String) -> Int { first.firstIndex(of: key) ?? first.count }

    /// With the line's end.
    package func text(_ format: LogFormat) -> String {
        switch format {
        case .text: "\(timestamp(time)) \(level) \(plainText)\n"
        case .journal: "<\(priority)>\(plainText)\n"
        case .json: json + "\n"
        }
    }

    /// As syslog(3) numbers them.
    private var priority: Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    private var plainText: String {
        fields.reduce(oneLine(message)) { line, field in
            let text =
                switch field.value {
                case .text(let text): quotedWhereNeeded(text)
                case .number(let number): number
                case .list(let texts): "[" + texts.map(quotedWhereNeeded).joined(separator: ",") + "]"
                }
            return "\(line) \(field.key)=\(text)"
        }
    }

    private var json: String {
        var parts = [
            #""time":"\#(timestamp(time))""#, #""level":"\#(level)""#, #""message":\#(jsonString(message))"#,
        ]
        for (key, value) in fields {
            let text =
                switch value {
                case .text(let text): jsonString(text)
                case .number(let number): number
                case .list(let texts): "[" + texts.map(jsonString).joined(separator: ",") + "]"
                }
            // A field that has one of our own names gets another.
            let name = ["time", "level", "message"].contains(key) ? key + "_" : key
            parts.append("\(jsonString(name)):\(text)")
        }
        return "{" + parts.joined(separator: ",") + "}"
    }
}

extension LogLine.Value {
    package init(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): self = .text(text)
        case .stringConvertible(let value):
            switch value {
            case let number as Double where number.isFinite: self = .number("\(number)")
            case let number as any BinaryInteger: self = .number("\(number)")
            default: self = .text("\(value)")
            }
        case .array(let values): self = .list(values.map { "\($0)" })
        case .dictionary: self = .text("\(value)")
        }
    }
}

/// Unchanged if it is one plain word; otherwise in quotes, in which `\"`, `\\`, `\n`, `\t` and `\u{…}` stand for what
/// cannot.
private func quotedWhereNeeded(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy { scalar in
        !endsLines(scalar) && ![" ", "\"", "\\", "=", "[", "]", ","].contains(scalar)
    }
    return isPlain && !text.isEmpty ? text : "\"\(inQuotes(text))\""
}

private func inQuotes(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        default: result += spelt(scalar) ?? String(scalar)
        }
    }
}

/// For messages, which are ours and hold spaces.
private func oneLine(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { $0 += spelt($1) ?? String($1) }
}

private func spelt(_ scalar: Unicode.Scalar) -> String? {
    switch scalar {
    case "\n": "\\n"
    case "\t": "\\t"
    case _ where endsLines(scalar): "\\u{\(String(scalar.value, radix: 16))}"
    default: nil
    }
}

private func jsonString(_ text: String) -> String {
    let digits = Array("0123456789abcdef")
    let inside = text.unicodeScalars.reduce(into: "") { result, scalar in
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case _ where endsLines(scalar):
            // All of them have at most four digits.
            result += "\\u" + (0..<4).reversed().map { String(digits[Int(scalar.value >> ($0 * 4) & 15)]) }.joined()
        default: result.unicodeScalars.append(scalar)
        }
    }
    return "\"\(inside)\""
}

/// What moves a terminal's cursor, ends lines for some readers, or turns the direction of writing.
private func endsLines(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
}
