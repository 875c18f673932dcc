import Jobs
import LinuxIO
import Testing

@testable import Inbox

@Suite("A picture settles with what belongs to it")
struct CompanionSettleTests {
    private let second: Int64 = 1_000_000_000
    private let picture: RelativePath
    private let movie: RelativePath

    init() throws {
        picture = try #require(RelativePath("roll/IMG_1.HEIC"))
        movie = try #require(RelativePath("roll/IMG_1.MOV"))
    }

    private func status(size: Int64 = 1) -> FileStatus {
        FileStatus(device: 1, inode: 1, size: size, mtime: 1, ctime: 1, mode: 0o100644)
    }

    @Test(
        "It waits for one that came a moment ago",
        arguments: ["IMG_1.MOV", "IMG_1.mov", "IMG_1.xmp", "IMG_1.HEIC.xmp", "IMG_1.HEIC.json", "IMG_1.AAE"])
    func waits(_ name: String) throws {
        let companion = try #require(picture.sibling(Array(name.utf8)))
        var tracker = StabilityTracker()
        tracker.observe(picture, status(), .closedAfterWriting, now: 0)
        tracker.observe(companion, status(), .closedAfterWriting, now: second)
        #expect(tracker.takeDue(now: 2 * second) == [picture])
        let early = tracker.confirm(picture, status(), now: 2 * second)
        #expect(early == .notReady)
        #expect(tracker.longestHeld(1).map(\.reason) == [.companion])
        // It is ready, and the picture right behind it.
        let next = tracker.takeDue(now: 4 * second)
        #expect(Set(next) == [picture, companion])
        let ready = tracker.confirm(companion, status(), now: 4 * second)
        let then = tracker.confirm(picture, status(), now: 4 * second)
        #expect(ready == .ready && then == .ready)
        #expect(tracker.settlingCount == 0 && tracker.heldCount == 0)
    }

    @Test("One that is due at the same time is checked first")
    func together() {
        var tracker = StabilityTracker()
        tracker.observe(picture, status(), .renamed, now: 0)
        tracker.observe(movie, status(), .renamed, now: 0)
        let first = tracker.confirm(picture, status(), now: 2 * second)
        #expect(first == .notReady && tracker.heldCount == 0)
        let companion = tracker.confirm(movie, status(), now: 2 * second)
        #expect(companion == .ready)
        #expect(tracker.takeDue(now: 2 * second + 1) == [picture])
        let second = tracker.confirm(picture, status(), now: 2 * second + 1)
        #expect(second == .ready)
    }

    @Test("One that is written for ever holds it for as long as a writer may take, and no longer")
    func bound() {
        var tracker = StabilityTracker(hold: HoldTimes(writerLimit: .seconds(60)))
        tracker.observe(picture, status(), .renamed, now: 0)
        var now: Int64 = 0
        var verdict = StabilityTracker.Verdict.notReady
        while verdict == .notReady, now < 200 * second {
            now += second
            tracker.observe(movie, status(size: now), .other, now: now)
            for path in tracker.takeDue(now: now) where path == picture {
                verdict = tracker.confirm(picture, status(), now: now)
            }
        }
        #expect(verdict == .readyBeforeCompanion)
        #expect(now > 60 * second && now < 75 * second, "\(now / second) s")
    }

    @Test("It waits for no other picture, no other name, and nothing that is none of its own")
    func others() throws {
        for name in ["IMG_1.JPG", "IMG_1.CR3", "IMG_1.pdf", "IMG_10.MOV", "IMG_1.HEIC.zip"] {
            var tracker = StabilityTracker()
            let other = try #require(picture.sibling(Array(name.utf8)))
            tracker.observe(picture, status(), .renamed, now: 0)
            tracker.observe(other, status(), .renamed, now: second)
            let verdict = tracker.confirm(picture, status(), now: 2 * second)
            #expect(verdict == .ready, "\(name)")
        }
        var tracker = StabilityTracker()
        let elsewhere = try #require(RelativePath("other/IMG_1.MOV"))
        tracker.observe(picture, status(), .renamed, now: 0)
        tracker.observe(elsewhere, status(), .renamed, now: second)
        let verdict = tracker.confirm(picture, status(), now: 2 * second)
        #expect(verdict == .ready)
    }

    @Test("Once it has gone, nothing is waited for")
    func gone() {
        var tracker = StabilityTracker()
        tracker.observe(picture, status(), .renamed, now: 0)
        tracker.observe(movie, status(), .other, now: second)
        var verdict = tracker.confirm(picture, status(), now: 2 * second)
        #expect(verdict == .notReady)
        _ = tracker.confirm(movie, nil, now: 3 * second)
        verdict = tracker.confirm(picture, status(), now: 3 * second)
        #expect(verdict == .ready)
    }
}
