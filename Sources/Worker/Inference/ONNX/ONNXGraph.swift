/// What stands in an ONNX file about its graph: the engine itself tells neither inputs nor why it cannot read it.
package struct ONNXGraph: Sendable, Equatable {
    /// An input or an output: its name, and its shape, where sizes that are left open are nil. An empty shape: not told.
    package struct Tensor: Sendable, Equatable {
        package var name: String
        package var shape: [Int?]

        package init(name: String, shape: [Int?]) {
            self.name = name
            self.shape = shape
        }
    }

    /// Those that have to be given: weights that stand among the inputs, as in old files, do not count.
    package private(set) var inputs: [Tensor] = []
    package private(set) var outputs: [Tensor] = []
    /// What of it OpenCV 4.6 is known not to read: said when it has failed.
    package private(set) var suspects: [String] = []

    private var weights: Set<String> = []
    private var nodes = 0
    private var hasGraph = false

    /// - Throws: why it is no ONNX file that could be read.
    package init(_ file: UnsafeRawBufferPointer) throws(InferenceError) {
        var isBroken = false
        var hasFields = false
        try forEachField(of: file, &isBroken) { field, value throws(InferenceError) in
            hasFields = true
            if field == 7, case .bytes(let graph) = value {
                hasGraph = true
                var isBroken = false
                try readGraph(graph, &isBroken)
                if isBroken { throw Self.cutOff }
            }
        }
        guard hasGraph, !isBroken else {
            throw hasFields ? Self.cutOff : .broken("it is not an ONNX file")
        }
        guard nodes > 0, !outputs.isEmpty else { throw .broken("it has no layers or no output") }
        inputs.removeAll { weights.contains($0.name) }
    }

    private static let cutOff = InferenceError.broken("its ONNX file is truncated or damaged")

    private mutating func readGraph(
        _ graph: UnsafeRawBufferPointer, _ isBroken: inout Bool
    ) throws(InferenceError) {
        try forEachField(of: graph, &isBroken) { field, value throws(InferenceError) in
            guard case .bytes(let bytes) = value else { return }
            switch field {
            case 1: readNode(bytes)
            case 5: try readWeights(bytes)
            case 11: inputs.append(Self.tensor(bytes))
            case 12: outputs.append(Self.tensor(bytes))
            default: break
            }
        }
    }

    private mutating func readNode(_ node: UnsafeRawBufferPointer) {
        nodes += 1
        var type = ""
        var inputCount = 0
        var reader = ProtobufReader(node)
        while let (field, value) = reader.next() {
            guard case .bytes(let bytes) = value else { continue }
            if field == 1 { inputCount += 1 }
            if field == 4 { type = text(bytes) }
        }
        switch type {
        case "Clip" where inputCount > 1:
            suspect("it has a Clip whose bounds are tensors (opset 11 and later): export it with opset 10")
        case "QGemm": suspect("it has a QGemm: leave its last layer unquantised")
        default: break
        }
    }

    private mutating func readWeights(_ tensor: UnsafeRawBufferPointer) throws(InferenceError) {
        var reader = ProtobufReader(tensor)
        while let (field, value) = reader.next() {
            switch (field, value) {
            case (2, .number(10)), (2, .number(16)):
                suspect("its weights are half-precision: convert them to 32 bits")
            case (8, .bytes(let name)): weights.insert(text(name))
            case (14, .number(1)):
                throw .broken("its weights are in another file: save it with the weights embedded")
            default: break
            }
        }
    }

    private mutating func suspect(_ what: String) {
        if !suspects.contains(what) { suspects.append(what) }
    }

    private static func tensor(_ value: UnsafeRawBufferPointer) -> Tensor {
        var tensor = Tensor(name: "", shape: [])
        var reader = ProtobufReader(value)
        while let (field, value) = reader.next() {
            guard case .bytes(let bytes) = value else { continue }
            if field == 1 { tensor.name = text(bytes) }
            // A type's tensor, its shape, whose dimensions are numbers or names.
            guard field == 2, let type = inner(bytes, 1), let shape = inner(type, 2) else { continue }
            var dimensions = ProtobufReader(shape)
            while let (field, dimension) = dimensions.next() {
                guard field == 1, case .bytes(let dimension) = dimension else { continue }
                var size = ProtobufReader(dimension)
                if case .number(let number)? = size.next()?.value, number > 0, number < 1 << 31 {
                    tensor.shape.append(Int(number))
                } else {
                    tensor.shape.append(nil)
                }
            }
        }
        return tensor
    }

    private static func inner(_ message: UnsafeRawBufferPointer, _ wanted: Int) -> UnsafeRawBufferPointer? {
        var reader = ProtobufReader(message)
        while let (field, value) = reader.next() {
            if field == wanted, case .bytes(let bytes) = value { return bytes }
        }
        return nil
    }
}

private func forEachField(
    of message: UnsafeRawBufferPointer, _ isBroken: inout Bool,
    _ body: (Int, ProtobufReader.Value) throws(InferenceError) -> Void
) throws(InferenceError) {
    var reader = ProtobufReader(message)
    while let (field, value) = reader.next() { try body(field, value) }
    isBroken = reader.isBroken
}

private func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes.prefix(256), as: UTF8.self) }
