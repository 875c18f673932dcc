package import LinuxIO
package import Models
import Schema

/// What a model's description names, opened.
package struct OpenModel {
    package let description: ModelDescription
    /// Nil of a model that goes by the built-in descriptor.
    package let network: LoadedModel?
    package let classifier: LinearClassifier?

    package init(_ description: ModelDescription, network: LoadedModel?, classifier: LinearClassifier? = nil) {
        self.description = description
        self.network = network
        self.classifier = classifier
    }
}

extension LinearClassifier {
    /// What a model's description names, or what is built in; nil of a model that has none.
    /// - Parameter file: opened; nil of a model that is built in.
    package static func open(
        of model: ModelDescription, file: Descriptor?
    ) throws(InferenceError) -> LinearClassifier? {
        guard let named = model.classifier else { return nil }
        if let file { return try LinearClassifier(model, file: file) }
        guard let bytes = ModelDescription.builtInClassifier(digest: named.digest) else {
            throw .broken("its file is missing")
        }
        return try LinearClassifier(file: bytes)
    }
}

extension OpenModel {
    /// Runs it once, on grey: what it gives must be what the description says.
    /// - Parameter descriptorLength: numbers that the built-in descriptor gives.
    /// - Returns: what comes out, for people.
    package func tryOut(descriptorLength: Int) throws(InferenceError) -> [String] {
        let outputs = try network?.tryOut() ?? []
        guard let classifier else { return outputs }
        let features = try network?.embeddingLength() ?? descriptorLength
        guard classifier.features == features else {
            throw .broken(
                "its classifier expects \(classifier.features) numbers, but there are \(features): "
                    + (description.words == nil ? "train it again" : "make the words with the same model"))
        }
        return outputs + ["\(classifier.labels) labels"]
    }
}

extension LoadedModel {
    /// Numbers of its embedding.
    fileprivate func embeddingLength() throws(InferenceError) -> Int {
        guard let output = description.outputs.embedding else { throw .broken("it outputs no embedding") }
        let count = inputShape.reduce(1, *)
        let given = try run(count: count, outputs: [outputName(output)]) { $0.update(repeating: 0) }
        return given.first?.values.count ?? 0
    }
}
