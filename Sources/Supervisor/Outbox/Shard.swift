package import Jobs
import LinuxIO
import Naming
package import Pipeline

/// One of N parts into which a directory's sources are divided, for runs side by side that share one outbox. Which part
/// a source belongs to follows from its path alone, and is the same on every machine and in every version:
///
/// 1. the key: the path up to the first dot of the file's name (`holiday/IMG_1.edited.jpg` → `holiday/IMG_1`), or the
///    folder alone; see `ShardGrain`;
/// 2. the first eight bytes of the key's SHA-256, as a number, the first byte the highest;
/// 3. what is left of it when divided by N, plus one.
package struct Shard: Sendable, Equatable, CustomStringConvertible {
    /// From 1.
    package let number: Int
    package let count: Int

    /// Each has a journal and a staging directory of its own.
    package static let most = 9999

    /// Nil where there is no such part.
    package init?(number: Int, of count: Int) {
        guard (1...Self.most).contains(count), (1...count).contains(number) else { return nil }
        self.number = number
        self.count = count
    }

    package func contains(_ path: RelativePath, by grain: ShardGrain) -> Bool {
        Self.hash(of: grain.key(of: path)) % UInt64(count) == UInt64(number - 1)
    }

    static func hash(of key: [UInt8]) -> UInt64 { UInt64(sha256(key).prefix(16), radix: 16) ?? 0 }

    /// `2/4`.
    package var description: String { "\(number)/\(count)" }

    /// The folder of its state, beside those of the others.
    package var folder: String { "shard-\(number)-of-\(count)" }

    /// Of such a folder; nil where it is none.
    package init?(folder: String) {
        let parts = folder.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "shard", parts[2] == "of", let number = Int(parts[1]),
            let count = Int(parts[3])
        else { return nil }
        self.init(number: number, of: count)
        guard self.folder == folder else { return nil }
    }
}

/// What stays together when sources are divided: all whose results could have the same names, as these are given first
/// come, first served.
package enum ShardGrain: Sendable, Equatable {
    /// Sources of one folder whose names are the same up to their first dot.
    case name
    /// All sources of a folder: for `output.name`s that could give sources of unlike names one result's name.
    case folder

    package init(_ pipeline: Pipeline) {
        self = Self.keepsNamesApart(pipeline) ? .name : .folder
    }

    package func key(of path: RelativePath) -> [UInt8] {
        let folder = path.bytes.lastIndex(of: UInt8(ascii: "/")) ?? -1
        switch self {
        case .folder:
            return Array(path.bytes[..<max(0, folder)])
        case .name:
            // A dot in front hides a name, and ends nothing.
            let rest = path.bytes[(folder + 1)...].dropFirst()
            return Array(path.bytes[..<(rest.firstIndex(of: UInt8(ascii: ".")) ?? path.bytes.endIndex)])
        }
    }

    /// Whether two sources with results of one name always have names that are the same up to their first dot.
    ///
    /// A result is called head + x + tail: x is the source's stem or its whole name, which are the same up to the first
    /// dot; head and tail are the rendition's (the sidecar's: nothing, and `.json`). Of one rendition, equal results have
    /// equal x. Of two, they cannot be equal where neither tail ends in the other or neither head begins with the other;
    /// and where no head is there and both tails begin with a dot, results are the same as x up to their first dot.
    private static func keepsNamesApart(_ pipeline: Pipeline) -> Bool {
        // Their extension can be any.
        if !pipeline.originals.isEmpty { return false }
        // What the source says may be the head of one name and the tail of another; a folder's numbers are given in one place.
        if NameTemplate(pipeline.output.name).isLate { return false }
        let marks = ["{stem}", "{name}"]
        var template = pipeline.output.name
        for mark in marks {
            template = template.split(separator: mark, omittingEmptySubsequences: false).joined(separator: "\0")
        }
        let halves = template.split(separator: "\0", omittingEmptySubsequences: false).map(String.init)
        guard halves.count == 2 else { return false }
        func fill(_ half: String, _ rendition: Rendition) -> [UInt8] {
            let values = ["{rendition}": rendition.shownName, "{ext}": rendition.encoder.fileExtension]
            let filled = values.reduce(half) { text, value in
                text.split(separator: value.key, omittingEmptySubsequences: false).joined(separator: value.value)
            }
            return Array(filled.utf8)
        }
        let forms =
            pipeline.renditions.map { (head: fill(halves[0], $0), tail: fill(halves[1], $0)) }
            + [(head: [], tail: Array(".json".utf8))]
        for (index, one) in forms.enumerated() {
            for other in forms[(index + 1)...] {
                let dots =
                    one.head.isEmpty && other.head.isEmpty
                    && [one.tail, other.tail].allSatisfy { $0.first == UInt8(ascii: ".") }
                let heads = one.head.starts(with: other.head) || other.head.starts(with: one.head)
                let tails =
                    one.tail.reversed().starts(with: other.tail.reversed())
                    || other.tail.reversed().starts(with: one.tail.reversed())
                if heads && tails && !dots { return false }
            }
        }
        return true
    }
}
