import Foundation
import Jobs
import LinuxIO
import Testing
import Text

@testable import Outbox

@Suite("Quarantine, staging and the files of JSON")
struct QuarantineAndStagingTests {
    private func errorFile(_ source: String = "sub/a.jpg", inbox: String? = nil) -> ErrorFile {
        ErrorFile(
            sluice: "0.1", source: source, nameBytes: nil, inbox: inbox,
            error: JobError(.truncated, "Ends at line 3 of 900 / é.", stage: "resize"), attempts: 3,
            firstSeen: timestamp(0), lastSeen: timestamp(1.5), pipeline: .init(name: "web", digest: "dd"))
    }

    @Test("the error file says what, where, how often, when and what to do")
    func contents() throws {
        try withTemporaryDirectory { directory in
            let quarantine = Quarantine(root: directory)
            try quarantine.write(errorFile(), for: path("sub/a.jpg"))
            let text = try directory.text(at: "sub/a.jpg.error.json")
            let json = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            #expect(json["schema"] as? Int == 1)
            #expect(json["sluice"] as? String == "0.1")
            #expect(json["source"] as? String == "sub/a.jpg")
            #expect(json["code"] as? String == "truncated")
            #expect(json["message"] as? String == "Ends at line 3 of 900 / é.")
            #expect(json["stage"] as? String == "resize")
            #expect(json["attempts"] as? Int == 3)
            #expect(json["firstSeen"] as? String == "1970-01-01T00:00:00.000Z")
            #expect(json["lastSeen"] as? String == "1970-01-01T00:00:01.500Z")
            #expect(json["advice"] as? String == ErrorCode.truncated.advice)
            #expect((json["pipeline"] as? [String: String]) == ["name": "web", "digest": "dd"])
            #expect(text.hasSuffix("}\n"))
            #expect(try directory.tree().count == 1)
        }
    }

    @Test("a second failure replaces the first; clearing removes it, once or twice")
    func replaceAndClear() throws {
        try withTemporaryDirectory { directory in
            let quarantine = Quarantine(root: directory)
            let place = try path("sub/a.jpg")
            try quarantine.write(errorFile(), for: place)
            var second = errorFile()
            second.attempts = 7
            try quarantine.write(second, for: place)
            #expect(try directory.text(at: "sub/a.jpg.error.json").contains("\"attempts\" : 7"))
            try quarantine.clear(place)
            try quarantine.clear(place)
            try quarantine.clear(path("never/was.jpg"))
            #expect(try directory.tree() == ["sub/": ""])
        }
    }

    @Test("names too long for the ending are cut, and never share an error file", arguments: [243, 244, 245, 255])
    func longNames(length: Int) throws {
        try withTemporaryDirectory { directory in
            let quarantine = Quarantine(root: directory)
            let names = ["a", "b"].map { String(repeating: "n", count: length - 1) + $0 }
            for name in names { try quarantine.write(errorFile(name), for: path(name)) }
            let files = try directory.list().map(\.name)
            #expect(files.count == 2)
            for file in files {
                #expect(file.count == (length <= 244 ? length + 11 : 255))
                #expect(file.starts(with: Array(String(repeating: "n", count: min(length - 1, 235)).utf8)))
                #expect(file.suffix(11).elementsEqual(Array(".error.json".utf8)))
            }
            try quarantine.clear(path(names[0]))
            let left = try directory.list().map(\.name)
            #expect(left.count == 1)
            #expect(quarantine.readErrorFile(left.first ?? [], in: directory)?.source == names[1])
            try quarantine.clear(path(names[1]))
            #expect(try directory.list().isEmpty)
        }
    }

    @Test("a long name is cut between two characters")
    func longUTF8() throws {
        let name = String(repeating: "é", count: 127)
        let file = try #require(Quarantine.errorNames(Array(name.utf8)).first)
        #expect(file.count <= 255)
        #expect(String(validating: file, as: UTF8.self)?.hasPrefix("éé") == true)
    }

    @Test("an error file never takes the place of a source that has its name")
    func sourceCalledErrorFile() throws {
        try withTemporaryDirectory { directory in
            let quarantine = Quarantine(root: directory)
            // Somebody dropped `a.jpg.error.json`, which is no picture, and then `a.jpg`, which fails too.
            let dropped = try SidecarFile.encode(errorFile("a.jpg", inbox: "main"))
            for content in [Array("anything".utf8), dropped] {
                try writeDurably(content, to: directory, name: Array("a.jpg.error.json".utf8), replacing: true)
                try quarantine.write(errorFile("a.jpg.error.json", inbox: "main"), for: path("a.jpg.error.json"))
                try quarantine.write(errorFile("a.jpg", inbox: "main"), for: path("a.jpg"))
                #expect(try Array(directory.text(at: "a.jpg.error.json").utf8) == content)
                #expect(try directory.list().count == 3)
                try directory.write("a picture", at: "a.jpg")
                let entries = try quarantine.entries()
                #expect(entries.map(\.path.text) == ["a.jpg", "a.jpg.error.json"])
                #expect(entries.map { $0.error?.source } == ["a.jpg", "a.jpg.error.json"])
                try directory.unlink(Array("a.jpg".utf8))
                try quarantine.clear(path("a.jpg"))
                #expect(try Set(directory.tree().keys) == ["a.jpg.error.json", "a.jpg.error.json.error.json"])
            }
        }
    }

    @Test("clearing finds the folder that had to give way to a file, and leaves others alone")
    func clearNumberedFolder() throws {
        try withTemporaryDirectory { directory in
            let quarantine = Quarantine(root: directory)
            try directory.write("came first", at: "photos")
            try quarantine.write(errorFile("photos/a.jpg"), for: path("photos/a.jpg"))
            try quarantine.write(errorFile("photos~2/b.jpg"), for: path("photos~2/b.jpg"))
            try quarantine.clear(path("photos/b.jpg"))
            #expect(try directory.tree().count == 3, "another source's")
            try quarantine.clear(path("photos/a.jpg"))
            #expect(try Set(directory.tree().keys) == ["photos", "photos~2/b.jpg.error.json"])
            // The file that was in the way may be gone again.
            try quarantine.write(errorFile("photos/a.jpg"), for: path("photos/a.jpg"))
            try directory.unlink(Array("photos".utf8))
            try quarantine.clear(path("photos/a.jpg"))
            #expect(try Set(directory.tree().keys) == ["photos~2/b.jpg.error.json"])
        }
    }

    @Test("what failed before another of its name was done goes out of the way, and nothing of it is lost")
    func superseded() throws {
        try withTemporaryDirectory { directory in
            for round in 1...2 {
                for name in ["sub/a.jpg", "sub/a~2.jpg", "sub/a~4.jpg"] {
                    try directory.write("\(name) \(round)", at: name)
                    try Quarantine(root: directory).write(errorFile(inbox: "main"), for: path(name))
                }
                // Another source of nearly that name, and one of which nothing is known.
                try directory.write("other", at: "sub/a~3.jpg")
                try Quarantine(root: directory).write(errorFile("sub/a~3.jpg", inbox: "main"), for: path("sub/a~3.jpg"))
                try directory.write("unknown", at: "sub/a~5.jpg")
                let quarantine = Quarantine(root: directory)
                try quarantine.clear(path("sub/a.jpg"))
                try quarantine.clear(path("sub/a.jpg"))
                #expect(try quarantine.entries().map(\.path.text) == ["sub/a~3.jpg", "sub/a~5.jpg"])
                #expect(try directory.stat(Array("sub/a.jpg.error.json".utf8)) == nil)
                let aside = try quarantine.entries(superseded: true).filter(\.isSuperseded)
                #expect(aside.count == 3 * round)
                #expect(aside.allSatisfy { $0.error?.source == "sub/a.jpg" })
                let texts = try Set(aside.map { try directory.text(of: $0.path.bytes) })
                let expected = (1...round).flatMap { round in
                    ["sub/a.jpg", "sub/a~2.jpg", "sub/a~4.jpg"].map { "\($0) \(round)" }
                }
                #expect(texts == Set(expected))
            }
        }
    }

    @Test("a deep tree is cleared without a descriptor a level")
    func clearDeep() throws {
        try withTemporaryDirectory { directory in
            let quarantine = Quarantine(root: directory)
            let deep = String(repeating: "d/", count: 1500) + "a.jpg"
            try quarantine.write(errorFile(deep), for: path(deep))
            try directory.write("a picture", at: deep)
            #expect(try quarantine.entries().map(\.path.text) == [deep])
            try directory.unlink(Array(deep.utf8))
            try quarantine.clear(path(deep))
            #expect(try directory.stat(Array((deep + ".error.json").utf8)) == nil)
        }
    }

    @Test("what lies in the quarantine is listed with its reasons and origins; half-written files are not")
    func entries() throws {
        try withTemporaryDirectory { directory in
            let quarantine = Quarantine(root: directory)
            let odd = try #require(RelativePath(bytes: Array("main/".utf8) + [0xFF, 0x0A] + Array("\\x41".utf8)))
            for (place, source) in [("main/a~2.png", "a.png"), (odd.text, "")] {
                let bytes = unescaped(place)
                let lies = try #require(RelativePath(bytes: bytes))
                let name = source.isEmpty ? escaped(bytes.dropFirst(5)) : source
                try quarantine.write(errorFile(name, inbox: "main"), for: lies)
                let parent = try directory.openDirectory(Array("main".utf8), create: true)
                try writeDurably([1], to: parent, name: lies.name, replacing: false)
            }
            try directory.write("no reason", at: "main/lost.png")
            try directory.write("half", at: "main/.x.png.sluice-0123456789abcdef")
            try quarantine.write(errorFile("link.png", inbox: "main"), for: path("main/link.png"))
            let entries = try quarantine.entries()
            #expect(entries.map(\.path.text) == ["main/a~2.png", "main/lost.png", odd.text])
            let folder = try path("main")
            #expect(
                entries.map { Quarantine.origin(of: $0, folder: folder)?.text } == [
                    "a.png", "lost.png", String(odd.text.dropFirst(5)),
                ])
            #expect(entries.map { $0.error != nil } == [true, false, true])
            // A newer reason is not the one that goes.
            try directory.unlink(Array("main/a~2.png".utf8))
            try quarantine.write(errorFile("a.png", inbox: "main"), for: path("main/a~2.png"))
            try quarantine.removeReason(of: entries[0])
            #expect(try directory.stat(Array("main/a~2.png.error.json".utf8)) != nil)
            try quarantine.removeReason(of: entries[2])
            #expect(try directory.stat(entries[2].reason?.bytes ?? []) != nil, "its source lies there still")
        }
    }

    @Test("a name that is not UTF-8, and a file in the folder's place, stop nothing")
    func awkward() throws {
        try withTemporaryDirectory { directory in
            let quarantine = Quarantine(root: directory)
            let odd = try #require(RelativePath(bytes: [0xFF, 0xFE]))
            try quarantine.write(errorFile(odd.text), for: odd)
            #expect(try directory.list().map(\.name) == [[0xFF, 0xFE] + Array(".error.json".utf8)])
            try quarantine.clear(odd)
            try directory.write("came first", at: "photos")
            try quarantine.write(errorFile("photos/a.jpg"), for: path("photos/a.jpg"))
            #expect(try Set(directory.tree().keys) == ["photos", "photos~2/a.jpg.error.json"])
        }
    }

    @Test("discarding removes a job's directory with whatever is in it, and no other's")
    func discard() throws {
        try withTemporaryDirectory { directory in
            let staging = Staging(root: directory)
            for job in ["job-1", "job-2", "job-3"] {
                try staging.open(job).write("x", at: "a.webp")
                // A crash leaves it as it was.
                #expect(try staging.open(job).tree() == ["a.webp": "x"])
            }
            try staging.open("job-1").write("deep", at: "spill/deeper/x.v")
            try directory.write("not a job's", at: "notes/keep")
            try staging.discard("job-1")
            try staging.discard("job-1")
            #expect(try Set(directory.tree().keys) == ["job-2/a.webp", "job-3/a.webp", "notes/keep"])
            try staging.discardAll { $0 == 3 }
            #expect(try Set(directory.tree().keys) == ["job-3/a.webp", "notes/keep"])
            try staging.discardAll { _ in false }
            #expect(try Set(directory.tree().keys) == ["notes/keep"])
        }
    }

    @Test("a directory that is needed again becomes the next job's, empty; what nobody needs is not there")
    func spares() throws {
        try withTemporaryDirectory { directory in
            let staging = Staging(root: directory)
            let first = try staging.prepare("job-1")
            #expect(first.isEmpty)
            try first.directory.write("x", at: "a.webp")
            #expect(try !staging.prepare("job-1").isEmpty, "it may hold what a crash has left")
            let inode = try FileStatus.of(first.directory.descriptor).inode
            try staging.discard("job-1", isNeeded: true)
            let second = try staging.prepare("job-2")
            #expect(second.isEmpty)
            #expect(try second.directory.list().isEmpty)
            #expect(try FileStatus.of(second.directory.descriptor).inode == inode)
            #expect(try directory.list().map(\.name) == [Array("job-2".utf8)])

            // One that exists is never taken for a spare's.
            try staging.discard("job-2", isNeeded: true)
            _ = try directory.createDirectory(Array("job-3".utf8), mode: 0o700)
            #expect(try !staging.prepare("job-3").isEmpty)
            try staging.discard("job-3")
            #expect(try directory.list().isEmpty)

            // What a crash has left of them goes at the next start.
            _ = try staging.prepare("job-4")
            try staging.discard("job-4", isNeeded: true)
            try Staging(root: directory).discardAll { _ in true }
            #expect(try directory.list().isEmpty)
            #expect(try staging.prepare("job-5").isEmpty, "a spare that somebody has removed is made anew")
        }
    }

    @Test(
        "times are RFC 3339 in UTC with milliseconds",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1.5, "1970-01-01T00:00:01.500Z"),
            (951_827_696.25, "2000-02-29T12:34:56.250Z"), (1_700_000_000, "2023-11-14T22:13:20.000Z"),
            (4_102_444_799.999, "2099-12-31T23:59:59.999Z"), (-1, "1969-12-31T23:59:59.000Z"),
        ] as [(Double, String)])
    func timestamps(seconds: Double, text: String) {
        #expect(timestamp(seconds) == text)
    }

    @Test("a sidecar comes back from its file as it was, and equal ones are equal files")
    func roundTrip() throws {
        var value = sidecar("sub/ä \"quoted\" \\x.jpg", job: "job-7", renditions: [("a/b.webp", "x")])
        value.source.nameBytes = "//4="
        value.source.icc = "sRGB"
        value.source.orientation = 6
        value.stages = [StageReport(name: "resize", rendition: "small", seconds: 0.25, details: ["b": "2", "a": "1"])]
        value.warnings = ["w / 1"]
        let bytes = try SidecarFile.encode(value)
        #expect(try SidecarFile.decode(bytes) == value)
        #expect(try SidecarFile.encode(SidecarFile.decode(bytes)) == bytes)
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.hasSuffix("}\n"))
        #expect(text.contains("a/b.webp"), "slashes stay readable")
        #expect(throws: (any Error).self) { try SidecarFile.decode(Array("{}".utf8)) }
        #expect(throws: (any Error).self) { try SidecarFile.decode([0xFF, 0, 1]) }
    }
}
