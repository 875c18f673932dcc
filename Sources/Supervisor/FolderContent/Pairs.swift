package import Jobs

// A camera's own file and a picture of the same name in the same folder.
extension OtherContent {
    /// Whether a file is a camera's own, by its name: the one place that says so where pairs are concerned.
    package static func isRaw(named name: [UInt8]) -> Bool { ending(of: name).map(rawEndings.contains) ?? false }

    /// Whether a file of this name is a companion, and not processed, where its partner lies beside it.
    package static func mayStandAside(_ name: [UInt8], _ rule: PairsRule) -> Bool {
        switch rule {
        case .both: false
        case .jpeg: isRaw(named: name)
        case .raw: isPairedPicture(name)
        }
    }

    /// Whether a file of this name is the one that is processed of a pair.
    package static func isPartner(_ name: [UInt8], _ rule: PairsRule) -> Bool {
        switch rule {
        case .both: false
        case .jpeg: isPairedPicture(name)
        case .raw: isRaw(named: name)
        }
    }

    /// What a file counts as that stands aside.
    package static func kindAside(named name: [UInt8]) -> String { ending(of: name) ?? "other" }

    /// The names that the partner may have for which a file stands aside; none where it never does.
    package static func partners(of name: [UInt8], _ rule: PairsRule) -> [[UInt8]] {
        guard mayStandAside(name, rule) else { return [] }
        let endings = rule == .raw ? rawEndings : pairedEndings
        return endings.sorted().flatMap { [$0, $0.uppercased()] }.map {
            stem(name) + [UInt8(ascii: ".")] + Array($0.utf8)
        }
    }

    private static func isPairedPicture(_ name: [UInt8]) -> Bool {
        ending(of: name).map(pairedEndings.contains) ?? false
    }

    /// What cameras, phones and raw converters write beside a raw file.
    private static let pairedEndings: Set<String> = ["jpg", "jpeg", "jpe", "heic", "heif", "hif", "avif", "jxl"]
}
