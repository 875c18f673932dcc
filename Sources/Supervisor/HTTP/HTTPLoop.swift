import Glibc
import LinuxIO

/// The server's event loop: waits for the next event, then does whatever can be done without blocking.
final class HTTPLoop {
    private var listeners: [HTTPServer.Listener]
    private let limits: HTTPLimits
    private let traffic: HTTPTraffic
    private let wake: WakeUp
    private var connections: [HTTPConnection] = []
    private var entries: [pollfd] = []
    /// Where descriptors or memory ran out: when it is tried again.
    private var acceptsAgainAt: Int64 = 0
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 << 10, alignment: 64)

    init(_ listeners: [HTTPServer.Listener], _ limits: HTTPLimits, _ traffic: HTTPTraffic, wake: WakeUp) {
        self.listeners = listeners
        self.limits = limits
        self.traffic = traffic
        self.wake = wake
    }

    deinit { scratch.deallocate() }

    /// Until `isStopping` and no answer is under way any more.
    func run(until isStopping: () -> Bool) {
        var end: Int64?
        while true {
            let now = monotonicNanoseconds()
            if end == nil, isStopping() {
                end = now + limits.stopTime
                listeners = []
                connections.removeAll { $0.claim != .writing }
            }
            if let end, connections.isEmpty || now >= end { return }
            wait(now: now, end: end)
            let instant = monotonicNanoseconds()
            for (entry, connection) in zip(entries.dropFirst(1 + listeners.count), connections) where entry.revents != 0
            {
                connection.advance(now: instant, scratch: scratch)
            }
            for connection in connections where !connection.isOver && connection.deadline <= instant {
                connection.expire(now: instant)
            }
            connections.removeAll(where: \.isOver)
            if instant >= acceptsAgainAt { accept(now: instant) }
            giveUpHeld()
        }
    }

    private func wait(now: Int64, end: Int64?) {
        let accepts = now >= acceptsAgainAt
        entries.removeAll(keepingCapacity: true)
        entries.append(pollfd(fd: wake.number, events: Int16(POLLIN), revents: 0))
        for listener in listeners {
            // A negative number is passed over.
            entries.append(pollfd(fd: accepts ? listener.socket.number : -1, events: Int16(POLLIN), revents: 0))
        }
        var next = end ?? .max
        if !accepts { next = min(next, acceptsAgainAt) }
        for connection in connections {
            entries.append(pollfd(fd: connection.socket.number, events: connection.events, revents: 0))
            next = min(next, connection.deadline)
        }
        let milliseconds = next == .max ? -1 : Int32(clamping: max(0, next - now + 999_999) / 1_000_000)
        let count = poll(&entries, nfds_t(entries.count), milliseconds)
        if count < 0 { for index in entries.indices { entries[index].revents = 0 } }
        if entries[0].revents != 0 { wake.clear() }
    }

    /// Takes in who waits: so many at a time, that a flood does not keep those who are inside. Each is read at once; most
    /// have sent their request already, and are answered before anybody could want their place.
    private func accept(now: Int64) {
        for (index, listener) in listeners.enumerated() where entries[1 + index].revents != 0 {
            for _ in 0..<max(1, limits.connections / 2) {
                do {
                    guard let socket = try listener.socket.accept() else { break }
                    if connections.count >= limits.connections { makeRoom() }
                    let connection = HTTPConnection(socket, listener.handler, limits, traffic, now: now)
                    connection.advance(now: now, scratch: scratch)
                    if !connection.isOver { connections.append(connection) }
                } catch {
                    // Out of descriptors, most likely: the client waits in the kernel's line. One less may be all it takes.
                    traffic.acceptFailed()
                    acceptsAgainAt = now + limits.acceptPause
                    if !connections.isEmpty { makeRoom() }
                    return
                }
            }
        }
    }

    private func makeRoom() {
        guard let index = weakest(of: connections.indices) else { return }
        connections[index].giveWay()
        connections.remove(at: index)
    }

    /// Of several that are alike, the one that came first: they stand in the order in which they came.
    private func weakest(of indices: some Sequence<Int>) -> Int? {
        indices.min { connections[$0].claim < connections[$1].claim }
    }

    /// Responses that are not read must not pile up.
    private func giveUpHeld() {
        var held = connections.reduce(0) { $0 + $1.held }
        while held > limits.held {
            guard let index = weakest(of: connections.indices.filter { connections[$0].held > 0 }) else { return }
            held -= connections[index].held
            connections[index].giveWay()
            connections.remove(at: index)
        }
    }
}
