import ByteReading
import Glibc
import ImageHeader

/// Random access to the bytes of a picture, so that a block can be found without reading the file whole.
package struct PictureBytes {
    /// Bytes.
    package let size: UInt64
    private let reader: (_ offset: UInt64, _ count: Int) throws -> [UInt8]

    /// `read` gives up to `count` bytes from `offset`: fewer only where the file ends.
    package init(size: UInt64, read: @escaping (_ offset: UInt64, _ count: Int) throws -> [UInt8]) {
        self.size = size
        self.reader = read
    }

    package init(_ bytes: [UInt8]) {
        self.init(size: UInt64(bytes.count)) { offset, count in
            guard offset < UInt64(bytes.count) else { return [] }
            let start = Int(offset)
            return Array(bytes[start..<min(bytes.count, start + count)])
        }
    }

    /// Reads from an open file by position: its offset is left alone.
    /// - Throws: `MetadataError.system` when the file cannot be measured.
    package init(descriptor: Int32) throws(MetadataError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(call: "fstat", errno: errno) }
        self.init(size: UInt64(max(0, status.st_size))) { offset, count in
            try readBytes(descriptor, offset: offset, count: count)
        }
    }

    /// From an offset on, as if it were the beginning.
    package func part(from start: UInt64) -> PictureBytes {
        PictureBytes(size: size - min(size, start)) { offset, count in
            let (position, overflow) = start.addingReportingOverflow(offset)
            return overflow ? [] : try reader(position, count)
        }
    }

    /// Exactly `count` bytes, or nil where the file has not that many.
    func bytes(at offset: UInt64, count: Int) throws -> [UInt8]? {
        guard count >= 0, offset <= size, UInt64(count) <= size - offset else { return nil }
        if count == 0 { return [] }
        let bytes = try reader(offset, count)
        return bytes.count == count ? bytes : nil
    }

    /// At most `count` bytes; empty past the end.
    func prefix(at offset: UInt64, count: Int) throws -> [UInt8] {
        guard offset < size else { return [] }
        return try bytes(at: offset, count: Int(min(UInt64(count), size - offset))) ?? []
    }
}

/// Why metadata could not be read from or put into a file.
package enum MetadataError: Error, Equatable {
    /// A system call failed.
    case system(call: String, errno: Int32)
    /// The file is not laid out as the encoder of its format lays it out; the message says what was met.
    case unexpectedLayout(String)
}

/// Up to `count` bytes at `offset` of an open file.
func readBytes(_ descriptor: Int32, offset: UInt64, count: Int) throws(MetadataError) -> [UInt8] {
    do {
        return try DescriptorBytes(descriptor).read(at: offset, count: count)
    } catch {
        guard case .unreadable(let number) = error else { return [] }
        throw .system(call: "pread", errno: number)
    }
}
