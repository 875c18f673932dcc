import Admission
import Engine
import Synchronization
import Testing

@testable import Journal
@testable import Status

@Suite("What the status shows, without files and clocks")
struct StatusBoardTests {
    @Test("the last minute forgets, second by second")
    func minute() {
        var minute = MinuteOfThroughput()
        let one = SupervisorStatus.Throughput(pictures: 1, renditions: 2, bytesRead: 10, bytesWritten: 5)
        for second in 100..<300 { minute.add(one, at: Int64(second)) }
        minute.add(one, at: 299)
        #expect(minute.sum(at: 299, age: 200).pictures == 61)
        #expect(minute.sum(at: 299, age: 200).bytesRead == 610)
        #expect(minute.sum(at: 299, age: 200).picturesPerSecond == 1.017)
        #expect(minute.sum(at: 329, age: 230).pictures == 31)
        #expect(minute.sum(at: 358, age: 259).pictures == 2)
        #expect(minute.sum(at: 359, age: 260) == .init())
        // Young: over the seconds that there were.
        #expect(minute.sum(at: 299, age: 30.5).picturesPerSecond == 2)
        #expect(minute.sum(at: 299, age: 0.2).picturesPerSecond == 0)
    }

    @Test("a pause keeps its beginning over several, and is over when something went through or nothing is left")
    func pauses() {
        let now = Mutex(1000.0)
        let board = StatusBoard(clock: { now.withLock { $0 } }, monotonic: { Int64(now.withLock { $0 } * 1e9) })
        func look() -> SupervisorStatus {
            board.status(use: "watch", cap: MemoryCap(total: 256 << 20, workers: 1), process: 1)
        }
        #expect(look().state == .idle)
        board.show(.init(waiting: 1, running: 0, reserved: 0), finishing: 0, draining: false)
        #expect(look().state == .running)
        board.take(.paused(reason: "disk full", seconds: 1))
        now.withLock { $0 = 1010 }
        board.take(.paused(reason: "disk still full", seconds: 60))
        let paused = look()
        #expect(paused.state == .paused)
        #expect(
            paused.pause
                == .init(
                    reason: "disk still full", since: "1970-01-01T00:16:40.000Z",
                    triesAgain: "1970-01-01T00:17:50.000Z"))
        board.show(.init(waiting: 0, running: 0, reserved: 0), finishing: 0, draining: false)
        #expect(look().state == .paused, "the next source would have to wait")
        now.withLock { $0 = 1071 }
        #expect(look().state == .idle)
        board.show(.init(waiting: 1, running: 0, reserved: 0), finishing: 0, draining: false)
        #expect(look().state == .paused)
        board.take(.resumed)
        #expect(look().state == .running && look().pause == nil)
        board.note(intakeFault: "the journal is full")
        #expect(look().pause?.reason == "the journal is full")
        board.note(intakeFault: nil)
        #expect(look().pause == nil)
        board.show(.init(waiting: 1, running: 1, reserved: 7), finishing: 0, draining: true)
        #expect(look().state == .draining && look().memory.reserved == 7)
    }

    @Test("estimates are judged by the peaks that were measured")
    func estimateRatios() {
        let uses = [(120, 100), (150, 100), (90, 100), (400, 100), (100, 100)]
            .map { JournalReader.Use(estimate: $0.0, peak: $0.1) }
        #expect(estimates(uses) == .init(jobs: 5, median: 1.2, least: 0.9, most: 4, under: 1))
        #expect(estimates([]) == nil)
    }

    @Test("what is reserved shows beside what there is, in memory and in files")
    func reservations() {
        let board = StatusBoard()
        board.show(.init(waiting: 0, running: 1, reserved: 7, spillReserved: 9), finishing: 0, draining: false)
        let cap = MemoryCap(total: 256 << 20, workers: 1, spill: 1 << 30)
        let memory = board.status(use: "watch", cap: cap, process: 1).memory
        #expect(memory.reserved == 7 && memory.budget == cap.budget)
        #expect(memory.spillReserved == 9 && memory.spillLimit == 1 << 30)
    }
}
