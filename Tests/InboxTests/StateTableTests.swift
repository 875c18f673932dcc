import Jobs
import LinuxIO
import Testing

@testable import Inbox

@Suite("Tables of fixed size")
struct StateTableTests {
    @Test("What fits is held, and what does not takes the place of something else")
    func bounded() {
        var table = StateTable(most: 1 << 12)
        for key in UInt32(1)...3000 { table.set(key &* 2_654_435_761, key) }
        let held = (UInt32(1)...3000).count { table[$0 &* 2_654_435_761] == $0 }
        #expect(held > 2900)
        for key in UInt32(3001)...50_000 { table.set(key &* 2_654_435_761, key) }
        #expect(table.count <= 1 << 12)
        #expect(table[50_000 &* 2_654_435_761] == 50_000, "the newest is there")
        table.remove(50_000 &* 2_654_435_761)
        #expect(table[50_000 &* 2_654_435_761] == nil)
    }

    @Test("Companions of a file are known by their names, in any folder")
    func companions() throws {
        var companions = Companions()
        let file = try #require(RelativePath("d/IMG.JPG"))
        #expect(companions.paths(of: file).isEmpty)
        for name in ["d/IMG.JPG.part", "d/IMG.JPG_tmp", "d/IMG.JPG~", "IMG.JPG.aria2", ".part", "d/.part"] {
            companions.note(try #require(RelativePath(name)))
        }
        #expect(companions.paths(of: file).map(\.text) == ["d/IMG.JPG.part", "d/IMG.JPG_tmp"])
        companions.forget(file)
        #expect(companions.paths(of: file).isEmpty)
    }

    @Test("Marks of writers are bounded, go with the name, and end with the close")
    func marks() throws {
        let marks = WriterMarks(writerLimit: .seconds(600))
        let (a, b) = try (#require(RelativePath("a")), #require(RelativePath("b")))
        marks.note(.created(inbox: 1, a))
        marks.note(.modified(inbox: 1, a))
        #expect(marks.contains(a))
        marks.note(.arrived(inbox: 1, b, from: a))
        #expect(!marks.contains(a) && marks.contains(b))
        marks.note(.closed(inbox: 1, b))
        #expect(!marks.contains(b))
        marks.note(.modified(inbox: 1, b))
        marks.note(.arrived(inbox: 1, b, from: nil))
        #expect(!marks.contains(b), "another file has the name")
        for number in 0..<5000 { marks.note(.modified(inbox: 1, try #require(RelativePath("\(number)")))) }
        #expect(marks.count == WriterMarks.most)
    }

    @Test("What was only created and has more than one name, or content, was linked and has no writer")
    func links() throws {
        let path = try #require(RelativePath("a"))
        func status(size: Int64, mtime: Int64, links: UInt64 = 1) -> FileStatus {
            FileStatus(device: 1, inode: 1, size: size, mtime: mtime, ctime: mtime, mode: 0o100644, links: links)
        }
        let (later, wall) = (monotonicNanoseconds() + 5_000_000_000, wallClockNanoseconds())
        func created() -> WriterMarks {
            let marks = WriterMarks(writerLimit: .seconds(600))
            marks.note(.created(inbox: 1, path))
            return marks
        }
        #expect(created().contains(path, status(size: 0, mtime: wall), now: later), "made, and not yet written to")
        #expect(!created().contains(path, status(size: 1, mtime: wall), now: later))
        #expect(!created().contains(path, status(size: 0, mtime: wall, links: 2), now: later))
        #expect(!created().contains(path, status(size: 0, mtime: wall - 9_000_000_000), now: later))
        let written = created()
        written.note(.modified(inbox: 1, path))
        #expect(written.contains(path, status(size: 1, mtime: wall), now: later))
        #expect(!written.contains(path, status(size: 1, mtime: wall), now: later + 1_200_000_000_000))
    }
}
