import Jobs

/// Files that exist beside others while these are being written: `IMG.JPG.part` beside `IMG.JPG`, which is an empty
/// placeholder or half of a picture until the companion goes.
///
/// Remembers in a fixed amount of memory which files were seen to have one. A hint, which saves a dozen looks at the
/// disk for every file: what it names is looked at.
struct Companions {
    /// Of the names that are ignored, those that are another file's name and an ending. Not `~`: that is a backup, which
    /// stays.
    static let endings = [
        ".part", ".partial", ".filepart", ".crdownload", ".download", ".opdownload", ".aria2", ".!qB", ".tmp", ".temp",
        ".upload", ".uploading", ".incomplete", ".crswap", "_tmp",
    ]

    private static let bytes = endings.map { Array($0.utf8) }

    private var seen = StateTable(most: 4096)

    /// Which ending a name has, and the name without it.
    private static func split(_ name: some BidirectionalCollection<UInt8>) -> (name: [UInt8], ending: Int)? {
        for (index, ending) in bytes.enumerated() where name.count > ending.count {
            if name.suffix(ending.count).elementsEqual(ending) { return (Array(name.dropLast(ending.count)), index) }
        }
        return nil
    }

    /// The file that this one is a companion of, whether that is there or not; nil where the name is none of a companion.
    static func file(besides path: RelativePath) -> RelativePath? {
        split(path.bytes).flatMap { RelativePath(bytes: $0.name) }
    }

    /// A companion was seen, or what may be one.
    mutating func note(_ path: RelativePath) {
        guard let (bytes, ending) = Self.split(path.bytes), let file = RelativePath(bytes: bytes) else { return }
        let key = StateTable.key(file)
        seen.set(key, (seen[key] ?? 0) | 1 << UInt32(ending))
    }

    /// The companions that were seen beside a file.
    func paths(of file: RelativePath) -> [RelativePath] {
        guard let marks = seen[StateTable.key(file)] else { return [] }
        return Self.bytes.indices.filter { marks & 1 << UInt32($0) != 0 }
            .compactMap { RelativePath(bytes: file.bytes + Self.bytes[$0]) }
    }

    /// None is there any more.
    mutating func forget(_ file: RelativePath) { seen.remove(StateTable.key(file)) }
}
