import Foundation
import Inference
import Testing

@Suite("Files of safetensors")
struct SafeTensorsTests {
    /// Shown in short: thousands of bytes say nothing.
    struct Bytes: CustomTestStringConvertible {
        let bytes: [UInt8]
        var testDescription: String { "\(bytes.count) bytes: \(String(decoding: bytes.prefix(120), as: UTF8.self))" }
    }

    private static func file(_ header: String, _ numbers: [Float] = [], length: UInt64? = nil) -> [UInt8] {
        var bytes = withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) { Array($0) }
        bytes += Array(header.utf8)
        for number in numbers { withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes += Array($0) } }
        return bytes
    }

    private func read(_ bytes: [UInt8]) throws -> SafeTensors {
        try bytes.withUnsafeBytes { try SafeTensors($0) }
    }

    @Test("A file as other programs write it is read")
    func foreign() throws {
        let bytes = Self.file(
            #"{"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"a":{"dtype":"F32","shape":[1,2],"#
                + #""data_offsets":[0,8]},"__metadata__":{"format":"pt"}}   "#, [1, 2, 3])
        let found = try read(bytes)
        #expect(found.tensors["a"] == .init(shape: [1, 2], values: [1, 2]))
        #expect(found.tensors["b"] == .init(shape: [1], values: [3]))
        #expect(found.metadata == ["format": "pt"])
    }

    @Test("Numbers begin at a multiple of eight, and what is written is read back")
    func written() throws {
        let file = SafeTensors(
            metadata: ["x": "1"],
            tensors: ["one": .init(shape: [3], values: [1, -2, 3.5]), "none": .init(shape: [0], values: [])])
        let bytes = file.bytes()
        #expect(bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) } % 8 == 0)
        #expect(try read(bytes) == file)
    }

    private static let entry = #""dtype":"F32","shape":[2],"data_offsets":[0,8]"#

    @Test(
        "What is no such file, or lies about itself, is refused",
        arguments: [
            [], [1, 2, 3], file("{"), file("{}", length: .max), file("{}", length: 1 << 40), file("{}", length: 3),
            file("[]"), file("null"), file(#"{"a":1}"#), file("{}", [1]),
            file(#"{"a":{\#(entry)}}"#, [1]), file(#"{"a":{\#(entry)}}"#, [1, 2, 3]),
            file(#"{"a":{\#(entry)}}"#, [1, .nan]), file(#"{"a":{\#(entry)}}"#, [1, .infinity]),
            // Overlapping, with a gap, backwards.
            file(#"{"a":{\#(entry)},"b":{\#(entry)}}"#, [1, 2]),
            file(#"{"a":{\#(entry)},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, [1, 2]),
            file(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, [1, 2]),
            file(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, [1]),
            file(#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,-4]}}"#),
            file(#"{"a":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}"#, [1]),
            file(#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#),
            file(#"{"a":{"dtype":"F32","shape":[1e30],"data_offsets":[0,0]}}"#),
            file(#"{"a":{"dtype":"F32","shape":[2305843009213693950],"data_offsets":[0,9223372036854775800]}}"#),
            file(#"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#, [1]),
            file(String(repeating: "[", count: 100_000)),
        ].map(Bytes.init))
    func hostile(file: Bytes) {
        #expect(throws: InferenceError.self) { try read(file.bytes) }
    }

    @Test("Every classifier that is cut off or has a byte changed is refused, or is another classifier")
    func damaged() throws {
        let classifier = try LinearClassifier(
            weights: [1, 2, 3, 4], bias: [1, 2], normalisation: LinearNormalisation(mean: [0, 1]))
        let whole = classifier.file()
        for count in whole.indices {
            #expect(throws: InferenceError.self) { try LinearClassifier(file: Array(whole[..<count])) }
        }
        for index in whole.indices {
            for bit in 0..<8 {
                var bytes = whole
                bytes[index] ^= 1 << bit
                // Nothing is asked of it but to come back.
                _ = try? LinearClassifier(file: bytes)
            }
        }
    }
}
