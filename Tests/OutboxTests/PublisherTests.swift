import Glibc
import Jobs
import LinuxIO
import Testing

@testable import Outbox

@Suite("Publishing")
struct PublisherTests {
    @Test("a fresh job: renditions and sidecar are there, nothing is left in staging")
    func fresh() throws {
        try withTemporaryDirectory { directory in
            let job = try Publication(directory)
            try job.stage()
            try job.publish()
            #expect(try job.outbox.tree() == job.complete)
            #expect(try job.staging.list().isEmpty)
        }
    }

    @Test("publishing again when all is done changes nothing")
    func twice() throws {
        try withTemporaryDirectory { directory in
            let job = try Publication(directory)
            try job.stage()
            try job.publish()
            let before = try job.outbox.stat(Array("sub/a.jpg.json".utf8))
            try job.publish()
            #expect(try job.outbox.stat(Array("sub/a.jpg.json".utf8)) == before)
            #expect(try job.outbox.tree() == job.complete)
        }
    }

    @Test("older results of the source are replaced")
    func replacesOwn() throws {
        try withTemporaryDirectory { directory in
            let old = try Publication(directory, version: "old")
            try old.stage()
            try old.publish()
            var new = try Publication(directory, version: "new")
            new.owned = true
            try new.stage()
            try new.publish()
            #expect(try new.outbox.tree() == new.complete)
        }
    }

    @Test("while older results are replaced, an interim sidecar says so, lists nothing, and is replaced in turn")
    func interim() throws {
        try withTemporaryDirectory { directory in
            let old = try Publication(directory, version: "old")
            try old.stage()
            try old.publish()
            var new = try Publication(directory, version: "new")
            new.owned = true
            try new.stage()
            try Publisher(outbox: new.outbox).announce(
                new.mark, new.items, ["sub/a.gone.webp"], at: path("sub/a.jpg.json"), from: new.staging)
            let there = try #require(try SidecarFile.read(Array("sub/a.jpg.json".utf8), in: new.outbox))
            #expect(there.renditions.isEmpty)
            #expect(there.replacing?.job == "new")
            #expect(there.replacing?.paths == (Publication.names + ["sub/a.gone.webp"]).sorted())
            #expect(there.source == new.mark.source)
            // A kill came here; the journal is lost too: the interim sidecar tells whose the results are.
            new.owned = false
            try new.publish()
            #expect(try new.outbox.tree() == new.complete)
        }
    }

    @Test("nothing is announced where nothing is replaced")
    func noInterim() throws {
        try withTemporaryDirectory { directory in
            let job = try Publication(directory)
            try job.stage()
            try job.publish()
            #expect(try job.staging.stat(Array("interim.json".utf8)) == nil)
            let there = try #require(try SidecarFile.read(Array("sub/a.jpg.json".utf8), in: job.outbox))
            #expect(there.replacing == nil)
        }
    }

    @Test("a rendition that is missing in staging is found before anything of the old set is touched")
    func missingFirst() throws {
        try withTemporaryDirectory { directory in
            let old = try Publication(directory, version: "old")
            try old.stage()
            try old.publish()
            let before = try old.outbox.tree()
            var new = try Publication(directory, version: "new")
            new.owned = true
            try new.staging.write(new.content(Publication.names[0]), at: new.staged(Publication.names[0]))
            #expect(throws: PublishError.self) { try new.publish() }
            #expect(try new.outbox.tree() == before)
        }
    }

    enum Foreign: String, CaseIterable, CustomTestStringConvertible {
        case file, directory, link, sidecar, sidecarDirectory, folderIsFile, folderIsLink
        var testDescription: String { rawValue }
    }

    @Test("what is not the source's has the name: refused, and nothing is touched", arguments: Foreign.allCases)
    func foreign(kind: Foreign) throws {
        try withTemporaryDirectory { directory in
            let job = try Publication(directory)
            try job.stage()
            let last = Publication.names[1]
            switch kind {
            case .file: try job.outbox.write("precious", at: last)
            case .directory: try job.outbox.write("precious", at: last + "/inner")
            case .link:
                _ = try job.outbox.make("sub")
                #expect(symlink("/nowhere", "\(job.outbox.path)/\(last)") == 0)
            case .sidecar: try job.outbox.write("{\"mine\": 1}", at: "sub/a.jpg.json")
            case .sidecarDirectory: try job.outbox.write("precious", at: "sub/a.jpg.json/inner")
            case .folderIsFile: try job.outbox.write("precious", at: "sub")
            case .folderIsLink: #expect(symlink("/nowhere", "\(job.outbox.path)/sub") == 0)
            }
            func entries() throws -> [[UInt8]] {
                let top = try job.outbox.list()
                let below = try top.filter { $0.type == .directory }.flatMap {
                    try job.outbox.openDirectory($0.name).list()
                }
                return (top + below).map(\.name).sorted { $0.lexicographicallyPrecedes($1) }
            }
            let before = try entries()
            let error = #expect(throws: PublishError.self) { try job.publish() }
            guard case .occupied = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try entries() == before)
            #expect(try job.staging.tree().count == 2, "what is staged stays until the job's end is known")
        }
    }

    @Test("a directory in the place of an own result is refused too, not taken for a fault of the disk")
    func ownButDirectory() throws {
        try withTemporaryDirectory { directory in
            var job = try Publication(directory)
            job.owned = true
            try job.stage()
            try job.outbox.write("precious", at: Publication.names[0] + "/inner")
            #expect(throws: PublishError.self) { try job.publish() }
            #expect(try job.outbox.tree() == [Publication.names[0] + "/inner": "precious"])
        }
    }

    @Test("a new rendition of a source with results does not replace a foreign file, nor the old results")
    func newRendition() throws {
        try withTemporaryDirectory { directory in
            let old = try Publication(directory, version: "old")
            try old.stage()
            try old.publish()
            try old.outbox.write("precious", at: "sub/a.thumb.webp")
            let before = try old.outbox.tree()
            let new = try Publication(directory, version: "new")
            try new.stage()
            try new.staging.write("new thumb", at: "a.thumb.webp")
            let items = try (Publication.names + ["sub/a.thumb.webp"]).map { name in
                Publisher.Item(
                    staged: Array(new.staged(name).utf8), path: try path(name), sha256: "x",
                    owned: !name.contains("thumb"))
            }
            #expect(throws: PublishError.self) {
                try Publisher(outbox: new.outbox).publish(
                    items, sidecar: new.mark, text: new.text, at: path("sub/a.jpg.json"), from: new.staging,
                    owned: true, overwrite: false)
            }
            #expect(try new.outbox.tree() == before)
        }
    }

    @Test("overwriting replaces foreign files and a foreign sidecar")
    func overwrite() throws {
        try withTemporaryDirectory { directory in
            let job = try Publication(directory)
            try job.stage()
            try job.outbox.write("foreign", at: Publication.names[0])
            try job.outbox.write("foreign", at: "sub/a.jpg.json")
            try job.publish(overwrite: true)
            #expect(try job.outbox.tree() == job.complete)
        }
    }

    /// 0: nothing moved … 2: both renditions moved, 3: the sidecar too.
    @Test("called again after an interruption anywhere, the result is the same", arguments: 0...3, [false, true])
    func resumes(moved: Int, hasOlder: Bool) throws {
        try withTemporaryDirectory { directory in
            if hasOlder {
                let old = try Publication(directory, version: "old")
                try old.stage()
                try old.publish()
            }
            var job = try Publication(directory)
            job.owned = hasOlder
            try job.stage()
            if hasOlder, moved > 0 { try job.outbox.unlink(Array("sub/a.jpg.json".utf8)) }
            let sub = try job.outbox.make("sub")
            for name in Publication.names.prefix(moved) {
                let staged = Array(job.staged(name).utf8)
                try job.staging.rename(staged, to: sub, staged, replacing: true)
            }
            if moved == 3 { try sub.write(String(decoding: job.text, as: UTF8.self), at: "a.jpg.json") }
            // A crash while the sidecar was written leaves this.
            if moved == 2 { try job.staging.write("half a sid", at: "sidecar.json") }
            try job.publish()
            #expect(try job.outbox.tree() == job.complete)
            try job.publish()
            #expect(try job.outbox.tree() == job.complete)
        }
    }

    @Test("with the journal lost, an own older sidecar tells which results are the source's", arguments: 0...2)
    func lostJournal(interruptedAfter: Int) throws {
        try withTemporaryDirectory { directory in
            let old = try Publication(directory, version: "old")
            try old.stage()
            try old.publish()
            let job = try Publication(directory)
            // Cut off: fewer renditions are staged at first than the job has.
            for name in Publication.names.prefix(interruptedAfter) {
                try job.staging.write(job.content(name), at: job.staged(name))
            }
            if interruptedAfter < 2 { #expect(throws: PublishError.self) { try job.publish() } }
            for name in Publication.names.dropFirst(interruptedAfter) {
                try job.staging.write(job.content(name), at: job.staged(name))
            }
            try job.publish()
            #expect(try job.outbox.tree() == job.complete)
        }
    }

    @Test("a file of the right digest that is in place already counts as published; staging is emptied")
    func sameContent() throws {
        try withTemporaryDirectory { directory in
            let job = try Publication(directory)
            try job.stage()
            for name in Publication.names { try job.outbox.write(job.content(name), at: name) }
            try job.publish()
            #expect(try job.outbox.tree() == job.complete)
            #expect(try job.staging.list().isEmpty)
        }
    }

    @Test("a staged file that is gone and not in the outbox either is missing", arguments: [false, true])
    func missing(wrongContentThere: Bool) throws {
        try withTemporaryDirectory { directory in
            var job = try Publication(directory)
            job.owned = true
            try job.stage()
            try job.staging.unlink(Array(job.staged(Publication.names[1]).utf8))
            if wrongContentThere { try job.outbox.write("other content", at: Publication.names[1]) }
            let error = #expect(throws: PublishError.self) { try job.publish() }
            guard case .missing(let path) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(path.text == Publication.names[1])
            #expect(try job.outbox.tree()["sub/a.jpg.json"] == nil)
        }
    }

    @Test("removing and looking: gone already is fine, sizes are compared")
    func removeAndHas() throws {
        try withTemporaryDirectory { directory in
            let publisher = Publisher(outbox: directory)
            try directory.write("12345", at: "sub/x.webp")
            let file = try path("sub/x.webp")
            #expect(try publisher.has(file, bytes: 5))
            #expect(try !publisher.has(file, bytes: 6))
            #expect(try publisher.has(file, bytes: 0))
            #expect(try !publisher.has(path("sub"), bytes: 0))
            try publisher.remove([file, path("never/was")])
            try publisher.remove([file])
            #expect(try !publisher.has(file, bytes: 0))
        }
    }

    @Test("syncing what is staged fails where a file is not there")
    func sync() throws {
        try withTemporaryDirectory { directory in
            try directory.write("x", at: "a.webp")
            try Publisher.sync(Array("a.webp".utf8), in: directory)
            try Publisher.stage(sidecar: Array("{}".utf8), in: directory)
            #expect(try directory.tree() == ["a.webp": "x", "sidecar.json": "{}"])
            #expect(throws: SystemCallError.self) {
                try Publisher.sync(Array("b.webp".utf8), in: directory)
            }
        }
    }
}
