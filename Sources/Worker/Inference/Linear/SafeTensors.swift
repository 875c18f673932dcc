import FoundationEssentials

/// A safetensors file in memory: named arrays of 32-bit floats, and words about them. Eight bytes of length, little-endian;
/// a header in JSON; the numbers, little-endian, one array after the other.
package struct SafeTensors: Sendable, Equatable {
    package var metadata: [String: String]
    package var tensors: [String: Tensor]

    package struct Tensor: Sendable, Equatable {
        package var shape: [Int]
        /// In rows.
        package var values: [Float]

        package init(shape: [Int], values: [Float]) {
            self.shape = shape
            self.values = values
        }
    }

    package init(metadata: [String: String] = [:], tensors: [String: Tensor] = [:]) {
        self.metadata = metadata
        self.tensors = tensors
    }

    /// Bytes of header that are read at most.
    static let longestHeader = 1 << 20

    // MARK: Reading

    /// - Throws: `InferenceError.broken` where it is not such a file, to the last byte.
    package init(_ bytes: UnsafeRawBufferPointer) throws(InferenceError) {
        guard bytes.count >= 8 else { throw Self.cutOff }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard length >= 2, length <= UInt64(Self.longestHeader) else { throw .broken("it is not a safetensors file") }
        guard UInt64(bytes.count - 8) >= length else { throw Self.cutOff }
        let end = 8 + Int(length)
        let header: SafeTensorsHeader
        do {
            header = try JSONDecoder().decode(SafeTensorsHeader.self, from: Data(bytes[8..<end]))
        } catch {
            throw .broken("its header is not a safetensors header")
        }
        metadata = header.metadata
        tensors = [:]
        // In the order of the file they follow each other without gaps: so none overlaps another, and nothing is hidden.
        var offset = 0
        for (name, entry) in header.entries.sorted(by: { $0.value.data_offsets < $1.value.data_offsets }) {
            let count = try Self.count(entry, name, at: offset)
            guard bytes.count - end - offset >= count * 4 else { throw Self.cutOff }
            let values = (0..<count).map { index in
                let place = end + offset + index * 4
                return Float(
                    bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
            }
            guard values.allSatisfy(\.isFinite) else {
                throw .broken("'\(name)' contains invalid numbers (NaN or infinity)")
            }
            tensors[name] = Tensor(shape: entry.shape, values: values)
            offset += count * 4
        }
        guard bytes.count - end == offset else { throw .broken("it is longer than its header says") }
    }

    private static let cutOff = InferenceError.broken("it is truncated")

    /// Of numbers.
    private static func count(
        _ entry: SafeTensorsHeader.Entry, _ name: String, at offset: Int
    ) throws(InferenceError) -> Int {
        guard entry.dtype == "F32" else { throw .broken("'\(name)' has type \(entry.dtype), not F32") }
        var bytes = 4
        for size in entry.shape {
            let product = bytes.multipliedReportingOverflow(by: size)
            guard size >= 0, !product.overflow else { throw .broken("'\(name)' has an impossible shape") }
            bytes = product.partialValue
        }
        let end = offset.addingReportingOverflow(bytes)
        guard !end.overflow, entry.data_offsets == Offsets(begin: offset, end: end.partialValue) else {
            throw .broken("'\(name)' does not match its shape")
        }
        return bytes / 4
    }

    // MARK: Writing

    /// The same bytes for the same content: names in alphabetical order, numbers on an even address.
    package func bytes() -> [UInt8] {
        var header = SafeTensorsHeader(metadata: metadata, entries: [:])
        var offset = 0
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            let end = offset + tensor.values.count * 4
            header.entries[name] = .init(
                dtype: "F32", shape: tensor.shape, data_offsets: Offsets(begin: offset, end: end))
            offset = end
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // It consists of strings and whole numbers: nothing in it can fail to be written.
        var text = Array((try? encoder.encode(header)) ?? Data("{}".utf8))
        while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + text.count + offset)
        withUnsafeBytes(of: UInt64(text.count).littleEndian) { bytes.append(contentsOf: $0) }
        bytes += text
        for (_, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            for value in tensor.values {
                withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
            }
        }
        return bytes
    }
}

/// From the end of the header, in bytes.
struct Offsets: Codable, Comparable {
    var begin: Int
    var end: Int

    init(begin: Int, end: Int) { (self.begin, self.end) = (begin, end) }

    init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        (begin, end) = (try list.decode(Int.self), try list.decode(Int.self))
    }

    func encode(to encoder: any Encoder) throws {
        var list = encoder.unkeyedContainer()
        try list.encode(begin)
        try list.encode(end)
    }

    static func < (left: Offsets, right: Offsets) -> Bool {
        (left.begin, left.end) < (right.begin, right.end)
    }
}

/// The JSON part: an entry a tensor, and `__metadata__` among them.
struct SafeTensorsHeader: Codable {
    var metadata: [String: String]
    var entries: [String: Entry]

    /// Named as the format has it.
    struct Entry: Codable {
        var dtype: String
        var shape: [Int]
        var data_offsets: Offsets
    }

    private static let metadataName = "__metadata__"

    private struct Name: CodingKey {
        let stringValue: String
        let intValue: Int? = nil

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    init(metadata: [String: String], entries: [String: Entry]) {
        self.metadata = metadata
        self.entries = entries
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        metadata = try container.decodeIfPresent([String: String].self, forKey: Name(Self.metadataName)) ?? [:]
        entries = [:]
        for key in container.allKeys where key.stringValue != Self.metadataName {
            entries[key.stringValue] = try container.decode(Entry.self, forKey: key)
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        if !metadata.isEmpty { try container.encode(metadata, forKey: Name(Self.metadataName)) }
        for (name, entry) in entries { try container.encode(entry, forKey: Name(name)) }
    }
}
