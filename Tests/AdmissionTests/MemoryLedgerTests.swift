import Schema
import Testing

@testable import Admission

@Suite("The memory ledger")
struct MemoryLedgerTests {
    private typealias Request = MemoryLedger.Request

    private func ledger(_ memory: UInt64, spill: UInt64 = 0) -> MemoryLedger {
        MemoryLedger(budget: .init(memory: memory, spill: spill))
    }

    private func request(
        _ ledger: MemoryLedger, _ job: Int64, _ memory: UInt64, spill: UInt64 = 0
    ) throws -> Request {
        try #require(ledger.request(job: job, .init(memory: memory, spill: spill)))
    }

    @Test("jobs that all fit are served in the order they came")
    func inOrder() throws {
        var ledger = ledger(100)
        var waiting = try (1...10).map { try request(ledger, $0, 10) }
        var order: [Int64] = []
        while let index = ledger.start(oneOf: waiting) {
            #expect(index == 0)
            order.append(waiting.remove(at: index).job)
        }
        #expect(order == Array(1...10))
        #expect(ledger.reserved.memory == 100 && ledger.available.memory == 0)
    }

    @Test("a job that has started gets more where that is there, else keeps what it has")
    func extended() throws {
        var ledger = ledger(100, spill: 10)
        let (first, second) = (try request(ledger, 1, 40, spill: 4), try request(ledger, 2, 30))
        for request in [first, second] {
            let index = ledger.start(oneOf: [request])
            #expect(index == 0)
        }
        for (job, amount) in [
            (1, MemoryLedger.Amount(memory: 71, spill: 4)), (1, .init(memory: 50, spill: 11)), (3, .init(memory: 1)),
        ] as [(Int64, MemoryLedger.Amount)] {
            let isExtended = ledger.extend(job, to: amount)
            #expect(!isExtended)
        }
        #expect(ledger.reserved == .init(memory: 70, spill: 4))
        let isExtended = ledger.extend(1, to: .init(memory: 70, spill: 10))
        #expect(isExtended)
        #expect(ledger.available == .init(memory: 0))
        ledger.release(1)
        #expect(ledger.reserved == .init(memory: 30))
    }

    @Test("small jobs pass one that does not fit yet, at most so often, and then it is next")
    func bypass() throws {
        var ledger = ledger(100)
        let first = try request(ledger, 1, 50)
        let big = try request(ledger, 2, 100)
        #expect(ledger.start(oneOf: [first]) == 0)
        var passed = 0
        for job in Int64(3)...100 {
            guard let index = ledger.start(oneOf: [big, try request(ledger, job, 10)]) else { break }
            #expect(index == 1)
            ledger.release(job)
            passed += 1
        }
        #expect(passed == MemoryLedger.mostPasses)
        ledger.release(1)
        let small = try request(ledger, 99, 1)
        #expect(ledger.start(oneOf: [big, small]) == 0)
        #expect(ledger.start(oneOf: [small]) == nil)
    }

    @Test("a job that another takes the first place from does not start to count anew")
    func passesStay() throws {
        var ledger = ledger(100)
        let first = try request(ledger, 1, 50)
        let big = try request(ledger, 2, 100)
        #expect(ledger.start(oneOf: [first]) == 0)
        var started = 0
        for job in Int64(3)...100 {
            // Every other time somebody stands before it: a job that was not at fault, and is done again first.
            let line = [big, try request(ledger, job, 10)]
            guard ledger.start(oneOf: job % 2 == 0 ? line : line.reversed()) != nil else { break }
            started += 1
            ledger.release(job)
        }
        #expect(started <= 2 * MemoryLedger.mostPasses + 1)
    }

    @Test("the first in line that fits passes, not the smallest")
    func firstThatFits() throws {
        var ledger = ledger(100)
        let first = try request(ledger, 1, 60)
        #expect(ledger.start(oneOf: [first]) == 0)
        let waiting = try [(2, 80), (3, 50), (4, 40), (5, 1)].map { try request(ledger, $0.0, $0.1) }
        #expect(ledger.start(oneOf: waiting) == 2)
    }

    @Test("room in files is as little given twice as memory")
    func spill() throws {
        var ledger = ledger(100, spill: 10)
        let (one, two) = (try request(ledger, 1, 1, spill: 7), try request(ledger, 2, 1, spill: 4))
        let none = try request(ledger, 3, 1)
        #expect(ledger.start(oneOf: [one]) == 0)
        #expect(ledger.start(oneOf: [two]) == nil)
        #expect(ledger.start(oneOf: [two, none]) == 1)
        ledger.release(1)
        #expect(ledger.start(oneOf: [two]) == 0)
        #expect(ledger.reserved == .init(memory: 2, spill: 4))
    }

    @Test("what could never start is no request, and a job that runs is not started again")
    func impossible() throws {
        var ledger = ledger(10, spill: 5)
        #expect(ledger.request(job: 1, .init(memory: 11)) == nil)
        #expect(ledger.request(job: 1, .init(memory: .max, spill: .max)) == nil)
        #expect(ledger.request(job: 1, .init(memory: 0, spill: 6)) == nil)
        let all = try request(ledger, 1, 10, spill: 5)
        #expect(ledger.start(oneOf: [all]) == 0)
        #expect(ledger.start(oneOf: [try request(ledger, 1, 0)]) == nil)
        ledger.release(2)
        #expect(ledger.reserved == .init(memory: 10, spill: 5))
        ledger.release(1)
        ledger.release(1)
        #expect(ledger.isEmpty && ledger.available == .init(memory: 10, spill: 5))
        #expect(ledger.start(oneOf: [Request]()) == nil)
    }

    /// What a simulated job is, and what has happened to it.
    private struct Waiting {
        var request: Request
        /// Jobs before it when it came.
        var ahead: Int
        /// Jobs that were started since.
        var startedSince = 0
    }

    @Test(
        "whatever comes and goes, neither budget is exceeded, nothing starves or starts twice",
        arguments: UInt64(1)...60)
    func randomSequences(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let budget = MemoryLedger.Amount(
            memory: UInt64.random(in: 1...1000, using: &random), spill: UInt64.random(in: 0...1000, using: &random))
        var ledger = MemoryLedger(budget: budget)
        var waiting: [Waiting] = []
        var running: [Request] = []
        var started: Set<Int64> = []
        var nextJob: Int64 = 0
        var lastOfKind: [MemoryLedger.Amount.Key: Int64] = [:]
        for step in 0..<3000 {
            // New ones come only at first, so that the end shows that all get through.
            if step < 1500, Bool.random(using: &random) {
                nextJob += 1
                let amount = size(of: budget, &random)
                waiting.append(
                    Waiting(request: try #require(ledger.request(job: nextJob, amount)), ahead: waiting.count))
            }
            if !running.isEmpty, Int.random(in: 0..<3, using: &random) > 0 || step >= 1500 {
                ledger.release(running.remove(at: Int.random(in: 0..<running.count, using: &random)).job)
            }
            if let index = ledger.start(oneOf: waiting.map(\.request)) {
                let chosen = waiting.remove(at: index)
                #expect(started.insert(chosen.request.job).inserted)
                #expect(chosen.startedSince <= chosen.ahead + MemoryLedger.mostPasses, "it starved")
                // Those that need the same are served in the order they came.
                let kind = chosen.request.amount.key
                #expect(lastOfKind[kind, default: 0] < chosen.request.job)
                lastOfKind[kind] = chosen.request.job
                running.append(chosen.request)
                for index in waiting.indices { waiting[index].startedSince += 1 }
            } else if !waiting.isEmpty {
                #expect(!running.isEmpty, "nothing runs, and nothing starts")
            }
            let sum = running.reduce(into: MemoryLedger.Amount(memory: 0)) { sum, request in
                sum.memory += request.amount.memory
                sum.spill += request.amount.spill
            }
            #expect(ledger.reserved == sum && sum.isWithin(budget))
        }
        #expect(waiting.isEmpty && started.count == Int(nextJob))
    }

    private func size(of budget: MemoryLedger.Amount, _ random: inout SeededGenerator) -> MemoryLedger.Amount {
        func part(_ whole: UInt64) -> UInt64 {
            switch Int.random(in: 0..<6, using: &random) {
            case 0: whole
            case 1: 0
            default: UInt64.random(in: 0...max(1, whole / 3), using: &random)
            }
        }
        return .init(memory: min(part(budget.memory), budget.memory), spill: min(part(budget.spill), budget.spill))
    }
}

extension MemoryLedger.Amount {
    struct Key: Hashable {
        var memory: UInt64
        var spill: UInt64
    }

    var key: Key { Key(memory: memory, spill: spill) }
}
