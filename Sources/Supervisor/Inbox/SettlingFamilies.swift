import FolderContent
import Jobs

/// How many files settle of each family: nearly every picture is alone, and need not be asked about dozens of names.
struct SettlingFamilies: Sendable {
    private var counts: [UInt64: Int] = [:]

    mutating func count(_ path: RelativePath, _ change: Int) {
        let key = key(path)
        let count = (counts[key] ?? 0) + change
        counts[key] = count > 0 ? count : nil
    }

    /// Whether others than one that settles may settle with it.
    func hasOthers(of path: RelativePath) -> Bool { counts[key(path)] ?? 0 > 1 }

    /// Two families that have the same cost a look, no more.
    private func key(_ path: RelativePath) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(path.parent)
        hasher.combine(OtherContent.family(of: path.name))
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}
