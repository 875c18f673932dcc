import Testing

@testable import Admission

@Suite("The memory ledger")
struct MemoryLedgerTests {
    private typealias Request = MemoryLedger.Request

    @Test("jobs that all fit are served in the order they came")
    func inOrder() {
        var ledger = MemoryLedger(budget: 100)
        var waiting = (1...10).map { Request(job: $0, bytes: 10) }
        var order: [Int64] = []
        while let index = ledger.next(of: waiting) {
            #expect(index == 0)
            let request = waiting.remove(at: index)
            let outcome1 = ledger.reserve(request)
            #expect(outcome1)
            order.append(request.job)
        }
        #expect(order == Array(1...10))
        #expect(ledger.reserved == 100 && ledger.available == 0)
    }

    @Test("small jobs pass one that does not fit yet, at most so often, and then it is next")
    func bypass() {
        var ledger = MemoryLedger(budget: 100)
        let outcome2 = ledger.reserve(Request(job: 1, bytes: 50))
        #expect(outcome2)
        let big = Request(job: 2, bytes: 100)
        var passed = 0
        for job in Int64(3)...100 {
            guard let index = ledger.next(of: [big, Request(job: job, bytes: 10)]) else { break }
            #expect(index == 1)
            let outcome3 = ledger.reserve(Request(job: job, bytes: 10))
            #expect(outcome3)
            ledger.release(job)
            passed += 1
        }
        #expect(passed == MemoryLedger.mostPasses)
        ledger.release(1)
        let outcome4 = ledger.next(of: [big, Request(job: 99, bytes: 1)])
        #expect(outcome4 == 0)
        let outcome5 = ledger.reserve(big)
        #expect(outcome5)
        let outcome6 = ledger.next(of: [Request(job: 99, bytes: 1)])
        #expect(outcome6 == nil)
    }

    @Test("the first in line that fits passes, not the smallest")
    func firstThatFits() {
        var ledger = MemoryLedger(budget: 100)
        _ = ledger.reserve(Request(job: 1, bytes: 60))
        let waiting = [
            Request(job: 2, bytes: 80), Request(job: 3, bytes: 50), Request(job: 4, bytes: 40),
            Request(job: 5, bytes: 1),
        ]
        let outcome7 = ledger.next(of: waiting)
        #expect(outcome7 == 2)
    }

    @Test("a reservation is made once, fits, and is given back once")
    func reservations() {
        var ledger = MemoryLedger(budget: 10)
        let outcome8 = ledger.reserve(Request(job: 1, bytes: 11))
        #expect(!outcome8)
        #expect(ledger.isEmpty)
        let outcome9 = ledger.reserve(Request(job: 1, bytes: 4))
        #expect(outcome9)
        let outcome10 = ledger.reserve(Request(job: 1, bytes: 4))
        #expect(!outcome10)
        #expect(ledger.reserved == 4)
        ledger.release(2)
        #expect(ledger.reserved == 4)
        ledger.release(1)
        ledger.release(1)
        #expect(ledger.isEmpty && ledger.available == 10)
        let outcome11 = ledger.next(of: [Request]())
        #expect(outcome11 == nil)
        let outcome12 = ledger.reserve(Request(job: 3, bytes: .max))
        #expect(!outcome12)
    }

    @Test("whatever comes and goes, the budget holds and nothing starves", arguments: UInt64(1)...40)
    func randomSequences(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let budget = UInt64.random(in: 1...1000, using: &random)
        var ledger = MemoryLedger(budget: budget)
        var waiting: [Request] = []
        var running: [Request] = []
        var nextJob: Int64 = 0
        var finished = 0
        /// How many have passed the job that waits longest since it became that.
        var passes = 0
        for step in 0..<3000 {
            // New ones come only at first, so that the end shows that all get through.
            if step < 1500, Bool.random(using: &random) {
                nextJob += 1
                let bytes =
                    Int.random(in: 0..<5, using: &random) == 0
                    ? budget : UInt64.random(in: 0...max(1, budget / 3), using: &random)
                waiting.append(Request(job: nextJob, bytes: bytes))
            }
            if !running.isEmpty, Int.random(in: 0..<3, using: &random) > 0 || step >= 1500 {
                let done = running.remove(at: Int.random(in: 0..<running.count, using: &random))
                ledger.release(done.job)
                finished += 1
            }
            if let index = ledger.next(of: waiting) {
                let request = waiting.remove(at: index)
                guard ledger.reserve(request) else {
                    Issue.record("chosen, but does not fit: \(request) of \(ledger.available)")
                    return
                }
                running.append(request)
                passes = index == 0 ? 0 : passes + 1
                #expect(passes <= MemoryLedger.mostPasses)
            } else if let first = waiting.first {
                #expect(first.bytes > ledger.available)
                #expect(!running.isEmpty, "nothing runs, and nothing starts")
            }
            let sum = running.reduce(0) { $0 + $1.bytes }
            #expect(ledger.reserved == sum && sum <= budget)
        }
        #expect(waiting.isEmpty && finished + running.count == Int(nextJob))
    }
}
