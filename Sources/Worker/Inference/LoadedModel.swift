package import Models

/// A network together with its description: the two fit each other.
package final class LoadedModel {
    package let description: ModelDescription
    package let network: NeuralNetwork
    /// Of the graph: where the picture goes in.
    package let input: String
    /// What the last picture was to it, for the next one to write over: new memory costs a fault for each of its pages.
    private var numbers: [Float] = []
    private var keepsNumbers = false

    /// - Throws: where the graph has no such inputs and outputs, or they have another shape.
    package init(_ description: ModelDescription, network: NeuralNetwork) throws(InferenceError) {
        self.network = network
        let pictures = network.inputs.filter { $0.name != description.sigma?.name }
        let shown = network.inputs.map { "'\($0.name)'" }.joined(separator: ", ")
        guard let found = Self.pick(description.input.name, among: pictures) else {
            let wanted =
                description.input.name.map { "no input '\($0)'" } ?? "several inputs, but 'input.name' is not set"
            throw .broken("it has \(wanted); its inputs are \(shown)")
        }
        input = found.name
        var description = description
        description.graph = Self.graph(of: found, description)
        self.description = description
        try Self.checkShape(found, description)
        guard description.denoises || description.inputSize != nil else {
            throw .broken("its input '\(found.name)' takes any size: set input.size")
        }
        if let sigma = description.sigma {
            guard let found = network.inputs.first(where: { $0.name == sigma.name }) else {
                throw .broken("it has no input '\(sigma.name)' for sigma; its inputs are \(shown)")
            }
            try Self.checkSigma(found, sigma)
        } else if let other = pictures.first(where: { $0.name != found.name }) {
            throw .broken("its input '\(other.name)' is not described")
        }
        let outputs = network.outputs.map { "'\($0.name)'" }.joined(separator: ", ")
        for wanted in description.outputs.named where Self.pick(wanted.nonEmpty, among: network.outputs) == nil {
            throw .broken(
                wanted.isEmpty
                    ? "it has several outputs, but 'output' is not set; they are \(outputs)"
                    : "it has no output '\(wanted)'; its outputs are \(outputs)")
        }
    }

    /// Opens a description's files.
    package convenience init(
        _ description: ModelDescription, file: NetworkFile, library: InferenceLibrary
    ) throws(InferenceError) {
        try file.verify(description)
        try self.init(description, network: NeuralNetwork(file, library: library))
        keepsNumbers = file.keepsPages
    }

    /// Gives it a picture, and copies what comes out.
    /// - Parameters:
    ///   - count: of the picture's numbers; as its shape says.
    ///   - write: writes them, all.
    package func run(
        count: Int, outputs names: [String], _ write: (UnsafeMutableBufferPointer<Float>) -> Void
    ) throws(InferenceError) -> [NeuralNetwork.Tensor] {
        let shape = inputShape
        guard count == shape.reduce(1, *) else {
            throw .broken("its input '\(input)' was given \(count) numbers, which do not match its shape")
        }
        if numbers.count != count { numbers = [Float](repeating: 0, count: count) }
        numbers.withUnsafeMutableBufferPointer { write($0) }
        defer { if !keepsNumbers { numbers = [] } }
        return try network.run([input: NeuralNetwork.Tensor(shape: shape, values: numbers)], outputs: names)
    }

    /// What the graph itself says of the input that the picture goes into.
    private static func graph(of port: NeuralNetwork.Port, _ description: ModelDescription) -> ModelDescription.Graph {
        let channels = description.input.channels.count
        let isPixelByPixel = port.shape.count == 4 && port.shape[3] == channels && port.shape[1] != channels
        let layout = description.input.layout ?? (isPixelByPixel ? .nhwc : .nchw)
        var graph = ModelDescription.Graph(
            width: nil, height: nil, layout: layout, takesWholeNumbers: port.isInteger)
        if port.shape.count == 4, !description.denoises {
            graph.width = layout == .nchw ? port.shape[3] : port.shape[2]
            graph.height = layout == .nchw ? port.shape[2] : port.shape[1]
        }
        return graph
    }

    /// The graph's name of an output that the description names, or leaves out where there is one only.
    package func outputName(_ name: String) -> String {
        Self.pick(name.nonEmpty, among: network.outputs)?.name ?? name
    }

    /// Pixels of what it gets at once.
    package var inputSize: (width: Int, height: Int) {
        if let size = description.inputSize { return size }
        let shape = network.inputs.first { $0.name == input }?.shape ?? []
        let tile = description.tile
        guard shape.count == 4 else { return (tile, tile) }
        return description.layout == .nchw
            ? (shape[3] ?? tile, shape[2] ?? tile) : (shape[2] ?? tile, shape[1] ?? tile)
    }

    /// The shape of what it gets: one picture.
    package var inputShape: [Int] {
        let (width, height) = inputSize
        let channels = description.input.channels.count
        return description.layout == .nchw ? [1, channels, height, width] : [1, height, width, channels]
    }

    private static func pick(_ name: String?, among tensors: [NeuralNetwork.Port]) -> NeuralNetwork.Port? {
        guard let name else { return tensors.count == 1 ? tensors.first : nil }
        return tensors.first { $0.name == name }
    }

    private static func checkShape(
        _ tensor: NeuralNetwork.Port, _ description: ModelDescription
    ) throws(InferenceError) {
        guard !tensor.shape.isEmpty else { return }
        let input = description.input
        func fits(_ size: Int?, _ wanted: Int?) -> Bool { size == nil || wanted == nil || size == wanted }
        let (channels, height, width) = description.layout == .nchw ? (1, 2, 3) : (3, 1, 2)
        guard tensor.shape.count == 4, fits(tensor.shape[0], 1), fits(tensor.shape[channels], input.channels.count),
            fits(tensor.shape[height], input.height), fits(tensor.shape[width], input.width)
        else {
            let size = input.width.flatMap { width in input.height.map { " of \(width)x\($0)" } } ?? ""
            throw .broken(
                "its input '\(tensor.name)' is \(tensor.shape.words), not a picture\(size) "
                    + "(channels: \(input.channels.rawValue), layout: \(description.layout.rawValue))")
        }
    }

    private static func checkSigma(
        _ tensor: NeuralNetwork.Port, _ sigma: ModelDescription.Sigma
    ) throws(InferenceError) {
        guard !tensor.shape.isEmpty else { return }
        let isOne = tensor.shape.allSatisfy { $0 == 1 }
        let hasFour = tensor.shape.count == 4 && (tensor.shape[1] ?? 1) == 1
        guard hasFour, sigma.form == .map ? !isOne : tensor.shape.allSatisfy({ $0 == nil || $0 == 1 }) else {
            throw .broken(
                "its input '\(tensor.name)' is \(tensor.shape.words), not what 'sigma' says (\(sigma.form.rawValue))"
            )
        }
    }
}

extension ModelDescription.Outputs {
    /// The names that are given; "" stands for the only one.
    package var named: [String] { named(embedding: true) }

    /// The same, with or without the embedding.
    package func named(embedding wanted: Bool) -> [String] {
        [logits, probabilities, wanted ? embedding : nil, boxes, scores, clean, residual].compactMap(\.self)
            + (detector?.names ?? [])
    }
}

extension String {
    var nonEmpty: String? { isEmpty ? nil : self }
}

extension [Int?] {
    /// `1 x 3 x ? x ?`
    var words: String { map { $0.map(String.init) ?? "?" }.joined(separator: " x ") }
}
