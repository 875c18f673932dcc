import FoundationEssentials

/// A message on the wire: four bytes of length, big-endian, then that many bytes of JSON.
package enum Frame {
    /// A longer frame is nonsense, and the end of the connection: neither side buffers more than this.
    package static let longest = 4 << 20

    /// What a worker says is shorter: the supervisor holds it, whole and decoded, in the little memory that it has.
    package static let longestReply = 256 << 10

    package static let headerLength = 4

    package static func encode(_ message: some Encodable, longest: Int = longest) throws -> [UInt8] {
        let body = try JSONEncoder().encode(message)
        guard body.count <= longest else { throw FrameError.tooLong(body.count, allowed: longest) }
        let count = UInt32(body.count)
        var frame: [UInt8] = [
            UInt8(truncatingIfNeeded: count >> 24), UInt8(truncatingIfNeeded: count >> 16),
            UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count),
        ]
        frame.reserveCapacity(headerLength + body.count)
        frame.append(contentsOf: body)
        return frame
    }

    package static func decode<Message: Decodable>(_ type: Message.Type, body: some Sequence<UInt8>) throws -> Message {
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch {
            throw FrameError.notUnderstood("\(error)")
        }
    }

    /// The length that a header of four bytes announces.
    package static func bodyLength(_ header: some Collection<UInt8>, longest: Int = longest) throws -> Int {
        let length = header.prefix(headerLength).reduce(0) { $0 << 8 | Int($1) }
        guard length <= longest else { throw FrameError.tooLong(length, allowed: longest) }
        return length
    }
}

package enum FrameError: Error, Equatable, CustomStringConvertible {
    /// Bytes announced.
    case tooLong(Int, allowed: Int = Frame.longest)
    case notUnderstood(String)
    /// The other side went away inside a frame.
    case cutOff

    package var description: String {
        switch self {
        case .tooLong(let bytes, let allowed): "a frame of \(bytes) bytes; at most \(allowed) are allowed"
        case .notUnderstood(let why): "a malformed message: \(why)"
        case .cutOff: "the connection ended inside a frame"
        }
    }
}

/// Collects bytes as they come and gives whole frames. Pure: no descriptor, no clock. Holds little more than the longest
/// frame and what was appended last.
package struct FrameBuffer: Sendable {
    private var bytes: [UInt8] = []
    /// Where the next frame begins. What lies before goes when all of it is read: thousands of short frames may come at
    /// once, and moving the rest for each of them would take the supervisor's time.
    private var start = 0
    private let longest: Int

    package init(longest: Int = Frame.longest) { self.longest = longest }

    package mutating func append(_ more: some Sequence<UInt8>) {
        bytes.removeFirst(start)
        start = 0
        bytes.append(contentsOf: more)
    }

    /// The body of the next whole frame, or nil when more bytes are needed.
    package mutating func next() throws -> [UInt8]? {
        let rest = bytes[start...]
        guard rest.count >= Frame.headerLength else { return nil }
        let length = try Frame.bodyLength(rest, longest: longest)
        guard rest.count >= Frame.headerLength + length else { return nil }
        let body = rest.dropFirst(Frame.headerLength).prefix(length)
        start = body.endIndex
        return Array(body)
    }
}
