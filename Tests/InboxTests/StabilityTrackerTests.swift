import Jobs
import LinuxIO
import Testing

@testable import Inbox

/// By reference, as `#expect` takes no mutating calls.
private final class Tracker {
    private var tracker: StabilityTracker

    init(
        settle: SettleTimes = SettleTimes(), hold: HoldTimes = HoldTimes(), capacity: Int = 2 << 20,
        remembered: Int = 1 << 17
    ) {
        tracker = StabilityTracker(settle: settle, hold: hold, capacity: capacity, remembered: remembered)
    }

    var hasRoomForWalk: Bool { tracker.hasRoomForWalk }
    var hasRoomForTurnedAway: Bool { tracker.hasRoomForTurnedAway }
    var settlingCount: Int { tracker.settlingCount }
    var offeredCount: Int { tracker.offeredCount }
    var heldCount: Int { tracker.heldCount }
    func longestHeld(_ most: Int) -> [HoldReason] { tracker.longestHeld(most).map(\.reason) }
    func nextCheck() -> Int64? { tracker.nextCheck() }
    func takeDue(now: Int64) -> [RelativePath] { tracker.takeDue(now: now) }
    func meetTurnedAway() { tracker.meetTurnedAway() }
    func wake(_ path: RelativePath, now: Int64) { tracker.wake(path, now: now) }
    func markHoldReported(_ path: RelativePath) { tracker.markHoldReported(path) }

    /// Whether it was not told yet.
    func refuse(_ path: RelativePath, _ status: FileStatus) -> Bool {
        if tracker.hasRefused(path, status) { return false }
        tracker.refuse(path, status)
        return true
    }

    func unreportedHold(_ path: RelativePath, longerThan time: Int64, wall: Int64) -> HoldReason? {
        tracker.unreportedHold(path, longerThan: time, wall: wall)
    }

    func observe(
        _ path: RelativePath, _ status: FileStatus, _ sighting: Sighting, now: Int64, unchangedFor: Int64 = 0
    ) {
        tracker.observe(path, status, sighting, now: now, unchangedFor: unchangedFor)
    }

    func verdict(
        _ path: RelativePath, _ status: FileStatus?, hasWriter: Bool = false,
        companion: StabilityTracker.Companion? = nil, now: Int64, wall: Int64 = 0
    ) -> StabilityTracker.Verdict {
        tracker.confirm(path, status, hasWriter: hasWriter, companion: companion, now: now, wall: wall)
    }

    func confirm(_ path: RelativePath, _ status: FileStatus?, hasWriter: Bool, now: Int64) -> Bool {
        verdict(path, status, hasWriter: hasWriter, now: now) == .ready
    }
}

@Suite("When a file counts as complete")
struct StabilityTrackerTests {
    private let second: Int64 = 1_000_000_000
    private let path: RelativePath

    init() throws { path = try #require(RelativePath("a.jpg")) }

    private func status(size: Int64 = 1, inode: UInt64 = 1, mtime: Int64 = 1, ctime: Int64 = 1) -> FileStatus {
        FileStatus(device: 1, inode: inode, size: size, mtime: mtime, ctime: ctime, mode: 0o100644)
    }

    @Test(
        "A rename or a close needs 2 s without change, anything else 5 s",
        arguments: [(Sighting.renamed, Int64(2)), (.closedAfterWriting, 2), (.other, 5)])
    func settles(sighting: Sighting, seconds: Int64) {
        let tracker = Tracker()
        tracker.observe(path, status(), sighting, now: 10 * second)
        #expect(tracker.nextCheck() == (10 + seconds) * second)
        #expect(tracker.takeDue(now: (10 + seconds) * second - 1) == [])
        #expect(tracker.takeDue(now: (10 + seconds) * second) == [path])
        #expect(tracker.confirm(path, status(), hasWriter: false, now: (10 + seconds) * second))
        #expect(tracker.nextCheck() == nil)
    }

    static let changes: [@Sendable (inout FileStatus) -> Void] = [
        { $0.size += 1 }, { $0.inode += 1 }, { $0.mtime += 1 }, { $0.ctime += 1 }, { $0.device += 1 },
    ]

    @Test("Any change starts over, whether a check or a sighting finds it", arguments: changes.indices)
    func changing(index: Int) {
        var changed = status()
        StabilityTrackerTests.changes[index](&changed)

        let checked = Tracker()
        checked.observe(path, status(), .renamed, now: 0)
        #expect(checked.takeDue(now: 2 * second) == [path])
        #expect(!checked.confirm(path, changed, hasWriter: false, now: 2 * second))
        #expect(checked.nextCheck() == 7 * second, "a writer is at it: the longer time")

        let seen = Tracker()
        seen.observe(path, status(), .renamed, now: 0)
        seen.observe(path, changed, .closedAfterWriting, now: second)
        #expect(seen.nextCheck() == 3 * second)
        #expect(seen.takeDue(now: 2 * second) == [])
    }

    @Test("A close after a scan's sighting shortens the wait, a scan after a close does not lengthen it")
    func betterKnown() {
        let tracker = Tracker()
        tracker.observe(path, status(), .other, now: 0)
        tracker.observe(path, status(), .closedAfterWriting, now: second)
        #expect(tracker.nextCheck() == 2 * second)
        tracker.observe(path, status(), .other, now: second)
        #expect(tracker.nextCheck() == 2 * second)
    }

    @Test("The same state is offered once, a new one again")
    func offeredOnce() {
        let tracker = Tracker(settle: SettleTimes(afterRenameOrClose: .zero, otherwise: .zero))
        tracker.observe(path, status(), .other, now: 0)
        #expect(tracker.takeDue(now: 0) == [path])
        #expect(tracker.confirm(path, status(), hasWriter: false, now: 0))
        tracker.observe(path, status(), .other, now: 1)
        #expect(tracker.nextCheck() == nil)
        tracker.observe(path, status(mtime: 9), .other, now: 2)
        #expect(tracker.nextCheck() == 2)
    }

    @Test("A known writer is a veto until it is gone; its close ends the wait at once")
    func veto() {
        let tracker = Tracker()
        tracker.observe(path, status(), .other, now: 0)
        #expect(tracker.takeDue(now: 5 * second) == [path])
        #expect(!tracker.confirm(path, status(), hasWriter: true, now: 5 * second))
        let first = tracker.nextCheck()
        #expect(first == 5 * second + second / 10)
        #expect(tracker.takeDue(now: 6 * second) == [path])
        #expect(!tracker.confirm(path, status(), hasWriter: true, now: 6 * second))
        #expect(tracker.nextCheck() == 6 * second + second / 5)
        tracker.observe(path, status(), .closedAfterWriting, now: 6 * second + 1)
        #expect(tracker.nextCheck() == 6 * second + 1)
        #expect(tracker.takeDue(now: 6 * second + 1) == [path])
        #expect(tracker.confirm(path, status(), hasWriter: false, now: 6 * second + 1))
    }

    @Test("The wait for a writer stays under 7 s, however often it vetoes")
    func vetoIsBounded() throws {
        let tracker = Tracker(settle: SettleTimes(afterRenameOrClose: .zero, otherwise: .zero))
        tracker.observe(path, status(), .other, now: 0)
        var now: Int64 = 0
        for _ in 0..<300 {
            #expect(tracker.takeDue(now: now) == [path])
            if now >= 600 * second { break }
            #expect(!tracker.confirm(path, status(), hasWriter: true, now: now))
            let next = try #require(tracker.nextCheck())
            #expect(next > now && next < now + 7 * second)
            now = next
        }
    }

    @Test("A file that is gone is forgotten, and new when it comes back")
    func gone() {
        let tracker = Tracker()
        tracker.observe(path, status(), .renamed, now: 0)
        #expect(tracker.takeDue(now: 2 * second) == [path])
        #expect(!tracker.confirm(path, nil, hasWriter: false, now: 2 * second))
        #expect(tracker.settlingCount == 0)
        tracker.observe(path, status(), .renamed, now: 3 * second)
        #expect(tracker.nextCheck() == 5 * second)
    }

    @Test("What is known to be unchanged for long enough needs no time to settle")
    func age() {
        let tracker = Tracker()
        tracker.observe(path, status(), .other, now: 100 * second, unchangedFor: 3 * second)
        #expect(tracker.nextCheck() == 102 * second)
        tracker.observe(path, status(), .other, now: 100 * second, unchangedFor: 90 * second)
        #expect(tracker.nextCheck() == 100 * second)
        #expect(tracker.takeDue(now: 100 * second) == [path])
        #expect(tracker.confirm(path, status(), hasWriter: false, now: 100 * second))
    }

    @Test("A file that is held open is taken after the limit if nothing of it has changed, and not before")
    func writerLimit() {
        let tracker = Tracker()
        tracker.observe(path, status(), .renamed, now: 0)
        _ = tracker.takeDue(now: 500 * second)
        #expect(tracker.verdict(path, status(), hasWriter: true, now: 500 * second) == .notReady)
        _ = tracker.takeDue(now: 599 * second)
        #expect(tracker.verdict(path, status(size: 2), hasWriter: true, now: 599 * second) == .notReady)
        _ = tracker.takeDue(now: 700 * second)
        #expect(tracker.verdict(path, status(size: 2), hasWriter: true, now: 700 * second) == .notReady)
        #expect(tracker.heldCount == 1 && tracker.longestHeld(9) == [.writer])
        _ = tracker.takeDue(now: 1199 * second)
        #expect(tracker.verdict(path, status(size: 2), hasWriter: true, now: 1199 * second) == .readyThoughOpen)
        #expect(tracker.heldCount == 0)
    }

    @Test("An empty file waits longer; with content it is a file like any other")
    func empty() {
        let tracker = Tracker()
        tracker.observe(path, status(size: 0), .closedAfterWriting, now: 0)
        #expect(tracker.takeDue(now: 2 * second) == [path])
        #expect(tracker.verdict(path, status(size: 0), now: 2 * second) == .notReady)
        #expect(tracker.longestHeld(9) == [.placeholder])
        _ = tracker.takeDue(now: 59 * second)
        #expect(tracker.verdict(path, status(size: 0), now: 59 * second) == .notReady)
        #expect(tracker.nextCheck() == 59 * second + second / 5)
        _ = tracker.takeDue(now: 60 * second)
        #expect(tracker.verdict(path, status(size: 0), now: 60 * second) == .ready)

        let filled = Tracker()
        filled.observe(path, status(size: 0), .closedAfterWriting, now: 0)
        _ = filled.takeDue(now: 2 * second)
        #expect(filled.verdict(path, status(size: 0), now: 2 * second) == .notReady)
        filled.observe(path, status(size: 9), .closedAfterWriting, now: 3 * second)
        #expect(filled.takeDue(now: 5 * second) == [path])
        #expect(filled.verdict(path, status(size: 9), now: 5 * second) == .ready)
    }

    @Test("A file waits for its companion, until that goes or has not changed for too long")
    func companion() {
        func beside(_ state: UInt64) -> StabilityTracker.Companion { .init(identity: state, unchangedFor: 0) }
        let tracker = Tracker()
        tracker.observe(path, status(), .other, now: 0)
        _ = tracker.takeDue(now: 5 * second)
        #expect(tracker.verdict(path, status(), companion: beside(1), now: 5 * second) == .notReady)
        _ = tracker.takeDue(now: 604 * second)
        #expect(tracker.verdict(path, status(), companion: beside(1), now: 604 * second) == .notReady)
        // It goes on.
        _ = tracker.takeDue(now: 606 * second)
        #expect(tracker.verdict(path, status(), companion: beside(2), now: 606 * second) == .notReady)
        _ = tracker.takeDue(now: 1205 * second)
        #expect(tracker.verdict(path, status(), companion: beside(2), now: 1205 * second) == .notReady)
        _ = tracker.takeDue(now: 1206 * second)
        #expect(tracker.verdict(path, status(), companion: beside(2), now: 1206 * second) == .ready)

        let gone = Tracker()
        gone.observe(path, status(), .other, now: 0)
        _ = gone.takeDue(now: 5 * second)
        #expect(gone.verdict(path, status(), companion: beside(1), now: 5 * second) == .notReady)
        gone.wake(path, now: 5 * second + 1)
        #expect(gone.takeDue(now: 5 * second + 1) == [path])
        #expect(gone.verdict(path, status(), now: 5 * second + 1) == .ready)
    }

    @Test("What is held for long is told once")
    func toldOnce() {
        let tracker = Tracker()
        tracker.observe(path, status(), .other, now: 0)
        _ = tracker.takeDue(now: 5 * second)
        _ = tracker.verdict(path, status(), hasWriter: true, now: 5 * second, wall: 1000 * second)
        #expect(tracker.unreportedHold(path, longerThan: 30 * second, wall: 1030 * second) == nil)
        #expect(tracker.unreportedHold(path, longerThan: 30 * second, wall: 1031 * second) == .writer)
        tracker.markHoldReported(path)
        #expect(tracker.unreportedHold(path, longerThan: 30 * second, wall: 1099 * second) == nil)
    }

    @Test("However many files are held, half of the room is left to others")
    func heldLeaveRoom() throws {
        let tracker = Tracker(capacity: 10_000)
        for number in 0..<500 {
            let held = try #require(RelativePath("held\(number)"))
            tracker.observe(held, status(), .renamed, now: 0)
            for path in tracker.takeDue(now: 2 * second) {
                #expect(tracker.verdict(path, status(), hasWriter: true, now: 2 * second) == .notReady)
            }
        }
        #expect(tracker.heldCount > 20 && tracker.hasRoomForWalk)
        tracker.observe(path, status(), .renamed, now: 0)
        #expect(tracker.takeDue(now: 2 * second) == [path])
        #expect(tracker.verdict(path, status(), now: 2 * second) == .ready)
    }

    @Test("What was offered is remembered in bounded memory; most of what fits is not offered again")
    func remembered() throws {
        let tracker = Tracker(settle: SettleTimes(afterRenameOrClose: .zero, otherwise: .zero), remembered: 1 << 12)
        func offer(_ count: Int) throws -> Int {
            var offered = 0
            for index in 0..<count {
                let path = try #require(RelativePath("\(count)-\(index)"))
                tracker.observe(path, status(), .other, now: 0)
                for due in tracker.takeDue(now: 0) where tracker.verdict(due, status(), now: 0) == .ready {
                    offered += 1
                }
            }
            return offered
        }
        #expect(try offer(2000) == 2000)
        #expect(try offer(2000) < 100)
        #expect(try offer(20_000) >= 19_900)
        #expect(tracker.offeredCount <= 1 << 12)
    }

    @Test("A file that changes all the time does not let the queue grow")
    func restless() {
        let tracker = Tracker()
        for number in 0..<20_000 { tracker.observe(path, status(size: Int64(number)), .renamed, now: Int64(number)) }
        #expect(tracker.settlingCount == 1)
        #expect(tracker.takeDue(now: 3 * second) == [path])
    }

    @Test("More files than fit are turned away, and asked for once there is room")
    func capacity() throws {
        let tracker = Tracker(capacity: 1_000)
        let paths = try (0..<20).map { try #require(RelativePath("\($0)")) }
        for path in paths { tracker.observe(path, status(), .renamed, now: 0) }
        #expect(tracker.settlingCount == 7)
        #expect(!tracker.hasRoomForTurnedAway)
        for path in tracker.takeDue(now: 2 * second) {
            #expect(tracker.confirm(path, status(), hasWriter: false, now: 2 * second))
        }
        #expect(tracker.hasRoomForTurnedAway)
        tracker.meetTurnedAway()
        for path in paths { tracker.observe(path, status(), .other, now: 3 * second) }
        #expect(tracker.settlingCount == 7)
        #expect(tracker.offeredCount == 7)
    }

    @Test("A refusal is told once per state")
    func refusals() {
        let tracker = Tracker()
        #expect(tracker.refuse(path, status()))
        #expect(!tracker.refuse(path, status()))
        #expect(tracker.refuse(path, status(ctime: 2)))
        tracker.observe(path, status(ctime: 3), .renamed, now: 0)
        #expect(tracker.nextCheck() == 2 * second, "a regular file took its place")
    }

    @Test("Files come due in the order of their times, then of their paths")
    func order() throws {
        let tracker = Tracker()
        let paths = try (0..<500).map { try #require(RelativePath("\($0 / 5)-\($0)")) }
        for (index, path) in paths.shuffled().enumerated() {
            tracker.observe(path, status(inode: UInt64(index)), .renamed, now: Int64(path.bytes[0]))
        }
        let due = tracker.takeDue(now: 3 * second)
        #expect(due.count == 500)
        #expect(due == paths.sorted { ($0.bytes[0], $0) < ($1.bytes[0], $1) })
    }
}
