package import LinuxIO
import Models
import Schema

/// The files that a network is read from.
package struct NetworkFile {
    /// An ONNX file, or one that was compiled from it.
    package var graph: Descriptor
    package var isCompiled = false
    /// Whether the memory of what lies between its layers is kept for the next run: faster, where that is little.
    package var keepsPages: Bool
    /// Files with weights, by the names that the graph has for them.
    package var weights: [(name: String, file: Descriptor)] = []

    package init(_ graph: Descriptor, isCompiled: Bool = false, weights: [(name: String, file: Descriptor)] = []) {
        self.graph = graph
        self.isCompiled = isCompiled
        // Weights that are allocated would grow by half in an arena.
        keepsPages = isCompiled
        self.weights = weights
    }
}

extension NetworkFile {
    /// Whether the files are those that the description was read with. What was compiled was made of these.
    func verify(_ description: ModelDescription) throws(InferenceError) {
        guard !isCompiled else { return }
        let expected = [description.digest] + description.weights.map(\.digest)
        for (file, expected) in zip([graph] + weights.map(\.file), expected) where !expected.isEmpty {
            guard let digest = try? sha256(of: file).digest else { throw .broken("its files cannot be read") }
            guard digest == expected else {
                throw .broken("its ONNX file or weights are not the files that were checked")
            }
        }
    }
}
