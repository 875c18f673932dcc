import Foundation
import Glibc
import LinuxIO
import Testing

@testable import Engine
@testable import Jobs

@Suite("Copies of files that are no pictures")
struct OtherCopyTests {
    private let movie = [0, 0, 0, 0x14] + Array("ftypqt  ".utf8) + [UInt8](repeating: 7, count: 3000)
    private let json = Array("{\"title\": \"a.png\"}\n".utf8)

    @Test("a copy leaves the name of a sidecar to a picture without ending")
    func sidecarNames() async throws {
        try await withScratch { scratch in
            try scratch.writePicture("in/photo")
            try scratch.write(json, to: "in/photo.json")
            try scratch.write(json, to: "in/package.json")
            let run = try await scratch.process("--others", "copy")
            #expect(try run.exitCode == 0 && run.report().published == 1, "\(run)")
            #expect(try scratch.read("out/photo.original.json") == json && scratch.read("out/package.json") == json)
            #expect(try scratch.read("out/photo.json") != json)
        }
    }

    @Test("a stop does not wait for a film to be copied whole; the next start copies it")
    func stoppedCopy() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(
                scratch, inboxes: ["main: { path: inbox, pipeline: cheap, others: copy, \(WatchedPlace.quick) }"])
            // Takes no room, and a minute to be read.
            let size = Int64(400) << 30
            try await place.watched { program in
                try scratch.write(movie, to: "film.MOV")
                #expect(truncate("\(scratch.path)/film.MOV", Int(size)) == 0)
                #expect(rename("\(scratch.path)/film.MOV", "\(scratch.path)/inbox/film.MOV") == 0)
                try await expectSoon {
                    try FileManager.default.subpathsOfDirectory(atPath: scratch.path).contains {
                        $0.hasSuffix("copy.draft")
                    }
                }
                let start = ContinuousClock.now
                #expect(await place.stop(program).exitCode == 0)
                #expect(ContinuousClock.now - start < .seconds(15))
            }
            #expect(try scratch.files(below: "inbox") == ["film.MOV"] && !scratch.exists("outbox/film.MOV"))
            #expect(truncate("\(scratch.path)/inbox/film.MOV", movie.count) == 0)
            try await place.watched { program in
                try await expectSoon { try scratch.exists("outbox/film.MOV") }
                #expect(await place.stop(program).exitCode == 0)
            }
        }
    }

    @Test("no room is waited for ten minutes, of each copy on its own")
    func shortages() {
        var shortages = CopyShortages()
        let told = [0.0, 1, 599, 600].map { shortages.isOver(1, now: $0) }
        #expect(told == [false, false, false, true])
        let again = shortages.isOver(1, now: 601)
        #expect(!again)
        shortages.end(1)
        let later = shortages.isOver(1, now: 1300)
        #expect(!later)
        // However many there are, the newest is known.
        for job in 2...Int64(CopyShortages.most + 50) { _ = shortages.isOver(job, now: Double(1300 + job)) }
        let newest = shortages.isOver(Int64(CopyShortages.most + 50), now: 9000)
        #expect(newest)
    }
}
