import Glibc
package import LinuxIO
import Synchronization

/// Answers GET and HEAD on listening sockets, one request per connection, on a thread of its own. Whatever clients do,
/// it holds a fixed number of them, and blocks on none.
package final class HTTPServer: Sendable {
    package struct Listener: Sendable {
        package var socket: ListeningSocket
        package var handler: HTTPHandler

        package init(_ socket: ListeningSocket, handler: @escaping HTTPHandler) {
            self.socket = socket
            self.handler = handler
        }
    }

    private let stopping = Mutex(false)
    private let wake: WakeUp
    private let ended: WakeUp
    private let stopTime: Int64

    /// Throws SystemCallError when there are no descriptors or threads left.
    package init(_ listeners: [Listener], limits: HTTPLimits = HTTPLimits(), traffic: HTTPTraffic = HTTPTraffic())
        throws
    {
        wake = try WakeUp()
        ended = try WakeUp()
        stopTime = limits.stopTime
        try startThread(named: "sluice-http") { [self] in
            HTTPLoop(listeners, limits, traffic, wake: wake).run { stopping.withLock { $0 } }
            ended.signal()
        }
    }

    /// Accepts no more clients, and waits for responses in progress, for a second at most.
    package func stop() {
        stopping.withLock { $0 = true }
        wake.signal()
        waitUntilReadable([ended.number], nanoseconds: stopTime + 500_000_000)
    }
}
