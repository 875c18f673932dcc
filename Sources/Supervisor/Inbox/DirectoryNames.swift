import Glibc
import LinuxIO

/// The names in one directory, in the order in which the paths of all that lies below come, read in passes: each keeps
/// the smallest of those that were not given out yet, as many as fit into a limit. A directory of a million names takes
/// no more memory than one of ten thousand. In one piece of memory, and 8 bytes more for each: an array a name would be
/// several times as much.
struct DirectoryNames {
    private struct Entry {
        let start: UInt32
        /// NAME_MAX is 255; FUSE allows 1024.
        let length: UInt16
        let type: EntryType
    }

    /// Where the next pass goes on.
    private struct Position {
        var name: [UInt8]
        var isDirectory: Bool
        /// Whether what stands at it comes as well.
        var includesIt: Bool
    }

    /// What a directory has to say about itself, told by names in it.
    struct Marks {
        var hasIgnoreFile = false
        /// What runs of Sluice leave in their outbox.
        var hasState = false

        fileprivate mutating func note(_ name: UnsafeBufferPointer<UInt8>, isDirectory: Bool) {
            guard name.first == UInt8(ascii: ".") else { return }
            if name.elementsEqual(FolderRules.file) { hasIgnoreFile = true }
            if isDirectory, name.elementsEqual(OutboxMark.name) { hasState = true }
        }
    }

    private var bytes: [UInt8] = []
    /// Backwards: the next one is last.
    private var entries: [Entry] = []
    private var position: Position?
    /// Where the last pass ended, which may be beyond the last name that it kept.
    private var end: Position?
    /// Whether the directory may have names beyond those that are held.
    private(set) var hasMore = true
    /// Bytes that the names take.
    private(set) var memory = 0

    init() {}

    /// Begins with this name, or with what comes after it.
    init(from name: [UInt8], isDirectory: Bool, inclusive: Bool) {
        position = Position(name: name, isDirectory: isDirectory, includesIt: inclusive)
    }

    mutating func next() -> (name: [UInt8], type: EntryType)? {
        guard let entry = entries.popLast() else { return nil }
        let start = Int(entry.start)
        let name = Array(bytes[start..<start + Int(entry.length)])
        position = Position(name: name, isDirectory: entry.type == .directory, includesIt: false)
        if entries.isEmpty {
            release()
            if let end { position = end }
        }
        return (name, entry.type)
    }

    /// Lets go of the names; they are read again when they are needed.
    mutating func drop() {
        if entries.isEmpty { return }
        release()
        hasMore = true
    }

    private mutating func release() {
        (bytes, entries, memory) = ([], [], 0)
    }

    /// The next pass: names for `limit` bytes at most, but for one at least. `hasListed` is called once, after all names
    /// were met; then `isPassedOver` is asked once for each name that is kept. Throws SystemCallError.
    mutating func read(
        _ directory: Directory, limit: Int, hasListed: (Marks) -> Void,
        isPassedOver: (UnsafeBufferPointer<UInt8>, EntryType) -> Bool
    ) throws {
        var (bytes, entries) = ([UInt8](), [Entry]())
        var marks = Marks()
        /// What comes after it is for another pass.
        var bound: Position?
        try directory.forEachEntry { name, type in
            let isDirectory = type == .directory
            marks.note(name, isDirectory: isDirectory)
            if let position {
                let order = compare(name, isDirectory, position)
                if order < 0 || order == 0 && !position.includesIt { return }
            }
            if let bound, compare(name, isDirectory, bound) > 0 { return }
            // In steps, not twice as much each time: what is held stays near what is needed.
            if entries.count == entries.capacity { entries.reserveCapacity(entries.count + 4096) }
            if bytes.count + name.count > bytes.capacity { bytes.reserveCapacity(bytes.count + (32 << 10)) }
            entries.append(
                Entry(start: UInt32(clamping: bytes.count), length: UInt16(clamping: name.count), type: type))
            bytes.append(contentsOf: name)
            guard bytes.count + entries.count * MemoryLayout<Entry>.stride > limit, entries.count > 1 else { return }
            bound = keepSmallest(&entries, &bytes, limit: limit / 4 * 3)
        }
        hasListed(marks)
        sort(&entries, bytes)
        entries.removeAll { entry in
            bytes.withUnsafeBufferPointer { isPassedOver(slice($0, entry), entry.type) }
        }
        if entries.isEmpty, let bound { position = bound }
        end = bound
        hasMore = bound != nil
        memory = entries.isEmpty ? 0 : bytes.count + entries.count * MemoryLayout<Entry>.stride
        self.bytes = entries.isEmpty ? [] : bytes
        self.entries = entries
    }

    /// Keeps what fits into the limit; returns the last that does.
    private func keepSmallest(_ entries: inout [Entry], _ bytes: inout [UInt8], limit: Int) -> Position? {
        sort(&entries, bytes)
        var (kept, names) = ([Entry](), [UInt8]())
        // As full as they will be: they are filled again, up to the limit.
        kept.reserveCapacity(entries.capacity)
        names.reserveCapacity(bytes.capacity)
        for entry in entries.reversed() {
            let length = Int(entry.length)
            let cost = names.count + length + (kept.count + 1) * MemoryLayout<Entry>.stride
            if cost > limit, !kept.isEmpty { break }
            let start = Int(entry.start)
            kept.append(Entry(start: UInt32(clamping: names.count), length: entry.length, type: entry.type))
            names += bytes[start..<start + length]
        }
        (entries, bytes) = (kept, names)
        guard let last = kept.last else { return nil }
        let start = Int(last.start)
        return Position(
            name: Array(names[start..<start + Int(last.length)]), isDirectory: last.type == .directory,
            includesIt: false)
    }

    /// Backwards.
    private func sort(_ entries: inout [Entry], _ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { bytes in
            entries.sort {
                compare(slice(bytes, $0), $0.type == .directory, slice(bytes, $1), $1.type == .directory) > 0
            }
        }
    }

    private func slice(_ bytes: UnsafeBufferPointer<UInt8>, _ entry: Entry) -> UnsafeBufferPointer<UInt8> {
        let start = Int(entry.start)
        return UnsafeBufferPointer(rebasing: bytes[start..<start + Int(entry.length)])
    }

    private func compare(
        _ name: UnsafeBufferPointer<UInt8>, _ isDirectory: Bool, _ position: Position
    ) -> Int {
        position.name.withUnsafeBufferPointer { compare(name, isDirectory, $0, position.isDirectory) }
    }

    /// `a.jpg` comes before `a/b`, as in a list of all paths. Negative: left comes first.
    private func compare(
        _ left: UnsafeBufferPointer<UInt8>, _ leftIsDirectory: Bool, _ right: UnsafeBufferPointer<UInt8>,
        _ rightIsDirectory: Bool
    ) -> Int {
        guard let a = left.baseAddress, let b = right.baseAddress else { return left.count - right.count }
        let common = min(left.count, right.count)
        let order = memcmp(a, b, common)
        if order != 0 { return Int(order) }
        let separator = Int(UInt8(ascii: "/"))
        let next = left.count > common ? Int(left[common]) : leftIsDirectory ? separator : -1
        let other = right.count > common ? Int(right[common]) : rightIsDirectory ? separator : -1
        return next - other
    }
}
