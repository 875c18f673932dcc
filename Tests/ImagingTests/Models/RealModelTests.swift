import Foundation
import Glibc
import Inference
import LinuxIO
import Testing

/// Models that lie beside the repository, or where SLUICE_SHARED says; none of them belongs to it.
private let models: String? = {
    let beside = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../../shared").standardized
    let path = "\(ProcessInfo.processInfo.environment["SLUICE_SHARED"] ?? beside.path)/models"
    return FileManager.default.fileExists(atPath: path) ? path : nil
}()

extension ImagingTests {
    @Suite(
        "Models of other people's",
        .enabled(
            if: models != nil && ModelBench.hasEngine, "no shared models beside the repository, or no ONNX Runtime"))
    struct RealModelTests {
        /// What onnxruntime gave for the same numbers: some of each output, evenly spread.
        struct Case: CustomTestStringConvertible, Sendable {
            var file: String
            var size: (width: Int, height: Int)
            /// What the numbers are divided by.
            var divide: Float
            var outputs: [(name: String, shape: [Int], values: [Float])]

            var testDescription: String { file }
        }

        static let cases = [
            Case(
                file: "squeezenet1.1.onnx", size: (224, 224), divide: 1,
                outputs: [
                    ("logits", [1, 1000], [2.827871, 7.194204, 4.296282, 2.856916, 5.329587, 6.186846]),
                    ("embedding", [1, 512], [0, 0, 0, 0, 47.09085, 0.3903002]),
                ]),
            Case(
                file: "mobilenet_v2_1.0_224.onnx", size: (224, 224), divide: 128,
                outputs: [
                    ("logits", [1, 1001], [-0.5653068, -1.02572, -1.469338, -0.4864182, -0.2863148, -0.8936853]),
                    ("embedding", [1, 1280], [0, 0.5642104, 0, 0, 0, 0]),
                ]),
            Case(
                file: "mobilenet_v1_0.25_128.onnx", size: (128, 128), divide: 128,
                outputs: [
                    ("logits", [1, 1001], [-2.091203, 0.3145934, -1.261013, 0.5557566, 0.3029239, -0.9421732]),
                    ("embedding", [1, 256], [0, 0, 0.1610802, 0, 0.5397769, 0]),
                ]),
            Case(
                file: "ultraface_rfb_320.onnx", size: (320, 240), divide: 128,
                outputs: [
                    (
                        "scores", [1, 4420, 2],
                        [0.9189296, 0.07459833, 0.9178628, 0.07724196, 0.92417, 0.05755351]
                    ),
                    (
                        "boxes", [1, 4420, 4],
                        [0.8412349, -1.611543, 1.066825, -1.934333, -0.07581033, -0.08526295]
                    ),
                ]),
        ]

        @Test("give what onnxruntime gives", arguments: cases)
        func sameAsReference(_ test: Case) throws {
            let path = "\(try #require(models))/\(test.file)"
            let number = open(path, O_RDONLY | O_CLOEXEC)
            try #require(number >= 0, "no \(test.file)")
            let network = try NeuralNetwork(NetworkFile(Descriptor(owning: number)), library: ModelBench.library())
            let input = try #require(network.inputs.first)
            #expect(network.inputs.count == 1 && network.outputs.count == 2)
            let shape = [1, 3, test.size.height, test.size.width]
            let values = (0..<shape.reduce(1, *)).map { (Float($0 * 7919 % 251) - 125) / test.divide }
            let tensor = NeuralNetwork.Tensor(shape: shape, values: values)
            // Twice: what is kept from the first run must not show.
            for _ in 0..<2 {
                let results = try network.run([input.name: tensor], outputs: test.outputs.map(\.name))
                for (result, expected) in zip(results, test.outputs) {
                    #expect(result.shape == expected.shape)
                    let most = result.values.map { abs($0) }.max() ?? 0
                    let step = result.values.count / 6
                    for (index, value) in expected.values.enumerated() {
                        let found = result.values[index * step]
                        #expect(
                            abs(found - value) <= 3e-5 * max(1, most),
                            "\(expected.name) \(index): \(found), not \(value)")
                    }
                }
            }
        }
    }
}
