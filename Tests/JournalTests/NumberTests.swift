import Jobs
import Testing

@testable import Journal

@Suite("Numbers and forms of names")
struct NumberTests {
    private func add(
        _ text: String, _ journal: Journal, folder: String? = "", published: Int? = nil, inbox: String = "main"
    ) async throws -> JobRecord {
        let wish = NamingWish(folder: folder.map { Array($0.utf8) }, published: published)
        let arrival = Journal.Arrival(
            try source(text, inbox: inbox), pipelineName: "web", pipelineDigest: "d1", candidates: [], naming: wish)
        return try #require(try await journal.enqueue([arrival], now: 100).first).job
    }

    @Test("each source of a folder has the next number, and keeps it however often it is done")
    func order() async throws {
        try await withTemporaryPath { directory in
            let path = directory + "/journal.sqlite"
            let journal = try Journal(path: path)
            for (number, name) in ["a.jpg", "b.jpg", "c.jpg"].enumerated() {
                #expect(
                    try await add(name, journal).naming == JobNaming(isSecond: false, number: number + 1, folder: []))
            }
            #expect(try await add("b.jpg", journal).naming?.number == 2)
            #expect(try await add("sub/d.jpg", journal, folder: "sub").naming?.number(in: Array("sub".utf8)) == 1)
            #expect(try await add("b.jpg", journal, folder: "elsewhere").naming?.number == 1)
            // It comes back to where it was.
            #expect(try await add("b.jpg", journal).naming?.number == 2)
            #expect(try await add("b.jpg", journal, inbox: "other").naming?.number == 4)
            #expect(try await journal.job(1).naming?.number(in: Array("sub".utf8)) == nil)
            try journal.close()
            let again = try Journal(path: path)
            #expect(try await add("d.jpg", again).naming?.number == 5)
            #expect(try await add("c.jpg", again).naming?.number == 3)
            try again.close()
        }
    }

    @Test("a number that was given is given to nobody else, whatever became of the job")
    func burned() async throws {
        try await withJournal { journal, _ in
            let gone = try await add("a.jpg", journal)
            try await journal.supersede(gone.id, now: 3)
            _ = try await journal.forget(
                .init(before: 1e9, jobs: 0, inboxes: ["main"]), from: .init(), isGone: { _ in [] })
            #expect(try await add("b.jpg", journal).naming?.number == 2)
        }
    }

    @Test("numbers of sidecars and of foreign files")
    func wishes() async throws {
        try await withJournal { journal, _ in
            let a = try await add("a.jpg", journal)
            // By its sidecar it is 7, which the journal has forgotten; from now on it knows.
            #expect(try await journal.settleNaming(of: a, NamingWish(folder: [], published: 7)).number == 7)
            #expect(try await add("b.jpg", journal).naming?.number == 8)
            let c = try await add("c.jpg", journal)
            #expect(
                try await journal.settleNaming(of: c, NamingWish(folder: [], published: 8)).number == 9,
                "8 is another's")
            #expect(try await journal.settleNaming(of: c, NamingWish(folder: [], least: 20)).number == 20)
            #expect(try await journal.settleNaming(of: c, NamingWish(folder: [])).number == 20)
            #expect(try await add("d.jpg", journal).naming?.number == 21)
        }
    }

    @Test("of two sources that differ in their extension the one that was there first is the first, for good")
    func forms() async throws {
        try await withJournal { journal, _ in
            func isSecond(_ text: String) async throws -> Bool? {
                try await add(text, journal, folder: nil).naming?.isSecond
            }
            #expect(try await isSecond("x/a.png") == false)
            #expect(try await isSecond("x/a.jpg") == true)
            #expect(try await isSecond("x/a.png") == false)
            #expect(try await isSecond("x/a.jpg") == true)
            #expect(try await isSecond("x/a") == true)
            for other in ["a.jpg", "x/a.b.jpg", "x/ab.jpg", "x/a-b.jpg", "y/a.jpg"] {
                #expect(try await isSecond(other) == false)
            }
            // Without a name of its own no source stands in the way.
            let gone = try await add("x/c.png", journal, folder: nil)
            try await journal.supersede(gone.id, now: 3)
            #expect(try await isSecond("x/c.jpg") == false)
            let other = try await add("x/d.mov", journal, folder: nil)
            try await journal.markOther(other, kind: "video", copied: nil, stay: .left, now: 3)
            #expect(try await isSecond("x/d.jpg") == false)
        }
    }

    @Test("names that ask for nothing decide nothing")
    func none() async throws {
        try await withJournal { journal, _ in
            let plain = try await journal.add("a.png")
            #expect(plain.naming == nil)
            let late = try await add("a.jpg", journal, folder: nil)
            #expect(late.naming?.isSecond == false)
        }
    }

    @Test("a journal that was filled from sidecars goes on after their numbers")
    func rebuilt() async throws {
        try await withJournal { journal, _ in
            var results = try [("a.jpg", 3), ("b.jpg", 12)].map { (name: String, number: Int) in
                PublishedResult(
                    inbox: "main", path: try path(name), size: 10, sha256: "5ha", pipelineName: "web",
                    pipelineDigest: "d1",
                    attempts: 1,
                    outputs: [
                        OutputName(path: try path("s/\(number).webp"), rendition: "small"),
                        OutputName(path: try path("told/\(name).json"), rendition: nil),
                    ], number: number)
            }
            #expect(try journal.rebuild(now: 1) { results.popLast() } == 2)
            #expect(try await add("c.jpg", journal, folder: "s").naming?.number == 13)
            #expect(try await add("a.jpg", journal, folder: "s").naming?.number == 3)
        }
    }

    @Test("folders that nothing came into for long are forgotten, the oldest first")
    func bounded() async throws {
        try await withJournal { journal, _ in
            for folder in ["one", "two", "three"] { _ = try await add("\(folder)/a.jpg", journal, folder: folder) }
            try await journal.commits.write { try Journal.forgetFolders($0, most: 2) }
            #expect(try await add("two/b.jpg", journal, folder: "two").naming?.number == 2)
            #expect(try await add("one/b.jpg", journal, folder: "one").naming?.number == 1)
        }
    }
}
