/// Who has reserved how much of the memory cap. Pure: no clock, no measurement, no effect.
package struct MemoryLedger: Sendable {
    /// Bytes that all jobs together may reserve.
    package let budget: UInt64
    private var reservations: [Int64: UInt64] = [:]
    /// How often jobs have passed the one that waits longest.
    private var passes = 0
    private var waitingLongest: Int64?

    /// After so many smaller jobs have passed it, the one that waits longest is next, alone if it must.
    package static let mostPasses = 16

    package init(budget: UInt64) { self.budget = budget }

    package var reserved: UInt64 { reservations.values.reduce(0, &+) }
    package var available: UInt64 { budget - reserved }
    package var isEmpty: Bool { reservations.isEmpty }

    /// A job and the bytes that it needs.
    package struct Request: Sendable, Equatable {
        package var job: Int64
        package var bytes: UInt64

        package init(job: Int64, bytes: UInt64) {
            self.job = job
            self.bytes = bytes
        }
    }

    /// The index of the job to start now, of those waiting (longest first), or nil when none may start. First come,
    /// first served; smaller jobs pass one that does not fit yet, but not for ever.
    package mutating func next(of waiting: some Collection<Request>) -> Int? {
        guard let first = waiting.first else { return nil }
        if waitingLongest != first.job {
            waitingLongest = first.job
            passes = 0
        }
        if fits(first) { return 0 }
        guard passes < Self.mostPasses else { return nil }
        for (index, request) in waiting.enumerated() where fits(request) {
            passes += 1
            return index
        }
        return nil
    }

    /// - Returns: false, and nothing is reserved, when it does not fit.
    package mutating func reserve(_ request: Request) -> Bool {
        guard fits(request), reservations[request.job] == nil else { return false }
        reservations[request.job] = request.bytes
        return true
    }

    package mutating func release(_ job: Int64) { reservations[job] = nil }

    private func fits(_ request: Request) -> Bool { request.bytes <= available }
}
