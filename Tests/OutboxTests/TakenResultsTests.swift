import Glibc
import Jobs
import LinuxIO
import Testing

@testable import Outbox

@Suite("Results that somebody takes out of the outbox")
struct TakenResultsTests {
    /// A job that was being published, of which so many renditions had been moved (3: the sidecar too), and taken.
    @Test("what was published and taken is not missed; the rest is published", arguments: 0...3, [false, true])
    func taken(moved: Int, somethingElseIsThere: Bool) throws {
        try withTemporaryDirectory { directory in
            let job = try Publication(directory)
            try job.stage()
            for name in Publication.names { try Publisher.sync(Array(job.staged(name).utf8), in: job.staging) }
            try Publisher.stage(sidecar: job.text, in: job.staging)
            let names = Publication.names.prefix(moved)
            for name in names { try job.staging.unlink(Array(job.staged(name).utf8)) }
            if moved == 3 { try job.staging.unlink(Array("sidecar.json".utf8)) }
            if somethingElseIsThere { for name in names { try job.outbox.write("the consumer's", at: name) } }
            let taken = try job.publish(wasPublishing: true)
            #expect(taken.map(\.text) == names + (moved == 3 ? ["sub/a.jpg.json"] : []))
            var expected = try moved == 3 ? [:] : job.complete
            for name in names { expected[name] = somethingElseIsThere ? "the consumer's" : nil }
            #expect(try job.outbox.tree().filter { !$0.value.isEmpty } == expected)
            #expect(try job.staging.list().isEmpty)
        }
    }

    @Test("renditions that were moved and stand there still are not told to be taken", arguments: [false, true])
    func stillThere(sidecarIsTaken: Bool) throws {
        try withTemporaryDirectory { directory in
            let job = try Publication(directory)
            try job.stage()
            try job.publish()
            if sidecarIsTaken { try job.outbox.unlink(Array("sub/a.jpg.json".utf8)) }
            let taken = try job.publish(wasPublishing: true)
            #expect(taken.map(\.text) == (sidecarIsTaken ? ["sub/a.jpg.json"] : []))
            var expected = try job.complete
            if sidecarIsTaken { expected["sub/a.jpg.json"] = nil }
            #expect(try job.outbox.tree() == expected)
        }
    }

    @Test("a job that was not being published misses what is not there: it is made again")
    func lost() throws {
        try withTemporaryDirectory { directory in
            let job = try Publication(directory)
            try job.stage()
            try job.staging.unlink(Array(job.staged(Publication.names[0]).utf8))
            #expect(throws: PublishError.self) { try job.publish() }
            #expect(try job.outbox.tree().isEmpty)
        }
    }
}

@Suite("Directories that must stay where they are")
struct HeldRootTests {
    private func with(_ body: (Directory, HeldRoot) throws -> Void) throws {
        try withTemporaryDirectory { directory in
            _ = try directory.make("out")
            let root = try HeldRoot(role: "the outbox", path: "\(directory.path)/out")
            try root.check()
            try body(directory, root)
        }
    }

    @Test("one that was deleted is missed")
    func deleted() throws {
        try with { directory, root in
            try directory.removeDirectory(Array("out".utf8))
            let error = #expect(throws: RootGone.self) { try root.check() }
            #expect(error?.description == "the outbox \(directory.path)/out was deleted")
        }
    }

    @Test("one that was moved away is missed, and found again when it is back")
    func moved() throws {
        try with { directory, root in
            try directory.rename(Array("out".utf8), to: directory, Array("other".utf8), replacing: false)
            let error = #expect(throws: RootGone.self) { try root.check() }
            #expect(error?.description == "the outbox \(directory.path)/out was moved away")
            try directory.rename(Array("other".utf8), to: directory, Array("out".utf8), replacing: false)
            try root.check()
        }
    }

    @Test("one in whose place another stands is not it", arguments: [false, true])
    func replaced(byLink: Bool) throws {
        try with { directory, root in
            try directory.rename(Array("out".utf8), to: directory, Array("other".utf8), replacing: false)
            if byLink {
                _ = try directory.make("third")
                #expect(symlink("third", "\(directory.path)/out") == 0)
            } else {
                _ = try directory.make("out")
            }
            let error = #expect(throws: RootReplaced.self) { try root.check() }
            #expect(error?.description == "the outbox \(directory.path)/out has been replaced by another directory")
        }
    }

    @Test("a file in its place, or on the way, is as good as nothing")
    func file() throws {
        try with { directory, root in
            try directory.removeDirectory(Array("out".utf8))
            try directory.write("x", at: "out")
            #expect(throws: RootGone.self) { try root.check() }
        }
    }
}
