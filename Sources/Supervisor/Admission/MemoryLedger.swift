/// Reservations of the memory cap and of spill space. Pure: no clock, no measurement, no side effects.
package struct MemoryLedger: Sendable {
    /// Bytes of two resources.
    package struct Amount: Sendable, Equatable {
        package var memory: UInt64
        package var spill: UInt64

        package init(memory: UInt64, spill: UInt64 = 0) {
            self.memory = memory
            self.spill = spill
        }

        func isWithin(_ other: Amount) -> Bool { memory <= other.memory && spill <= other.spill }
    }

    /// A job and what it needs: never more than there is, so that every request can start once it is alone.
    package struct Request: Sendable, Equatable {
        package let job: Int64
        package let amount: Amount

        fileprivate init(job: Int64, amount: Amount) {
            self.job = job
            self.amount = amount
        }
    }

    /// What all jobs together may reserve.
    package let budget: Amount
    private var reservations: [Int64: Amount] = [:]
    /// How often each of the waiting jobs has been passed.
    private var passes: [Int64: Int] = [:]

    /// So many jobs may pass one that waits; then it is next, alone if it must.
    package static let mostPasses = 16

    package init(budget: Amount) { self.budget = budget }

    package var reserved: Amount {
        reservations.values.reduce(into: Amount(memory: 0)) { sum, amount in
            sum.memory += amount.memory
            sum.spill += amount.spill
        }
    }

    package var available: Amount {
        let reserved = reserved
        return Amount(memory: budget.memory - reserved.memory, spill: budget.spill - reserved.spill)
    }

    package var isEmpty: Bool { reservations.isEmpty }

    /// - Returns: nil where the job could never start.
    package func request(job: Int64, _ amount: Amount) -> Request? {
        amount.isWithin(budget) ? Request(job: job, amount: amount) : nil
    }

    /// Reserves for the job to start now, of those waiting (longest first). First come, first served; smaller jobs pass
    /// those that do not fit yet, but none of them is passed for ever.
    /// - Returns: the job's index, or nil when none may start; nothing is reserved then.
    package mutating func start(oneOf waiting: some Collection<Request>) -> Int? {
        let available = available
        var passed: [Int64] = []
        for (index, request) in waiting.enumerated() where reservations[request.job] == nil {
            if request.amount.isWithin(available) {
                reservations[request.job] = request.amount
                passes[request.job] = nil
                for job in passed { passes[job, default: 0] += 1 }
                forgetPasses(butOf: waiting)
                return index
            }
            if passes[request.job, default: 0] >= Self.mostPasses { return nil }
            passed.append(request.job)
        }
        return nil
    }

    /// More for a job that has started. False where that is not there; nothing changes then.
    package mutating func extend(_ job: Int64, to amount: Amount) -> Bool {
        guard let reserved = reservations[job] else { return false }
        let available = available
        let room = Amount(memory: available.memory + reserved.memory, spill: available.spill + reserved.spill)
        guard amount.isWithin(room) else { return false }
        reservations[job] = amount
        return true
    }

    package mutating func release(_ job: Int64) { reservations[job] = nil }

    /// Of jobs that went away while they waited.
    private mutating func forgetPasses(butOf waiting: some Collection<Request>) {
        guard passes.count > 1000 else { return }
        let jobs = Set(waiting.map(\.job))
        passes = passes.filter { jobs.contains($0.key) }
    }
}
