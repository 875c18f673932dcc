import COnnxRuntime
import Glibc
import LinuxIO

/// A network in memory, ready to run.
package final class NeuralNetwork {
    /// The engine's own.
    package let pointer: OpaquePointer
    package let inputs: [Port]
    package let outputs: [Port]
    /// Of a compiled network, whose weights are used where they lie.
    private let mapped: MappedFile?

    /// An input or an output of the graph: its name, and its shape, where sizes that are left open are nil. No shape: not
    /// told.
    package struct Port: Sendable, Equatable {
        package var name: String
        package var shape: [Int?]
        /// Whether it is of whole numbers.
        package var isInteger = false

        package init(name: String, shape: [Int?]) {
            self.name = name
            self.shape = shape
        }
    }

    /// Numbers in rows, with the shape that they have.
    package struct Tensor: Equatable {
        package var shape: [Int]
        package var values: [Float]

        package init(shape: [Int], values: [Float]) {
            self.shape = shape
            self.values = values
        }
    }

    /// Reads a network. Its files are mapped meanwhile, and for as long as it lives where it is a compiled one.
    /// - Parameter compiled: where to write it as this processor runs it best: to be read in milliseconds, and to have its
    ///   weights in the file's pages rather than in memory.
    package init(
        _ file: NetworkFile, library: InferenceLibrary, compileTo compiled: String? = nil
    ) throws(InferenceError) {
        let graph = try MappedFile(file.graph, called: "its ONNX file")
        var weights: [MappedFile] = []
        for (name, file) in file.weights { weights.append(try MappedFile(file, called: name)) }
        let network = try Self.open(file, graph, weights, library, compiled)
        pointer = network
        mapped = file.isCompiled ? graph : nil
        inputs = (0..<sluice_network_input_count(network)).map { Port(sluice_network_input(network, $0).pointee) }
        outputs = (0..<sluice_network_output_count(network)).map { Port(sluice_network_output(network, $0).pointee) }
    }

    deinit { sluice_network_free(pointer) }

    private static func open(
        _ file: NetworkFile, _ graph: MappedFile, _ weights: [MappedFile], _ library: InferenceLibrary,
        _ compiled: String?
    ) throws(InferenceError) -> OpaquePointer {
        // What C is shown lasts for the call.
        let names = file.weights.map { strdup($0.name) }
        let path = compiled.flatMap { strdup($0) }
        defer { for name in names + [path] { free(name) } }
        let shown = zip(names, weights).map { name, mapped in
            sluice_weights(name: UnsafePointer(name), bytes: mapped.bytes.baseAddress, count: mapped.bytes.count)
        }
        var network: OpaquePointer?
        var refused: InferenceError?
        shown.withUnsafeBufferPointer { shown in
            var model = sluice_model(
                bytes: graph.bytes.baseAddress, count: graph.bytes.count, is_compiled: file.isCompiled,
                keeps_pages: file.keepsPages,
                weights: shown.baseAddress, weights_count: Int32(shown.count), compile_to: UnsafePointer(path))
            do throws(InferenceError) {
                try InferenceError.check { sluice_network_open(library.runtime, &model, &network, $0) }
            } catch {
                refused = error
            }
        }
        if let refused { throw refused }
        guard let network else { throw .broken("the engine read nothing") }
        return network
    }

    /// Runs it once, and copies what comes out.
    package func run(_ inputs: [String: Tensor], outputs names: [String]) throws(InferenceError) -> [Tensor] {
        for (name, tensor) in inputs where tensor.values.count != tensor.shape.reduce(1, *) {
            throw .broken("its input '\(name)' was given \(tensor.values.count) numbers, which do not match its shape")
        }
        var results: [Tensor] = []
        var failure: InferenceError?
        sluice_network_hold(pointer)
        defer { sluice_network_let_go(pointer) }
        withCTensors(inputs.map { ($0.key, $0.value) }) { given in
            withCTensors(names.map { ($0, Tensor(shape: [], values: [])) }) { wanted in
                do throws(InferenceError) {
                    try InferenceError.check {
                        sluice_network_run(
                            pointer, given.baseAddress, given.count, wanted.baseAddress, wanted.count, $0)
                    }
                } catch {
                    failure = error
                    return
                }
                results = wanted.map(Tensor.init)
            }
        }
        if let failure { throw failure }
        return results
    }
}

extension NeuralNetwork.Port {
    fileprivate init(_ port: sluice_port) {
        self.init(name: String(cString: port.name), shape: [])
        isInteger = port.is_integer
        guard port.is_numeric else { return }
        shape = withUnsafeBytes(of: port.shape) { bytes in
            bytes.bindMemory(to: Int64.self).prefix(Int(port.dimensions)).map { $0 > 0 ? Int($0) : nil }
        }
    }
}

extension NeuralNetwork.Tensor {
    fileprivate init(_ tensor: sluice_tensor) {
        let shape = withUnsafeBytes(of: tensor.shape) { bytes in
            bytes.bindMemory(to: Int64.self).prefix(Int(tensor.dimensions)).map { Int($0) }
        }
        let count = shape.reduce(1, *)
        self.init(shape: shape, values: Array(UnsafeBufferPointer(start: tensor.values, count: count)))
    }
}

/// The tensors as C has them, for the duration of `body`.
private func withCTensors(
    _ tensors: [(name: String, value: NeuralNetwork.Tensor)],
    _ body: (UnsafeMutableBufferPointer<sluice_tensor>) -> Void
) {
    var made: [sluice_tensor] = []
    func add(_ rest: ArraySlice<(name: String, value: NeuralNetwork.Tensor)>) {
        guard let next = rest.first else { return made.withUnsafeMutableBufferPointer { body($0) } }
        next.name.withCString { name in
            next.value.values.withUnsafeBufferPointer { values in
                var tensor = sluice_tensor()
                tensor.name = name
                tensor.dimensions = Int32(min(next.value.shape.count, Int(SLUICE_MOST_DIMENSIONS)))
                withUnsafeMutableBytes(of: &tensor.shape) { shape in
                    let sizes = shape.bindMemory(to: Int64.self)
                    for (index, size) in next.value.shape.prefix(sizes.count).enumerated() {
                        sizes[index] = Int64(size)
                    }
                }
                tensor.values = values.baseAddress
                made.append(tensor)
                add(rest.dropFirst())
            }
        }
    }
    add(tensors[...])
}
