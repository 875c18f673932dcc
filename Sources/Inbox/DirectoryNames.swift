import LinuxIO

/// The names in one directory, in the order in which the paths of all that lies below come. In one piece of memory, and
/// 8 bytes more for each: an array a name would be several times as much, and a directory may hold a hundred thousand.
struct DirectoryNames {
    private struct Entry {
        let start: UInt32
        /// NAME_MAX is 255.
        let length: UInt8
        let type: EntryType
    }

    private var bytes: [UInt8] = []
    /// Backwards: the next one is last.
    private var entries: [Entry] = []

    /// Throws SystemCallError.
    init(of directory: Directory) throws {
        var (bytes, entries) = ([UInt8](), [Entry]())
        try directory.forEachEntry { name, type in
            entries.append(Entry(start: UInt32(clamping: bytes.count), length: UInt8(clamping: name.count), type: type))
            bytes.append(contentsOf: name)
        }
        bytes.withUnsafeBufferPointer { bytes in
            entries.sort { Self.precedes($1, $0, bytes) }
        }
        self.bytes = bytes
        self.entries = entries
    }

    mutating func next() -> (name: [UInt8], type: EntryType)? {
        guard let entry = entries.popLast() else { return nil }
        let start = Int(entry.start)
        return (Array(bytes[start..<start + Int(entry.length)]), entry.type)
    }

    /// `a.jpg` comes before `a/b`, as in a list of all paths.
    private static func precedes(_ left: Entry, _ right: Entry, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        func byte(_ entry: Entry, _ index: Int) -> UInt8? {
            if index < Int(entry.length) { return bytes[Int(entry.start) + index] }
            return index == Int(entry.length) && entry.type == .directory ? UInt8(ascii: "/") : nil
        }
        var index = 0
        while true {
            switch (byte(left, index), byte(right, index)) {
            case (let a?, let b?) where a == b: index += 1
            case (let a?, let b?): return a < b
            case (nil, .some): return true
            case (_, nil): return false
            }
        }
    }
}
