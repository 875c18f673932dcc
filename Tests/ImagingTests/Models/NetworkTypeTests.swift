import Inference
import LinuxIO
import ModelMaker
import Testing

@testable import Models

extension ImagingTests {
    @Suite("Networks of any numbers", .enabled(if: ModelBench.hasEngine, "no ONNX Runtime here"))
    struct NetworkTypeTests {
        private func described(_ bytes: [UInt8]) throws -> LoadedModel {
            try ModelBench.open(bytes, output: "") { model in
                model.input.channels = .rgb
                model.outputs.embedding = ""
            }
        }

        @Test(
            "inputs and outputs of every type are floats here",
            arguments: [.float, .uint8, .int8, .uint16, .int16, .int32, .int64, .half, .double]
                as [ModelMaker.NumberType])
        func types(_ type: ModelMaker.NumberType) throws {
            for (from, to) in [(type, .float), (.float, type)] as [(ModelMaker.NumberType, ModelMaker.NumberType)] {
                let model = try described(ModelMaker.casting(from: from, to: to))
                let values = (0..<48).map { Float($0) }
                let result = try model.network.run(
                    [model.input: .init(shape: model.inputShape, values: values)], outputs: ["embedding"])
                #expect(result == [.init(shape: [1, 48], values: values)], "\(from) to \(to)")
            }
        }

        @Test("what does not fit a type of whole numbers is rounded and bounded")
        func bounds() throws {
            let model = try described(ModelMaker.casting(from: .uint8, to: .float))
            let values: [Float] = [-1, 0.4, 0.6, 254.4, 255.6, 1e9, .nan, -.infinity] + Array(repeating: 7, count: 40)
            let result = try model.network.run(
                [model.input: .init(shape: model.inputShape, values: values)], outputs: ["embedding"])
            #expect(result.first?.values.prefix(9) == [0, 0, 1, 254, 255, 255, 0, 0, 7])
        }

        @Test("half precision: fractions, small numbers, what is too large, no number")
        func half() throws {
            let model = try described(ModelMaker.casting(from: .half, to: .float))
            // 2^-24 is the smallest; 1 + 2^-11 lies in the middle and goes to the even one.
            let given: [(value: Float, result: Float)] = [
                (1.5, 1.5), (-0.1, -0.099975586), (65504, 65504), (65519, 65504), (65520, .infinity),
                (0x1p-24, 0x1p-24), (0x1p-26, 0), (0x1p-14, 0x1p-14), (1 + 0x1p-11, 1), (1 + 3 * 0x1p-11, 1 + 0x1p-9),
            ]
            let values = given.map(\.value) + Array(repeating: Float.nan, count: 48 - given.count)
            let result = try model.network.run(
                [model.input: .init(shape: model.inputShape, values: values)], outputs: ["embedding"])
            #expect(result.first?.values.prefix(given.count) == given.map(\.result)[...])
            #expect(result.first?.values.dropFirst(given.count).allSatisfy(\.isNaN) == true)
        }

        @Test("what the graph says need not be written: layout, size, whole numbers")
        func graph() throws {
            let pixels = try described(ModelMaker.casting(from: .uint8, to: .float, shape: [nil, 6, 4, 3]))
            #expect(pixels.inputShape == [1, 6, 4, 3] && pixels.description.layout == .nhwc)
            #expect(pixels.description.divide(of: 0) == 1)
            let planes = try described(ModelMaker.casting(from: .float, to: .float, shape: [1, 3, 6, 4]))
            #expect(planes.inputShape == [1, 3, 6, 4] && planes.description.layout == .nchw)
            #expect(planes.description.inputSize ?? (0, 0) == (4, 6) && planes.description.divide(of: 0) == 255)
            #expect(throws: InferenceError.broken("its input 'picture' takes any size: set input.size")) {
                try described(ModelMaker.casting(from: .float, to: .float, shape: [nil, 3, nil, nil]))
            }
        }

        @Test("weights beside the model; compiled, they are in one file with it, and give the same")
        func weights() throws {
            let half = withUnsafeBytes(of: Float(0.5).bitPattern.littleEndian, Array.init)
            let file = NetworkFile(
                try ModelBench.file(ModelMaker.weightsElsewhere()),
                weights: [("net.onnx.data", try ModelBench.file(half))])
            let picture = NeuralNetwork.Tensor(shape: [1, 1, 2, 2], values: [1, 2, 3, 4])
            let network = try NeuralNetwork(file, library: ModelBench.library())
            let expected = try network.run(["picture": picture], outputs: ["clean"])
            #expect(expected.first?.values == [0.5, 1, 1.5, 2])
            let scratch = try ScratchDirectory("imaging-model")
            let model = ModelDescription(file: "/net.onnx")
            for _ in 0..<2 {
                let compiled = try CompiledNetwork.open(
                    model, file, library: ModelBench.library(), in: scratch.directory)
                let network = try NeuralNetwork(NetworkFile(compiled, isCompiled: true), library: ModelBench.library())
                #expect(try network.run(["picture": picture], outputs: ["clean"]) == expected)
            }
            #expect(
                try scratch.directory.list().map(\.name) == [
                    Array(CompiledNetwork.name(of: model, ModelBench.library()).utf8)
                ])
        }

        @Test("a compiled file that was damaged is refused, and no crash")
        func damaged() throws {
            let scratch = try ScratchDirectory("imaging-model")
            let file = NetworkFile(try ModelBench.file(ModelMaker.convolution([1], size: 1)))
            let compiled = try CompiledNetwork.open(
                ModelDescription(file: "/net.onnx"), file, library: ModelBench.library(), in: scratch.directory)
            var bytes: [UInt8] = []
            try compiled.forEachPiece(subject: "compiled") { bytes += $0 }
            for count in [8, bytes.count / 2, bytes.count - 8] {
                let cut = NetworkFile(try ModelBench.file(Array(bytes.prefix(count))), isCompiled: true)
                #expect(throws: InferenceError.self) { try NeuralNetwork(cut, library: ModelBench.library()) }
            }
        }
    }
}
