import Admission
package import Logging

/// The memory of all processes at a moment. Bytes.
package struct MemorySample: Sendable, Equatable {
    package var supervisor: UInt64
    package var workers: UInt64
    /// The most that was seen.
    package var peak: UInt64
    /// By jobs that run.
    package var reserved: UInt64
    package var cap: UInt64

    package var used: UInt64 { supervisor + workers }

    package var metadata: Logger.Metadata {
        [
            "used": .stringConvertible(used), "peak": .stringConvertible(peak), "cap": .stringConvertible(cap),
            "reserved": .stringConvertible(reserved), "supervisor": .stringConvertible(supervisor),
            "workers": .stringConvertible(workers),
        ]
    }
}

/// Decides when memory use is worth a log line.
package struct MemoryReports: Sendable {
    package enum Report: Sendable, Equatable {
        /// Regularly, while jobs run.
        case regular
        /// Over 80 % of the cap, for the first time since it was under 70 %, and for the first time in a minute.
        case high
    }

    private static let interval = 60.0
    private var reportedAt: Double
    private var warnedAt: Double?
    private var isHigh = false

    /// - Parameter now: seconds of a clock that never jumps.
    package init(now: Double) { reportedAt = now }

    /// - Parameter now: on the same clock.
    package mutating func take(_ sample: MemorySample, now: Double) -> [Report] {
        var reports: [Report] = []
        if now - reportedAt >= Self.interval {
            reportedAt = now
            reports.append(.regular)
        }
        if sample.used > sample.cap / 10 * 8 {
            if !isHigh, warnedAt.map({ now - $0 >= Self.interval }) ?? true {
                isHigh = true
                warnedAt = now
                reports.append(.high)
            }
        } else if sample.used < sample.cap / 10 * 7 {
            isHigh = false
        }
        return reports
    }
}
