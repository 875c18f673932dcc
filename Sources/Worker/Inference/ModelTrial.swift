import Models

extension LoadedModel {
    /// Runs it once, on grey: what it gives must be what the description says.
    /// - Returns: the shapes of what comes out, for people.
    package func tryOut() throws(InferenceError) -> [String] {
        let shape = inputShape
        let names = description.outputs.named.map(outputName)
        let results: [NeuralNetwork.Tensor]
        if let sigma = description.sigma {
            let (width, height) = inputSize
            let sigmaShape = sigma.form == .scalar ? [1, 1, 1, 1] : [1, 1, height, width]
            let value = Float(25 / sigma.divide)
            results = try network.run(
                [
                    input: .init(shape: shape, values: grey(shape)),
                    sigma.name: .init(
                        shape: sigmaShape, values: Array(repeating: value, count: sigmaShape.reduce(1, *))),
                ], outputs: names)
        } else {
            let values = grey(shape)
            results = try run(count: values.count, outputs: names) { _ = $0.update(fromContentsOf: values) }
        }
        for (name, result) in zip(names, results) where !result.values.allSatisfy(\.isFinite) {
            throw .broken("its output '\(name)' contains invalid numbers (NaN or infinity)")
        }
        func result(_ name: String?) -> NeuralNetwork.Tensor? {
            name.flatMap { names.firstIndex(of: outputName($0)) }.map { results[$0] }
        }
        let outputs = description.outputs
        if let picture = result(outputs.clean ?? outputs.residual), picture.shape != shape {
            throw .broken("it outputs \(picture.shape.words) for a picture of \(shape.words)")
        }
        if let scores = result(outputs.logits ?? outputs.probabilities) {
            let labels = description.labels.count
            guard labels == 0 || scores.values.count == labels else {
                throw .broken("it outputs \(scores.values.count) scores, but there are \(labels) labels")
            }
        }
        if let embedding = result(outputs.embedding), embedding.values.count > Self.longestEmbedding {
            throw .broken(
                "its embedding is \(embedding.shape.words), more than \(Self.longestEmbedding) numbers: name the output "
                    + "before its last layer")
        }
        if let decoder = BoxDecoder(description) {
            try decoder.check(decoder.names.compactMap { result($0) }.map { .init(shape: $0.shape, values: $0.values) })
        }
        return zip(names, results).map { "\($0) \($1.shape.words)" }
    }

    /// Numbers of an embedding: reports of jobs and sidecars hold all of them.
    private static let longestEmbedding = 16_384

    private func grey(_ shape: [Int]) -> [Float] {
        let count = shape.reduce(1, *)
        let channels = description.input.channels.count
        return (0..<count).map { index in
            let channel = description.layout == .nchw ? index / (count / channels) : index % channels
            return Float((128 - description.input.mean(of: channel)) / description.divide(of: channel))
        }
    }
}

extension [Int] {
    var words: String { map(String.init).joined(separator: " x ") }
}
