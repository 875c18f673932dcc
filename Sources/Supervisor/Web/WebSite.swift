package import Admission
import FoundationEssentials
package import HTTP
import LinuxIO
package import Status
import Synchronization

/// The HTTP routes of `sluice watch`. Health and metrics are made from the board alone, so that they come while the
/// disk is full, the journal slow, or the engine busy; everything else is the page's.
package final class WebSite: Sendable {
    private struct Kept {
        var bytes: [UInt8]
        var status: Int
        /// Monotonic nanoseconds.
        var madeAt: Int64
    }

    private let board: StatusBoard
    private let cap: MemoryCap
    private let traffic: HTTPTraffic
    private let page: HTTPHandler?
    private let kept = Mutex<[String: Kept]>([:])
    /// However many ask, an answer is made at most so often. Nanoseconds.
    private static let freshness: Int64 = 200_000_000

    /// - Parameter page: answers what is neither health nor metrics.
    package init(board: StatusBoard, cap: MemoryCap, traffic: HTTPTraffic, page: HTTPHandler?) {
        self.board = board
        self.cap = cap
        self.traffic = traffic
        self.page = page
    }

    @Sendable package func respond(to request: HTTPRequest) -> HTTPResponse? {
        switch request.path {
        case "/health", "/healthz":
            answer("health", "application/json") { vitals in
                let health = Health(vitals)
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                let bytes = (try? encoder.encode(health)).map { Array($0) } ?? []
                return (bytes + [UInt8(ascii: "\n")], health.status == .ok ? 200 : 503)
            }
        case "/metrics":
            answer("metrics", "text/plain; version=0.0.4; charset=utf-8") { vitals in
                (Metrics.text(vitals, traffic.counts), 200)
            }
        default: page?(request)
        }
    }

    private func answer(
        _ name: String, _ contentType: String, _ make: (Vitals) -> (bytes: [UInt8], status: Int)
    ) -> HTTPResponse {
        let now = monotonicNanoseconds()
        let known = kept.withLock { $0[name] }
        if let known, now - known.madeAt < Self.freshness { return response(known, contentType) }
        let (bytes, status) = make(board.vitals(use: "watch", cap: cap))
        let new = Kept(bytes: bytes, status: status, madeAt: now)
        kept.withLock { $0[name] = new }
        return response(new, contentType)
    }

    private func response(_ kept: Kept, _ contentType: String) -> HTTPResponse {
        HTTPResponse(status: kept.status, contentType: contentType, body: .bytes(kept.bytes))
    }
}
