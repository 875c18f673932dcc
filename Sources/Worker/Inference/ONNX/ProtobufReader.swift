/// The fields of one protobuf message, one after the other, in place: a model's weights are never copied.
/// Whatever the bytes are, nothing outside of them is read.
struct ProtobufReader {
    enum Value {
        case number(UInt64)
        case bytes(UnsafeRawBufferPointer)
    }

    private var rest: UnsafeRawBufferPointer
    /// Whether something was no protobuf.
    private(set) var isBroken = false

    init(_ message: UnsafeRawBufferPointer) { rest = message }

    /// Nil at the end, and where it is broken.
    mutating func next() -> (field: Int, value: Value)? {
        guard !rest.isEmpty, !isBroken else { return nil }
        guard let tag = number(), tag >> 3 <= 536_870_911 else { return fail() }
        switch tag & 7 {
        case 0:
            guard let value = number() else { return fail() }
            return (Int(tag >> 3), .number(value))
        case 1: return bytes(8).map { (Int(tag >> 3), .bytes($0)) } ?? fail()
        case 2:
            guard let length = number(), length <= UInt64(rest.count) else { return fail() }
            return bytes(Int(length)).map { (Int(tag >> 3), .bytes($0)) } ?? fail()
        case 5: return bytes(4).map { (Int(tag >> 3), .bytes($0)) } ?? fail()
        default: return fail()
        }
    }

    private mutating func fail<Result>() -> Result? {
        isBroken = true
        return nil
    }

    private mutating func bytes(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count <= rest.count else { return nil }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }
        return UnsafeRawBufferPointer(rebasing: rest[..<count])
    }

    private mutating func number() -> UInt64? {
        var value: UInt64 = 0
        for (index, byte) in rest.prefix(10).enumerated() {
            value |= UInt64(byte & 0x7F) << UInt64(7 * index)
            if byte < 0x80 {
                rest = UnsafeRawBufferPointer(rebasing: rest[(index + 1)...])
                return value
            }
        }
        return nil
    }
}
