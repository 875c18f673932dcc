import Foundation
import LinuxIO
import PipelineModel
import Testing

@testable import Outbox

@Suite("Quarantine, staging and the files of JSON")
struct QuarantineAndStagingTests {
    private func errorFile(_ name: String = "a.jpg") -> ErrorFile {
        ErrorFile(
            sluice: "0.1", source: "sub/" + name, nameBytes: nil,
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

    @Test("names too long for the ending are cut to 255 bytes", arguments: [243, 244, 245, 255])
    func longNames(length: Int) throws {
        try withTemporaryDirectory { directory in
            let name = String(repeating: "n", count: length)
            let place = try path(name)
            try Quarantine(root: directory).write(errorFile(name), for: place)
            let files = try directory.list().map(\.name)
            #expect(files.count == 1)
            #expect(files[0].count == min(255, length + 11))
            #expect(files[0].starts(with: Array(String(repeating: "n", count: length > 244 ? 235 : length).utf8)))
            #expect(files[0].suffix(11).elementsEqual(Array(".error.json".utf8)))
            try Quarantine(root: directory).clear(place)
            #expect(try directory.list().isEmpty)
        }
    }

    @Test("two long names that begin alike have a reason each")
    func longNamesAlike() throws {
        try withTemporaryDirectory { directory in
            for ending in ["a", "b"] {
                let name = String(repeating: "n", count: 254) + ending
                try Quarantine(root: directory).write(errorFile(name), for: path(name))
            }
            #expect(try directory.list().count == 2)
        }
    }

    @Test("a name that is not UTF-8, and a file in the folder's place, stop nothing")
    func awkward() throws {
        try withTemporaryDirectory { directory in
            let quarantine = Quarantine(root: directory)
            let odd = try #require(RelativePath(bytes: [0xFF, 0xFE]))
            try quarantine.write(errorFile(), for: odd)
            #expect(try directory.list().map(\.name) == [[0xFF, 0xFE] + Array(".error.json".utf8)])
            try quarantine.clear(odd)
            try directory.write("came first", at: "photos")
            try quarantine.write(errorFile(), for: path("photos/a.jpg"))
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
