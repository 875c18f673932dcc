import LinuxIO
import PipelineModel
import Testing

@testable import Inbox

/// By reference, as `#expect` takes no mutating calls.
private final class Tracker {
    private var tracker: StabilityTracker

    init(settle: SettleTimes = SettleTimes(), capacity: Int = 2 << 20) {
        tracker = StabilityTracker(settle: settle, capacity: capacity)
    }

    var hasRoomForTurnedAway: Bool { tracker.hasRoomForTurnedAway }

    var settlingCount: Int { tracker.settlingCount }
    var offeredCount: Int { tracker.offeredCount }
    func nextCheck() -> Int64? { tracker.nextCheck() }
    func takeDue(now: Int64) -> [RelativePath] { tracker.takeDue(now: now) }
    func beginSweep() { tracker.beginSweep() }
    func endSweep(complete: Bool) { tracker.endSweep(complete: complete) }
    func refuse(_ path: RelativePath, _ status: FileStatus) -> Bool { tracker.refuse(path, status) }

    func observe(_ path: RelativePath, _ status: FileStatus, _ sighting: Sighting, now: Int64) {
        tracker.observe(path, status, sighting, now: now)
    }

    func confirm(_ path: RelativePath, _ status: FileStatus?, hasWriter: Bool, now: Int64) -> Bool {
        tracker.confirm(path, status, hasWriter: hasWriter, now: now)
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

    @Test("What a complete sweep does not meet is forgotten; after an incomplete one nothing is")
    func sweeps() throws {
        let tracker = Tracker(settle: SettleTimes(afterRenameOrClose: .zero, otherwise: .zero))
        let other = try #require(RelativePath("b.jpg"))
        for each in [path, other] {
            tracker.observe(each, status(), .other, now: 0)
            #expect(tracker.takeDue(now: 0) == [each])
            #expect(tracker.confirm(each, status(), hasWriter: false, now: 0))
        }
        tracker.beginSweep()
        tracker.endSweep(complete: false)
        #expect(tracker.offeredCount == 2)
        tracker.beginSweep()
        tracker.observe(path, status(), .other, now: 1)
        tracker.endSweep(complete: true)
        #expect(tracker.offeredCount == 1)
        #expect(tracker.nextCheck() == nil)
        tracker.observe(other, status(), .other, now: 2)
        #expect(tracker.nextCheck() == 2)
    }

    @Test("Sweeps that are never complete do not let what is remembered grow for ever")
    func endlessSweeps() throws {
        let tracker = Tracker(settle: SettleTimes(afterRenameOrClose: .zero, otherwise: .zero))
        for round in 0..<40 {
            tracker.beginSweep()
            for index in 0..<1000 {
                let path = try #require(RelativePath("\(round)-\(index)"))
                tracker.observe(path, status(), .other, now: Int64(round))
                _ = tracker.takeDue(now: Int64(round))
                #expect(tracker.confirm(path, status(), hasWriter: false, now: Int64(round)))
            }
            tracker.endSweep(complete: false)
        }
        #expect(tracker.offeredCount < 15_000)
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
        tracker.beginSweep()
        for path in paths { tracker.observe(path, status(), .other, now: 3 * second) }
        tracker.endSweep(complete: true)
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
