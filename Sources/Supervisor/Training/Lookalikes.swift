/// Which pictures are the same file, or nearly the same picture. Of 100,000 pictures it holds some megabytes.
package struct Lookalikes: Sendable {
    /// Of each picture: its group's first one. Alone, itself.
    package private(set) var group: [UInt32]

    /// Bits in which fingerprints of one picture differ after it was encoded again: in 99 of 100 cases at most so many.
    /// Of different pictures hardly any differ in so few.
    package static let mostBits = 4
    /// The least cosine between what describes two that are nearly the same: a fingerprint is of light and shade alone.
    package static let leastCosine = 0.9
    /// Compared with the next ones of the same part of a fingerprint; equal files are found in any case.
    private static let neighbours = 256

    /// - Parameters:
    ///   - contents: of each picture, of its file's digest.
    ///   - looks: of each picture its fingerprint; 0: none.
    ///   - isAlike: whether what describes these two is nearly the same, too.
    package init(
        contents: [UInt64], looks: [UInt64], isAlike: (Int, Int) throws -> Bool
    ) rethrows {
        group = (0..<UInt32(contents.count)).map { $0 }
        let byContent = contents.indices.sorted { (contents[$0], $0) < (contents[$1], $1) }
        for (one, next) in zip(byContent, byContent.dropFirst()) where contents[one] == contents[next] {
            join(one, next)
        }
        // Of five parts one is the same where four bits differ. One picture of a file stands for all.
        let seen = contents.indices.filter { looks[$0] != 0 && root($0) == $0 }
        var checks = seen.count * 10 + 1000
        for part in 0..<5 {
            let shift = part * 13
            func value(_ picture: Int) -> UInt64 { (looks[picture] >> shift) & 0x1fff }
            let order = seen.sorted { (value($0), looks[$0], $0) < (value($1), looks[$1], $1) }
            for (place, picture) in order.enumerated() {
                for other in order[(place + 1)...].prefix(Self.neighbours) {
                    guard value(other) == value(picture) else { break }
                    guard (looks[picture] ^ looks[other]).nonzeroBitCount <= Self.mostBits,
                        root(picture) != root(other), checks > 0
                    else { continue }
                    checks -= 1
                    if try isAlike(picture, other) { join(picture, other) }
                }
            }
        }
        for picture in group.indices { group[picture] = UInt32(root(picture)) }
    }

    private func root(_ picture: Int) -> Int {
        var at = picture
        while Int(group[at]) != at { at = Int(group[at]) }
        return at
    }

    private mutating func join(_ one: Int, _ other: Int) {
        let (a, b) = (root(one), root(other))
        group[max(a, b)] = UInt32(min(a, b))
        // Ways stay short.
        group[max(one, other)] = UInt32(min(a, b))
    }

    /// Groups of two and more, by their first picture.
    package var groups: [[Int]] {
        var members: [UInt32: [Int]] = [:]
        for (picture, first) in group.enumerated() where Int(first) != picture {
            members[first, default: []].append(picture)
        }
        return members.sorted { $0.key < $1.key }.map { [Int($0.key)] + $0.value }
    }
}
