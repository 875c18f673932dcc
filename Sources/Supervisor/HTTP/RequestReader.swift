/// Parses a client's bytes as they arrive, in pieces of any size, until they form a request. What cannot become one
/// is refused as early as that is certain.
package struct RequestReader: Sendable {
    package enum Outcome: Sendable, Equatable {
        case more
        case request(HTTPRequest)
        case refused(HTTPRefusal)
    }

    private let limits: HTTPLimits
    private var head: [UInt8] = []
    /// Of whole lines, without their ends.
    private var lines: [Range<Int>] = []
    private var lineStart = 0
    private var emptyLines = 0
    private var outcome = Outcome.more

    package init(limits: HTTPLimits = HTTPLimits()) { self.limits = limits }

    /// Whether anything has come.
    package var hasBegun: Bool { !head.isEmpty || emptyLines > 0 }

    /// Whether bytes came after the head: they will not be read.
    package private(set) var hasMore = false

    /// - Returns: the same again once it is not `more` any longer.
    package mutating func take(_ bytes: some Sequence<UInt8>) -> Outcome {
        for byte in bytes {
            guard case .more = outcome else {
                hasMore = true
                break
            }
            outcome = take(byte)
        }
        return outcome
    }

    private mutating func take(_ byte: UInt8) -> Outcome {
        guard head.count < limits.head else {
            return .refused(
                lines.isEmpty
                    ? tooLongTarget : HTTPRefusal(431, "The headers are longer than \(limits.head) bytes in total."))
        }
        head.append(byte)
        guard byte == UInt8(ascii: "\n") else {
            return lines.isEmpty ? inFirstLine(byte).map { .refused($0) } ?? .more : .more
        }
        var end = head.count - 1
        if end > lineStart, head[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        let line = lineStart..<end
        lineStart = head.count
        if !line.isEmpty {
            lines.append(line)
            if lines.count > limits.headers + 1 {
                return .refused(HTTPRefusal(431, "There are more than \(limits.headers) headers."))
            }
            return .more
        }
        if lines.isEmpty {
            // Some clients send an empty line before a request (RFC 9112, 2.2).
            emptyLines += 1
            head.removeAll(keepingCapacity: true)
            lineStart = 0
            return emptyLines > 4 ? .refused(HTTPRefusal(400, "Empty lines are not a request.")) : .more
        }
        defer { head = [] }
        do throws(HTTPRefusal) {
            return .request(try RequestHead.parse(lines.map { head[$0] }, limits: limits))
        } catch {
            return .refused(error)
        }
    }

    private var tooLongTarget: HTTPRefusal {
        HTTPRefusal(414, "The URL is longer than \(limits.target) bytes.")
    }

    /// What is wrong with the first line for certain, though its end is not there yet.
    private func inFirstLine(_ byte: UInt8) -> HTTPRefusal? {
        guard (0x20...0x7E).contains(byte) || byte == UInt8(ascii: "\r") else {
            // TLS begins with 0x16.
            return HTTPRefusal(400, "Not an HTTP request. The server speaks plain HTTP, not TLS.")
        }
        let longestMethod = 32
        guard head.count > longestMethod else { return nil }
        guard let space = head.prefix(longestMethod + 1).firstIndex(of: UInt8(ascii: " ")) else {
            return HTTPRefusal(400, "Not an HTTP request.")
        }
        let room = space + 1 + limits.target
        guard head.count > room, !head[(space + 1)...room].contains(UInt8(ascii: " ")) else { return nil }
        return tooLongTarget
    }
}
