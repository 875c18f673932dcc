import Glibc
import Synchronization
import Testing

@testable import LinuxIO

@Suite("The pool for calls that block")
struct BlockingPoolTests {
    @Test("a burst gets a thread a piece, up to as many as there may be", arguments: [(6, 8), (20, 8)])
    func burst(pieces: Int, most: Int) async throws {
        let pool = BlockingPool(name: "burst", threads: most)
        let gate = Gate()
        try await withThrowingTaskGroup { group in
            for _ in 0..<pieces { group.addTask { try await pool.run { gate.pass() } } }
            // Had each only its turn, they would never all stand at the gate.
            await untilTrue { gate.waiting == min(pieces, most) }
            #expect(pool.threads <= most)
            gate.open()
            try await group.waitForAll()
        }
        #expect(gate.passed == pieces)
    }

    @Test("idle threads are used again before others are started")
    func reuse() async throws {
        let pool = BlockingPool(threads: 8)
        for number in 0..<100 { #expect(try await pool.run { number } == number) }
        #expect(pool.threads == 1)
    }

    @Test("errors come through; the result is that of the body")
    func results() async throws {
        let pool = BlockingPool(threads: 1)
        struct Fault: Error {}
        await #expect(throws: Fault.self) { try await pool.run { throw Fault() } }
        await #expect(throws: Fault.self) { try await pool.run(within: 60) { throw Fault() } }
        #expect(try await pool.run(within: 60) { 7 } == 7)
    }

    @Test("several at once: all of them are over, the error of one comes through, and none is left out for it")
    func several() async throws {
        let pool = BlockingPool(threads: 4)
        struct Fault: Error {}
        let done = Mutex(0)
        let body: @Sendable () -> Void = { done.withLock { $0 += 1 } }
        let bodies: [@Sendable () throws -> Void] = [{ throw Fault() }] + Array(repeating: body, count: 9)
        await #expect(throws: Fault.self) { try await pool.runAll(bodies) }
        #expect(done.withLock { $0 } == 9)
        try await pool.runAll([])
        try await pool.runAll([body])
        #expect(done.withLock { $0 } == 10)
    }

    @Test("who waits too long goes on without; the thread comes back when its call returns")
    func timeLimit() async throws {
        let pool = BlockingPool(name: "photos", threads: 1)
        let gate = Gate()
        let error = await #expect(throws: RootNotAnswering.self) { try await pool.run(within: 0.2) { gate.pass() } }
        #expect(error == RootNotAnswering(pool: "photos", seconds: 0.2))
        #expect(error?.description.contains("photos") == true)
        // The only thread hangs: a piece whose caller has given up is never run, and takes no room.
        let hasRun = Mutex(false)
        await #expect(throws: RootNotAnswering.self) {
            try await pool.run(within: 0.1) { hasRun.withLock { $0 = true } }
        }
        #expect(pool.waiting == 0)
        gate.open()
        #expect(try await pool.run(within: 60) { "back" } == "back")
        #expect(!hasRun.withLock { $0 })
        #expect(pool.threads == 1)
    }

    @Test("it is stuck while all its threads have been in one call for too long, and not when they come back")
    func stuck() async throws {
        let pool = BlockingPool(threads: 2, patience: 0.2)
        let gate = Gate()
        try await withThrowingTaskGroup { group in
            group.addTask { try await pool.run { gate.pass() } }
            await untilTrue { gate.waiting == 1 }
            #expect(!pool.isStuck, "one is free")
            group.addTask { try await pool.run { gate.pass() } }
            await untilTrue { gate.waiting == 2 }
            await untilTrue { pool.isStuck }
            gate.open()
            try await group.waitForAll()
        }
        await untilTrue { !pool.isStuck }
    }

    @Test("its threads end with it, one that hangs as soon as it can")
    func threadsEnd() async throws {
        let gate = Gate()
        let name = "sluice-\(uniqueRandomHex(4))"
        func running() -> Int { threadNames().count { $0 == name } }
        do {
            let pool = BlockingPool(name: String(name.dropFirst("sluice-".count)), threads: 3)
            try await withThrowingTaskGroup { group in
                for _ in 0..<2 { group.addTask { try await pool.run {} } }
                group.addTask { _ = try? await pool.run(within: 0.1) { gate.pass() } }
                try await group.waitForAll()
            }
            #expect(running() >= 1)
        }
        await untilTrue { running() == 1 }
        gate.open()
        await untilTrue { running() == 0 }
    }
}

/// Where threads wait until it is opened.
private final class Gate: Sendable {
    private let state = Mutex((waiting: 0, passed: 0, isOpen: false))

    var waiting: Int { state.withLock { $0.waiting } }
    var passed: Int { state.withLock { $0.passed } }

    func open() { state.withLock { $0.isOpen = true } }

    func pass() {
        state.withLock { $0.waiting += 1 }
        while !state.withLock({ $0.isOpen }) { usleep(1000) }
        state.withLock { state in
            state.waiting -= 1
            state.passed += 1
        }
    }
}

/// Of this process.
private func threadNames() -> [String] {
    guard let tasks = try? Directory.open(path: "/proc/self/task"), let entries = try? tasks.list() else { return [] }
    return entries.compactMap { entry in
        contents(ofSmallFile: "/proc/self/task/\(String(decoding: entry.name, as: UTF8.self))/comm").map {
            String($0.prefix { $0 != "\n" })
        }
    }
}

/// Waits for what comes soon; fails after a minute, so that a loaded machine is no failure.
func untilTrue(_ condition: () -> Bool) async {
    let end = ContinuousClock.now + .seconds(60)
    while !condition() {
        if ContinuousClock.now > end {
            Issue.record("it never came true")
            return
        }
        try? await Task.sleep(for: .milliseconds(2))
    }
}
