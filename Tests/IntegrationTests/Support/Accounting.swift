import LinuxIO
import Testing

extension WatchedPlace {
    /// Nothing that was dropped is lost or half: every file is in the archive, in the quarantine beside its reason, or
    /// still in the inbox where it is meant to stay. The outbox holds what sidecars tell of and nothing else.
    /// - Parameters:
    ///   - dropped: contents (SHA-256) by path, `\xNN` where it is no text.
    ///   - staying: paths in the inbox that are left alone.
    func expectAccounted(
        _ dropped: [String: String], staying: Set<String> = [], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let inbox = try scratch.snapshot(below: "inbox", hidden: true)
        let archive = try scratch.snapshot(below: "archive", hidden: true)
        let quarantine = try scratch.snapshot(below: "quarantine", hidden: true)
        #expect(Set(inbox.keys) == staying, sourceLocation: sourceLocation)
        var kept: [String: Int] = [:]
        for facts in archive.values { kept[facts.sha256, default: 0] += 1 }
        for (name, facts) in quarantine where !name.hasSuffix(".error.json") {
            kept[facts.sha256, default: 0] += 1
            let reasons = quarantine.keys.filter { reason in
                reason.hasSuffix(".error.json")
                    && name.hasPrefix(reason.dropLast(".error.json".count).prefix { $0 != "\u{7E}" })
            }
            #expect(!reasons.isEmpty, "\(name) lies there without a reason", sourceLocation: sourceLocation)
        }
        for (path, digest) in dropped.sorted(by: { $0.key < $1.key }) where !staying.contains(path) {
            #expect(kept[digest, default: 0] > 0, "\(path) is lost", sourceLocation: sourceLocation)
            kept[digest, default: 0] -= 1
        }
        for name in archive.keys where !name.contains("marker") {
            #expect(
                !name.split(separator: "/").contains { $0.hasPrefix(".") }, "\(name)", sourceLocation: sourceLocation)
        }
        try expectWholeOutbox(sourceLocation: sourceLocation)
    }

    /// Every line of the log is one record: none was begun by what a name holds.
    func expectOrderlyLog(_ program: RunningProgram, sourceLocation: SourceLocation = #_sourceLocation) {
        for line in program.errorsSoFar.unicodeScalars.split(separator: "\n") {
            let text = String(line)
            #expect(text.prefix(2) == "20", "\(text)", sourceLocation: sourceLocation)
            let odd = line.filter { $0.properties.generalCategory == .control || (0x2028...0x202E).contains($0.value) }
            #expect(odd.isEmpty, "\(text)", sourceLocation: sourceLocation)
        }
    }
}
