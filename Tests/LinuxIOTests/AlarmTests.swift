import Synchronization
import Testing

@testable import LinuxIO

@Suite("Alarms")
struct AlarmTests {
    @Test("each rings when its time is over, an earlier one that came later first; a cancelled one never")
    func order() async throws {
        let alarms = Alarms()
        let rung = Mutex([Int]())
        let ring: @Sendable (Int) -> @Sendable () -> Void = { number in { rung.withLock { $0.append(number) } } }
        alarms.set(1, in: 0.3, ring(1))
        alarms.set(2, in: 0.1, ring(2))
        alarms.set(3, in: 0.2, ring(3))
        alarms.set(4, in: 3600, ring(4))
        alarms.cancel(3)
        await untilTrue { rung.withLock { $0.count } == 2 }
        #expect(rung.withLock { $0 } == [2, 1])
        #expect(alarms.count == 1)
        alarms.cancel(4)
        #expect(alarms.count == 0)
    }

    @Test("it goes on after all have rung")
    func again() async throws {
        let alarms = Alarms()
        let rung = Mutex(0)
        for number in 1...3 {
            alarms.set(UInt64(number), in: 0.02) { rung.withLock { $0 += 1 } }
            await untilTrue { rung.withLock { $0 } == number }
        }
        #expect(rung.withLock { $0 } == 3)
        #expect(alarms.count == 0)
    }

    @Test("what answers in time leaves nothing behind")
    func nothingBehind() async throws {
        let pool = BlockingPool(threads: 2)
        for number in 0..<1000 { #expect(try await pool.run(within: 3600) { number } == number) }
        // Who waits is told first.
        await untilTrue { pool.alarmsSet == 0 }
    }
}
