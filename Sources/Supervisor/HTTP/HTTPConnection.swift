import Glibc
import LinuxIO

/// One client, from its first byte to its last. Belongs to the server's thread.
final class HTTPConnection {
    enum Phase {
        case reading(RequestReader)
        case writing(ResponseWriter, lingers: Bool)
        /// The answer is out; what the client still sends is read and forgotten.
        case lingering(bytes: Int)
    }

    let socket: Descriptor
    /// Monotonic nanoseconds.
    let openedAt: Int64
    private let handler: HTTPHandler
    private let limits: HTTPLimits
    private let traffic: HTTPTraffic
    private(set) var phase: Phase {
        didSet { claim = phase.claim }
    }
    private(set) var claim = Claim.reading
    private(set) var isOver = false
    /// When it has had its time, in this phase.
    private(set) var deadline: Int64

    init(
        _ socket: Descriptor, _ handler: @escaping HTTPHandler, _ limits: HTTPLimits, _ traffic: HTTPTraffic, now: Int64
    ) {
        self.socket = socket
        self.handler = handler
        self.limits = limits
        self.traffic = traffic
        openedAt = now
        deadline = now + limits.headTime
        phase = .reading(RequestReader(limits: limits))
        traffic.opened()
    }

    deinit { traffic.closed() }

    /// What it waits for.
    var events: Int16 {
        if case .writing = phase { Int16(POLLOUT) } else { Int16(POLLIN) }
    }

    /// Bytes of the process's memory that wait for the client.
    var held: Int {
        if case .writing(let writer, _) = phase { writer.held } else { 0 }
    }

    /// Goes as far as it can without waiting.
    func advance(now: Int64, scratch: UnsafeMutableRawBufferPointer) {
        if case .reading(var reader) = phase {
            // Not held twice while it is changed.
            phase = .lingering(bytes: 0)
            if read(&reader, now: now, scratch: scratch) { phase = .reading(reader) }
        }
        if case .writing(var writer, let lingers) = phase {
            let (progress, count) = writer.write(to: socket, scratch: scratch)
            phase = .writing(writer, lingers: lingers)
            switch progress {
            case .done: answered(lingers: lingers, now: now)
            case .blocked:
                if count > 0 { deadline = min(now + limits.stallTime, openedAt + limits.totalTime) }
            case .broken:
                traffic.dropped(.gone)
                isOver = true
            }
        } else if case .lingering(let bytes) = phase, !isOver {
            linger(bytes, scratch)
        }
    }

    /// Its time is over.
    func expire(now: Int64) {
        switch phase {
        case .reading(let reader):
            traffic.dropped(.slowHead)
            if reader.hasBegun { respondImmediately(HTTPRefusal(408, "The request took too long.")) }
        case .writing: traffic.dropped(.slowReader)
        case .lingering: break
        }
        isOver = true
    }

    /// Its slot is needed for another client.
    func giveWay() {
        switch phase {
        case .reading:
            traffic.dropped(.crowded)
            traffic.answered(503)
            _ = Self.crowded.withUnsafeBytes { ResponseWriter.send($0, to: socket) }
        case .writing: traffic.dropped(.crowded)
        case .lingering: break
        }
        isOver = true
    }

    /// The same for everybody, and made once: in a flood it is what the server does most.
    private static let crowded: [UInt8] = {
        let response = HTTPRefusal(503, "Too many connections; try again.").response
        guard case .bytes(let text) = response.body else { return response.head(now: nil) }
        return response.head(now: nil) + text
    }()

    // MARK: Steps

    /// - Returns: whether there is more to read, later.
    private func read(_ reader: inout RequestReader, now: Int64, scratch: UnsafeMutableRawBufferPointer) -> Bool {
        // A client that sends faster than it is read must not keep the others.
        for _ in 0..<4 {
            let count = recv(socket.number, scratch.baseAddress, scratch.count, Int32(MSG_DONTWAIT))
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EAGAIN || errno == EWOULDBLOCK { return true }
                traffic.dropped(.gone)
                isOver = true
                return false
            }
            if count == 0 {
                if reader.hasBegun {
                    answer(
                        HTTPRefusal(400, "The request ends early.").response, to: nil, lingers: false, now: now)
                } else {
                    isOver = true
                }
                return false
            }
            switch reader.take(UnsafeRawBufferPointer(rebasing: scratch[..<count])) {
            case .more: continue
            case .refused(let refusal):
                answer(refusal.response, to: nil, lingers: true, now: now)
                return false
            case .request(let request):
                let response = handler(request) ?? .text(404, "Not found.")
                answer(response, to: request.method, lingers: reader.hasMore, now: now)
                return false
            }
        }
        return true
    }

    private func answer(_ response: HTTPResponse, to method: HTTPRequest.Method?, lingers: Bool, now: Int64) {
        traffic.answered(response.status)
        phase = .writing(ResponseWriter(response, to: method, now: time(nil)), lingers: lingers)
        deadline = min(now + limits.stallTime, openedAt + limits.totalTime)
    }

    private func answered(lingers: Bool, now: Int64) {
        guard lingers else {
            isOver = true
            return
        }
        shutdown(socket.number, Int32(SHUT_WR))
        phase = .lingering(bytes: 0)
        deadline = now + limits.lingerTime
    }

    private func linger(_ before: Int, _ scratch: UnsafeMutableRawBufferPointer) {
        var bytes = before
        for _ in 0..<16 {
            let count = recv(socket.number, scratch.baseAddress, scratch.count, Int32(MSG_DONTWAIT))
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN || errno == EWOULDBLOCK { break }
            bytes += max(0, count)
            if count <= 0 || bytes > limits.lingerBytes {
                isOver = true
                return
            }
        }
        phase = .lingering(bytes: bytes)
    }

    /// As much as the kernel takes, which is all of it: nothing was sent before.
    private func respondImmediately(_ refusal: HTTPRefusal) {
        traffic.answered(refusal.status)
        var writer = ResponseWriter(refusal.response, to: nil, now: time(nil))
        withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { _ = writer.write(to: socket, scratch: $0) }
    }
}

/// How strong a client's claim to its slot is. Among equals, the oldest gives way.
enum Claim: Int, Comparable {
    /// It has its answer.
    case lingering
    case reading
    case writing

    static func < (one: Claim, other: Claim) -> Bool { one.rawValue < other.rawValue }
}

extension HTTPConnection.Phase {
    fileprivate var claim: Claim {
        switch self {
        case .reading: .reading
        case .writing: .writing
        case .lingering: .lingering
        }
    }
}
