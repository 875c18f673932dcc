import Inference
import LinuxIO
import ModelMaker
import Testing

@testable import Models

extension ImagingTests {
    @Suite("What is said about models that cannot be used", .enabled(if: ModelBench.hasEngine, "no ONNX Runtime here"))
    struct ModelFaultTests {
        private let whole = ModelMaker.convolution([1], size: 1)

        @Test("files that hold no network that could be read")
        func files() throws {
            let noFile = "its ONNX file is truncated or damaged, or no ONNX file"
            #expect(try ModelBench.fault(whole) == nil)
            #expect(try ModelBench.fault([]) == "its ONNX file is empty")
            #expect(try ModelBench.fault(Array("version: 1\nfile: model.onnx\n".utf8)) == noFile)
            #expect(try ModelBench.fault(Array(whole.dropLast(40))) == noFile)
            let unknown = try ModelBench.fault(ModelMaker.unknownLayer()) ?? ""
            #expect(unknown.contains("Frobnicate"), "\(unknown)")
            #expect(!unknown.contains("/"), "no place in another program's source: \(unknown)")
        }

        @Test("graphs that go round, and numbers that are said to be there")
        func claims() throws {
            func fault(_ make: (inout ModelMaker) -> Void) throws -> String {
                var maker = ModelMaker()
                maker.input("picture", [1, 1, nil, nil])
                make(&maker)
                maker.output("clean", [1, 1, nil, nil])
                return try ModelBench.fault(maker.file) ?? "none"
            }
            let round = try fault {
                $0.node("Add", ["picture", "back"], "clean")
                $0.node("Relu", ["clean"], "back")
            }
            #expect(round.contains("not acyclic"), "\(round)")
            for shape in [[1, 1, 1 << 20, 1 << 12], [1, 1, -5, 1 << 62], [1, 1, 64, 64]] {
                let claimed = try fault {
                    $0.weights("numbers", shape, [1])
                    $0.node("Add", ["picture", "numbers"], "clean")
                }
                #expect(claimed != "none", "\(shape)")
            }
        }

        @Test("weights that lie elsewhere: missing, or beyond the folder of the model")
        func weights() throws {
            for file in ["net.onnx.data", "../net.onnx.data", "/etc/passwd", "a/b"] {
                let fault = try ModelBench.fault(ModelMaker.weightsElsewhere(file: file)) ?? ""
                #expect(fault.contains("its weights are in '\(file)', which is neither beside it"), "\(fault)")
            }
        }

        @Test("files of any bytes are read without a crash, however they were cut or damaged")
        func damage() throws {
            let bytes = ModelMaker.takingMap((picture: 1, sigma: 0.5))
            for count in stride(from: 0, to: bytes.count - 6, by: 5) {
                #expect(try ModelBench.fault(Array(bytes.prefix(count))) != nil, "cut to \(count)")
            }
            var random = Seeded(7)
            for _ in 0..<500 {
                var damaged = bytes
                for _ in 0..<3 {
                    damaged[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next() >> 24)
                }
                _ = try ModelBench.fault(damaged)
            }
        }

        @Test("descriptions that do not fit the network")
        func descriptions() throws {
            let map = ModelMaker.takingMap((picture: 1, sigma: 1))
            #expect(
                try ModelBench.fault(whole) { $0.input.name = "image" }
                    == "it has no input 'image'; its inputs are 'picture'")
            #expect(
                try ModelBench.fault(map)
                    == "it has several inputs, but 'input.name' is not set; its inputs are 'picture', 'sigma'")
            #expect(
                try ModelBench.fault(map) { $0.input.name = "picture" } == "its input 'sigma' is not described")
            #expect(
                try ModelBench.fault(whole) { $0.sigma = .init(name: "noise") }
                    == "it has no input 'noise' for sigma; its inputs are 'picture'")
            #expect(
                try ModelBench.fault(ModelMaker.takingNumber()) { $0.sigma = .init(name: "sigma", form: .map) }
                    == "its input 'sigma' is 1 x 1 x 1 x 1, not what 'sigma' says (map)")
            #expect(
                try ModelBench.fault(whole) { $0.input.channels = .rgb }
                    == "its input 'picture' is 1 x 1 x ? x ?, not a picture (channels: rgb, layout: nchw)")
            #expect(
                try ModelBench.fault(whole) { $0.outputs.clean = "result" }
                    == "it has no output 'result'; its outputs are 'clean'")
            #expect(
                try ModelBench.fault(whole) { $0.digest = String(repeating: "0", count: 64) }
                    == "its ONNX file or weights are not the files that were checked")
        }

        @Test("classifiers whose labels or sizes do not fit")
        func classifiers() throws {
            let bytes = ModelMaker.classifier(labels: 4)
            func fault(_ change: (inout ModelDescription) -> Void) throws -> String? {
                try ModelBench.fault(bytes, output: "") { model in
                    model.input.channels = .rgb
                    (model.input.width, model.input.height) = (8, 8)
                    model.outputs.logits = "logits"
                    model.outputs.embedding = "embedding"
                    change(&model)
                }
            }
            #expect(try fault { $0.labels = ["a", "b", "c", "d"] } == nil)
            #expect(try fault { $0.labels = ["a", "b", "c"] } == "it outputs 4 scores, but there are 3 labels")
            #expect(
                try fault { $0.input.width = 16 }
                    == "its input 'picture' is 1 x 3 x 8 x 8, not a picture of 16x8 (channels: rgb, layout: nchw)")
            #expect(
                try fault { $0.outputs.logits = "" }
                    == "it has several outputs, but 'output' is not set; they are 'logits', 'embedding'")
        }

        @Test("an embedding that is as large as a picture, which no sidecar could hold")
        func largeEmbedding() throws {
            func fault(_ side: Int) throws -> String? {
                try ModelBench.fault(ModelMaker.seeing(width: side, height: side), output: "") { model in
                    model.input.channels = .rgb
                    model.outputs.embedding = ""
                }
            }
            #expect(try fault(73) == nil)
            #expect(try fault(74)?.contains("1 x 16428, more than 16384 numbers") == true)
        }

        @Test("detectors whose outputs are none of their kind")
        func detectors() throws {
            func fault(_ change: (inout ModelDescription) -> Void) throws -> String? {
                try ModelBench.fault(ModelMaker.row([4, 4, 2, 2, 0.9, 0], size: 32), output: "") { model in
                    model.input.channels = .rgb
                    (model.input.width, model.input.height) = (32, 32)
                    change(&model)
                }
            }
            #expect(try fault { $0.outputs.detector = .init(.yolov10) } == nil)
            #expect(
                try fault {
                    $0.outputs.detector = .init(.yolo, names: ["rows"])
                    $0.labels = ["a", "b", "c"]
                } == "its output 'rows' is 1 x 1 x 6, not boxes of 4 numbers and 3 scores (labels); it may be yolov10")
            #expect(
                try fault { $0.outputs.detector = .init(.yunet) }
                    == "it has no output 'cls_8'; its outputs are 'rows'")
            #expect(
                try fault { $0.outputs.detector = .init(.centerface, names: ["rows", "rows", "rows"]) }
                    == "its output 'rows' is 1 x 1 x 6, not 1 x 1 x 8 x 8, as centerface's heatmap for 32x32 is")
        }

        @Test("an engine that is not there, or is another library")
        func engine() throws {
            for path in ["/nowhere/libonnxruntime.so", "/etc/passwd"] {
                #expect {
                    _ = try InferenceLibrary.load(path: path, beside: "/nowhere")
                } throws: { error in
                    "\(error)".contains(path) && "\(error)".contains("install sluice-onnxruntime")
                }
            }
        }

        @Test("networks give every output that is asked for")
        func outputs() throws {
            let model = try ModelBench.open(ModelMaker.classifier(labels: 2), output: "") {
                $0.input.channels = .rgb
                $0.outputs.logits = "logits"
            }
            let picture = NeuralNetwork.Tensor(
                shape: [1, 3, 8, 8], values: (0..<192).map { [1, 2, 4][$0 / 64] })
            let results = try model.network.run(["picture": picture], outputs: ["embedding", "logits"])
            #expect(results.map(\.shape) == [[1, 3], [1, 2]])
            #expect(results[0].values == [1, 2, 4])
            #expect(results[1].values == [10, 31])
        }
    }
}
