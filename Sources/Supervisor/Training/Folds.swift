/// Which cross-validation fold a picture is held out in. The same pictures give the same folds, in whatever order
/// they come: a name decides.
package enum Folds {
    /// A picture that is never held out: its label has no other.
    package static let never = UInt32.max

    /// - Parameters:
    ///   - labels: of each picture, below `labelCount`.
    ///   - keys: of each picture, of its name (`key`).
    ///   - folds: at least 2. Fewer are made where no label has so many pictures.
    /// - Returns: of each picture its part. Every label with two pictures or more has them in as many parts as can be.
    package static func assign(labels: [UInt32], keys: [UInt64], labelCount: Int, folds: Int) -> [UInt32] {
        var members = [[Int]](repeating: [], count: labelCount)
        for (picture, label) in labels.enumerated() { members[Int(label)].append(picture) }
        let count = min(folds, members.map(\.count).max() ?? 0)
        var parts = [UInt32](repeating: never, count: labels.count)
        guard count >= 2 else { return parts }
        for (label, pictures) in members.enumerated() where pictures.count >= 2 {
            let sorted = pictures.sorted { (keys[$0], $0) < (keys[$1], $1) }
            // Labels begin at different parts, so that those with few pictures do not all fill the first ones.
            for (place, picture) in sorted.enumerated() { parts[picture] = UInt32((place + label) % count) }
        }
        return parts
    }

    /// FNV-1a of a name's bytes.
    package static func key(_ name: some Sequence<UInt8>) -> UInt64 {
        name.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
