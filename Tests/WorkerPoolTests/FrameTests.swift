import Jobs
import Testing

@testable import WorkerProtocol

@Suite("Frames")
struct FrameTests {
    private struct Message: Codable, Equatable { var text: String }

    @Test(
        "a message comes back as it was", arguments: ["", "x", "ä \"\u{0}\n", String(repeating: "z", count: 100_000)])
    func roundTrip(text: String) throws {
        let frame = try Frame.encode(Message(text: text))
        #expect(try Frame.bodyLength(frame) == frame.count - Frame.headerLength)
        var buffer = FrameBuffer()
        buffer.append(frame)
        let (body, rest) = (try buffer.next(), try buffer.next())
        #expect(try Frame.decode(Message.self, body: #require(body)) == Message(text: text))
        #expect(rest == nil)
    }

    @Test("frames are found wherever the stream is cut", arguments: [1, 2, 3, 4, 5, 7, 64, 1000])
    func pieces(size: Int) throws {
        let messages = (0..<20).map { Message(text: String(repeating: "m", count: $0 * 13)) }
        let stream = try messages.flatMap { try Frame.encode($0) }
        var buffer = FrameBuffer()
        var found: [Message] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            buffer.append(stream[start..<min(start + size, stream.count)])
            while let body = try buffer.next() { found.append(try Frame.decode(Message.self, body: body)) }
        }
        #expect(found == messages)
    }

    @Test("an announcement over the limit is refused before any of it is waited for")
    func tooLong() throws {
        var buffer = FrameBuffer()
        buffer.append([0x00, 0x40, 0x00, 0x00])
        let body = try buffer.next()
        #expect(body == nil, "exactly the limit")
        for header: [UInt8] in [[0x00, 0x40, 0x00, 0x01], [0xFF, 0xFF, 0xFF, 0xFF]] {
            var buffer = FrameBuffer()
            buffer.append(header)
            #expect(throws: FrameError.tooLong(header == [0xFF, 0xFF, 0xFF, 0xFF] ? 0xFFFF_FFFF : 4 << 20 | 1)) {
                try buffer.next()
            }
        }
        #expect(throws: FrameError.tooLong(4 << 20 | 1)) { try Frame.bodyLength([0x00, 0x40, 0x00, 0x01] as [UInt8]) }
        #expect(throws: FrameError.self) {
            try Frame.encode(Message(text: String(repeating: "x", count: Frame.longest)))
        }
    }

    @Test("an empty frame, text and the wrong shape are no messages")
    func nonsense() {
        for body in ["", "hello", "[]", "{\"text\": 1}"] {
            let error = #expect(throws: FrameError.self) { try Frame.decode(Message.self, body: body.utf8) }
            guard case .notUnderstood = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    @Test("errors say how long a frame was, and how long it may be")
    func messages() {
        #expect("\(FrameError.tooLong(5_000_000))".contains("5000000"))
        #expect("\(FrameError.tooLong(5_000_000))".contains("\(Frame.longest)"))
        #expect("\(FrameError.cutOff)".contains("inside a frame"))
    }

    @Test("every kind of reply crosses the wire")
    func replies() throws {
        let cost = JobCost(wallSeconds: 1.5, cpuSeconds: 0.25, peakMemory: .max)
        let failure = JobFailure(
            job: 5, error: JobError(.damaged, "bad \u{1}", stage: "resize"), isEnvironment: true, cost: cost)
        var buffer = FrameBuffer()
        buffer.append(try Frame.encode(WorkerReply.failed(failure)))
        buffer.append(try Frame.encode(WorkerReply.unchanged(job: .max)))
        let bodies = [try buffer.next(), try buffer.next()]
        let first = try Frame.decode(WorkerReply.self, body: #require(bodies[0]))
        guard case .failed(let back) = first else {
            Issue.record("\(first)")
            return
        }
        #expect(back.job == 5 && back.error == failure.error && back.isEnvironment && back.cost == cost)
        guard case .unchanged(.max) = try Frame.decode(WorkerReply.self, body: #require(bodies[1])) else {
            Issue.record("not unchanged")
            return
        }
    }
}
