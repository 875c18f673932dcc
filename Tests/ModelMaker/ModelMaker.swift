/// Makes small ONNX files whose results are known, for tests of whatever runs or describes networks.
package struct ModelMaker {
    /// TensorProto.DataType.
    package enum NumberType: Int, Sendable {
        case float = 1, uint8, int8, uint16, int16, int32, int64
        case half = 10, double
    }

    package enum Attribute {
        case integers([Int])
        case integer(Int)
    }

    private var graph = ProtobufWriter()
    private let opset: Int

    package init(opset: Int = 10) {
        self.opset = opset
        graph.text(2, "made for a test")
    }

    /// A size that is nil is left open.
    package mutating func input(_ name: String, _ shape: [Int?], _ type: NumberType = .float) {
        graph.message(11) { Self.value(&$0, name, shape, type) }
    }

    package mutating func output(_ name: String, _ shape: [Int?], _ type: NumberType = .float) {
        graph.message(12) { Self.value(&$0, name, shape, type) }
    }

    package mutating func node(
        _ type: String, _ inputs: [String], _ output: String, _ attributes: [String: Attribute] = [:]
    ) {
        graph.message(1) { node in
            for input in inputs { node.text(1, input) }
            node.text(2, output)
            node.text(3, "\(type) \(output)")
            node.text(4, type)
            for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
                node.message(5) { attribute in
                    attribute.text(1, name)
                    switch value {
                    case .integer(let number):
                        attribute.number(3, number)
                        attribute.number(20, 2)
                    case .integers(let numbers):
                        for number in numbers { attribute.number(8, number) }
                        attribute.number(20, 7)
                    }
                }
            }
        }
    }

    /// Numbers that belong to the graph.
    /// `listed`: in the other form that numbers have, which the engine reads as a whole.
    package mutating func weights(_ name: String, _ shape: [Int], _ values: [Float], listed: Bool = false) {
        weights(
            name, shape, type: 1, field: listed ? 4 : 9,
            values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init) })
    }

    /// The same in half precision.
    package mutating func halfWeights(_ name: String, _ shape: [Int], _ values: [UInt16]) {
        weights(name, shape, type: 10, values.flatMap { value in withUnsafeBytes(of: value.littleEndian, Array.init) })
    }

    /// Numbers that lie at the beginning of a file beside it.
    package mutating func weightsElsewhere(_ name: String, _ shape: [Int], file: String) {
        graph.message(5) { tensor in
            for size in shape { tensor.number(1, size) }
            tensor.number(2, 1)
            tensor.text(8, name)
            let length = 4 * shape.reduce(1, *)
            for (key, value) in [("location", file), ("offset", "0"), ("length", "\(length)")] {
                tensor.message(13) { entry in
                    entry.text(1, key)
                    entry.text(2, value)
                }
            }
            tensor.number(14, 1)
        }
    }

    private mutating func weights(_ name: String, _ shape: [Int], type: Int, field: Int = 9, _ bytes: [UInt8]) {
        graph.message(5) { tensor in
            for size in shape { tensor.number(1, size) }
            tensor.number(2, type)
            tensor.text(8, name)
            tensor.bytes(field, bytes)
        }
    }

    /// The whole file.
    package var file: [UInt8] {
        var model = ProtobufWriter()
        model.number(1, 5)
        model.text(2, "sluice")
        model.bytes(7, graph.bytes)
        model.message(8) { $0.number(2, opset) }
        return model.bytes
    }

    private static func value(
        _ value: inout ProtobufWriter, _ name: String, _ shape: [Int?], _ element: NumberType
    ) {
        value.text(1, name)
        value.message(2) { type in
            type.message(1) { tensor in
                tensor.number(1, element.rawValue)
                tensor.message(2) { dimensions in
                    for (index, size) in shape.enumerated() {
                        dimensions.message(1) { dimension in
                            if let size { dimension.number(1, size) } else { dimension.text(2, "size\(index)") }
                        }
                    }
                }
            }
        }
    }
}
