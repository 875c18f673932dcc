import CInference
import Glibc
package import LinuxIO

/// A network in memory, ready to run.
package final class NeuralNetwork {
    package let library: InferenceLibrary
    /// The engine's own.
    package let pointer: OpaquePointer
    package let graph: ONNXGraph

    /// Numbers in rows, with the shape that they have.
    package struct Tensor: Equatable {
        package var shape: [Int]
        package var values: [Float]

        package init(shape: [Int], values: [Float]) {
            self.shape = shape
            self.values = values
        }
    }

    /// Reads an ONNX file. It is mapped meanwhile, so that its bytes are page cache, and not held afterwards.
    package init(_ file: Descriptor, library: InferenceLibrary) throws(InferenceError) {
        let bytes = try Self.map(file)
        defer { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }
        let graph = try ONNXGraph(bytes)
        var network: OpaquePointer?
        var error = sluice_inference_error()
        let result = library.functions.pointee.open(bytes.baseAddress, bytes.count, &network, &error)
        do throws(InferenceError) {
            try Self.check(result, error)
        } catch .broken(let why) {
            guard !graph.suspects.isEmpty else { throw .broken(why) }
            throw .broken("\(library.engine) cannot read it: \(graph.suspects.joined(separator: "; ")) (\(why))")
        }
        guard let network else { throw .broken("the engine read nothing") }
        self.library = library
        self.graph = graph
        pointer = network
    }

    deinit { library.functions.pointee.free(pointer) }

    /// Runs it once, and copies what comes out.
    package func run(_ inputs: [String: Tensor], outputs names: [String]) throws(InferenceError) -> [Tensor] {
        for (name, tensor) in inputs where tensor.values.count != tensor.shape.reduce(1, *) {
            throw .broken("its input '\(name)' was given \(tensor.values.count) numbers, which do not match its shape")
        }
        var results: [Tensor] = []
        var failure: InferenceError?
        library.functions.pointee.hold(pointer)
        defer { library.functions.pointee.let_go(pointer) }
        withCTensors(inputs.map { ($0.key, $0.value) }) { given in
            withCTensors(names.map { ($0, Tensor(shape: [], values: [])) }) { wanted in
                var error = sluice_inference_error()
                let result = library.functions.pointee.run(
                    pointer, given.baseAddress, Int32(given.count), wanted.baseAddress, Int32(wanted.count), &error)
                do throws(InferenceError) {
                    try Self.check(result, error)
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

    private static func map(_ file: Descriptor) throws(InferenceError) -> UnsafeRawBufferPointer {
        var status = stat()
        guard fstat(file.number, &status) == 0 else { throw .broken(String(cString: strerror(errno))) }
        guard status.st_size > 0 else { throw .broken("its ONNX file is empty") }
        let size = Int(status.st_size)
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, file.number, 0), start != MAP_FAILED else {
            throw .broken("its ONNX file cannot be mapped: \(String(cString: strerror(errno)))")
        }
        return UnsafeRawBufferPointer(start: start, count: size)
    }

    private static func check(
        _ result: sluice_inference_result, _ error: sluice_inference_error
    ) throws(InferenceError) {
        switch result {
        case sluice_inference_done: return
        case sluice_inference_no_memory: throw .noMemory
        default:
            var error = error
            throw .broken(
                withUnsafeBytes(of: &error.text) { text in
                    String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
    }
}

extension NeuralNetwork.Tensor {
    fileprivate init(_ tensor: sluice_tensor) {
        let shape = withUnsafeBytes(of: tensor.shape) { bytes in
            bytes.bindMemory(to: Int32.self).prefix(Int(tensor.dimensions)).map(Int.init)
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
                    let sizes = shape.bindMemory(to: Int32.self)
                    for (index, size) in next.value.shape.prefix(sizes.count).enumerated() {
                        sizes[index] = Int32(size)
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
