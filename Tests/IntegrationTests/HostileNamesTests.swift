import FoundationEssentials
import LinuxIO
import Testing
import Text

@testable import Jobs

@Suite("Hostile inboxes: names", .enabled(if: Tool.python3.isInstalled))
struct HostileNamesTests {
    private static func text(_ name: String) -> [UInt8] { Array(name.utf8) }

    /// All of them are names that Linux allows.
    private static let names: [[UInt8]] = [
        [0xFF, 0xFE] + text(".png"), [0xC3] + text("é.png"), text("new\nline.png"), text("-rf"), text("--help.png"),
        text("%n%s%x.png"), text("-d/-f.png"), text("tab\there.png"), text("back\\slash.png"), text("\\xff\\xfe.png"),
        text("{stem}.{ext}"), text("a b'\"$(touch x);.png"), text(" .png"), text("bell\u{07}.png"),
        text("escape\u{1B}[2J.png"), text("csi\u{9B}2J.png"), text("next\u{85}line.png"), text("line\u{2028}end.png"),
        text("gnp.\u{202E}exe.png"), text("e\u{301}.png"), text("👩‍👩‍👧.png"), text("*?[a].png"),
        [0xED, 0xA0, 0x80] + text(".png"), text(String(repeating: "m", count: 240)), [0x80, 0x2F, 0xFF],
        text("CASE.png"), text("case.png"), text("Case.PNG"),
    ]

    @Test("case 18: odd names come out under the same bytes; sidecars and logs escape them, and lose nothing")
    func names() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            var dropped: [String: String] = [:]
            try await place.watched { program in
                for (index, name) in Self.names.enumerated() {
                    let bytes = Pictures.png(width: 20 + index, height: 20)
                    try scratch.write(bytes, to: Array("inbox/".utf8) + name)
                    dropped[escaped(name)] = sha256(bytes)
                }
                let done = try await eventually {
                    try scratch.files(below: "archive").count { !$0.contains("marker") } == Self.names.count
                }
                #expect(done, "\(program.errorsSoFar)")
                try await place.settleAll(program)
                place.expectOrderlyLog(program)
                // What the log says leads back to the bytes.
                for name in Self.names {
                    let shown = escaped(name)
                    #expect(unescaped(shown) == name)
                    let inQuotes = shown.replacing(#"\"#, with: #"\\"#).replacing("\"", with: #"\""#)
                    let isThere = ["source=\(shown) ", "source=\"\(inQuotes)\" "].contains {
                        program.errorsSoFar.contains($0)
                    }
                    #expect(isThere, "\(shown)")
                }
                #expect(await place.stop(program).exitCode == 0)
            }
            #expect(Set(dropped.keys).count == Self.names.count, "no two names are escaped alike")
            for name in Self.names {
                let last = Array(name.split(separator: 0x2F).last ?? [])
                #expect(try scratch.directory.stat(Array("archive/".utf8) + name)?.isRegular == true)
                let sidecar = try JSONDecoder().decode(
                    Sidecar.self, from: Data(scratch.read("outbox/\(escaped(name)).json")))
                #expect(unescaped(sidecar.source.path) == name)
                #expect(unescaped(sidecar.source.name) == last)
                let isText = String(validating: last, as: UTF8.self) != nil
                #expect((sidecar.source.nameBytes == nil) == isText)
                if let encoded = sidecar.source.nameBytes {
                    #expect(Data(base64Encoded: encoded).map(Array.init) == last)
                }
                #expect(sidecar.source.sha256 == dropped[escaped(name)])
                for rendition in sidecar.renditions {
                    #expect(try scratch.directory.stat(Array("outbox/".utf8) + unescaped(rendition.path)) != nil)
                }
            }
            try place.expectAccounted(dropped)
        }
    }

    @Test("case 18: names that look alike, composed and decomposed, are two sources")
    func normalisation() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            let names = ["\u{E9}.png", "e\u{301}.png"].map { Array($0.utf8) }
            try await place.watched { program in
                for (index, name) in names.enumerated() {
                    try scratch.write(Pictures.png(width: 20 + index, height: 20), to: Array("inbox/".utf8) + name)
                }
                let done = try await eventually {
                    try names.allSatisfy { try scratch.directory.stat(Array("archive/".utf8) + $0) != nil }
                }
                #expect(done, "\(program.errorsSoFar)")
                #expect(await place.stop(program).exitCode == 0)
            }
            // By their bytes: Swift's strings take the two for equal.
            let outbox = try scratch.directory.openDirectory(Array("outbox".utf8))
            #expect(try outbox.list().count == 4)
            for (index, name) in names.enumerated() {
                var bytes: [UInt8] = []
                try outbox.openFile(name + Array(".json".utf8)).forEachPiece(subject: "sidecar") { bytes += $0 }
                let sidecar = try JSONDecoder().decode(Sidecar.self, from: Data(bytes))
                #expect(Array(sidecar.source.path.utf8) == name)
                #expect(sidecar.source.width == 20 + index)
            }
        }
    }

    @Test("case 18: a name of 255 bytes is quarantined with its reason, the second one of that name too")
    func longest() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            // They differ only where the reason's name has no room for them.
            let names = ["a", "b"].map { String(repeating: "n", count: 250) + $0 + ".png" }
            try await place.watched { program in
                var dropped: [String: String] = [:]
                for round in 1...2 {
                    for (index, name) in names.enumerated() {
                        let bytes = Pictures.png(width: 20 + index, height: 20 + round)
                        dropped["\(name) \(round)"] = sha256(bytes)
                        // Longer than a temporary name may be: written under another one.
                        try scratch.drop(bytes, at: "next")
                        try scratch.move("next", to: "inbox/\(name)")
                    }
                    let gone = try await eventually {
                        let states = try names.flatMap { _ in try scratch.files(below: "inbox") }
                        return try states.isEmpty
                            && scratch.files(below: "quarantine").count { !$0.hasSuffix(".error.json") } == 2 * round
                    }
                    #expect(gone, "\(program.errorsSoFar)")
                }
                try await place.settleAll(program)
                #expect(!program.errorsSoFar.contains("paused"), "\(program.errorsSoFar)")
                #expect(await place.stop(program).exitCode == 0)
                let found = try scratch.files(below: "quarantine")
                #expect(found.count { $0.hasSuffix(".error.json") } == 4, "each has its own reason: \(found)")
                for reason in found where reason.hasSuffix(".error.json") {
                    let error = try place.errorFile(reason)
                    #expect(error.code == .nameTooLong && names.contains(error.source))
                }
                let digests = try scratch.snapshot(below: "quarantine").filter { !$0.key.hasSuffix(".error.json") }
                #expect(Set(digests.values.map(\.sha256)) == Set(dropped.values))
            }
            try place.expectWholeOutbox()
        }
    }

    @Test(
        "case 18: what cannot be a picture goes to the quarantine under its own bytes, and its reason can be led back")
    func quarantinedNames() async throws {
        try await withScratch { scratch in
            let place = try WatchedPlace(scratch)
            let names: [[UInt8]] = [
                [0xFF, 0x41] + Self.text(".jpg"), Self.text("new\nline.jpg"), Self.text("-rf.png"),
                [0x80, 0x2F, 0x81] + Self.text(".gif"),
            ]
            try await place.watched { program in
                for name in names { try scratch.write(Self.text("no picture"), to: Array("inbox/".utf8) + name) }
                let came = try await eventually {
                    try names.allSatisfy { try scratch.directory.stat(Array("quarantine/".utf8) + $0) != nil }
                }
                #expect(came, "\(program.errorsSoFar)")
                try await place.settleAll(program)
                place.expectOrderlyLog(program)
                #expect(await place.stop(program).exitCode == 0)
            }
            for name in names {
                let error = try place.errorFile("\(escaped(name)).error.json")
                #expect(error.code == .unsupportedFormat)
                #expect(unescaped(error.source) == name)
                let last = Array(name.split(separator: 0x2F).last ?? [])
                #expect(error.nameBytes.flatMap { Data(base64Encoded: $0) }.map(Array.init) ?? last == last)
            }
        }
    }
}
