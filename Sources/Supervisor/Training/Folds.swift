/// Which cross-validation fold a picture is held out in. The same pictures give the same folds, in whatever order
/// they come: a name decides.
package enum Folds {
    /// A picture that is never held out: its label has no other.
    package static let never = UInt32.max

    /// - Parameters:
    ///   - labels: of each picture, below `labelCount`.
    ///   - keys: of each picture, of its name (`key`).
    ///   - groups: of each picture, of which group it is: those of one label are held out together. Empty: each is alone.
    ///   - folds: at least 2. Fewer are made where no label has so many pictures.
    /// - Returns: of each picture its part. Every label with two groups or more has them in as many parts as can be.
    package static func assign(
        labels: [UInt32], keys: [UInt64], groups: [UInt32] = [], labelCount: Int, folds: Int
    ) -> [UInt32] {
        var members = [[[Int]]](repeating: [], count: labelCount)
        var places: [Group: Int] = [:]
        for (picture, label) in labels.enumerated() {
            let group = Group(label: label, group: groups.isEmpty ? UInt32(picture) : groups[picture])
            if let place = places[group] {
                members[Int(label)][place].append(picture)
            } else {
                places[group] = members[Int(label)].count
                members[Int(label)].append([picture])
            }
        }
        let count = min(folds, members.map(\.count).max() ?? 0)
        var parts = [UInt32](repeating: never, count: labels.count)
        guard count >= 2 else { return parts }
        for (label, groups) in members.enumerated() where groups.count >= 2 {
            let named = groups.map { group in (key: group.map { keys[$0] }.min() ?? 0, group: group) }
            var sizes = [Int](repeating: 0, count: count)
            for (_, group) in named.sorted(by: { ($0.key, $0.group[0]) < ($1.key, $1.group[0]) }) {
                // Where there is least so far. Labels begin at different parts, so that those with few pictures do not all
                // fill the first ones.
                let part = (0..<count).map { ($0 + label) % count }.min { sizes[$0] < sizes[$1] } ?? 0
                sizes[part] += group.count
                for picture in group { parts[picture] = UInt32(part) }
            }
        }
        return parts
    }

    private struct Group: Hashable {
        var label: UInt32
        var group: UInt32
    }

    /// FNV-1a of a name's bytes.
    package static func key(_ name: some Sequence<UInt8>) -> UInt64 {
        name.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
