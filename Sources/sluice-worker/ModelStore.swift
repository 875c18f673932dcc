import CLinux
import Glibc
import Imaging
import Inference
import Jobs
import LinuxIO
import Models
import Pictures
import Schema
import WorkerProtocol

/// The models of this worker: opened when a job first needs them, and kept for the next one where there is room.
final class ModelStore {
    /// Nil: this worker was started to run none.
    private let library: Result<InferenceLibrary, InferenceError>?
    /// Bytes that may be kept between jobs.
    let mostKept: UInt64
    private var open: [OpenModel] = []
    /// Bytes of anonymous memory: the most until the last model of this job was loaded.
    private(set) var peakMemory: UInt64 = 0

    /// Seconds that opening and trying one may take.
    static let timeLimit = 60.0

    /// Opens the engine's library, unless nothing is kept: nil. Before the worker confines itself.
    /// - Parameter path: of the library; nil: where it is usually found.
    init(keeping most: UInt64?, library path: String?) {
        mostKept = most ?? 0
        library = most.map { _ in
            Result { () throws(InferenceError) in try InferenceLibrary.load(path: path, beside: ownDirectory()) }
        }
    }

    /// Name and version of the engine; nil without one.
    var engine: String? { try? library?.get().engine }

    /// Why there is none, where there should be.
    var fault: String? {
        if case .failure(let error) = library { "\(error)" } else { nil }
    }

    /// What the next job does not use has no business in its memory.
    func keepOnly(_ models: [ModelDescription]) {
        open.removeAll { !models.contains($0.description) }
        peakMemory = 0
    }

    /// Bytes that they take, as far as that is known.
    var kept: UInt64 { open.reduce(0) { $0 + ($1.description.memory?.kept ?? 0) } }

    /// Whether there were any.
    @discardableResult
    func removeAll() -> Bool {
        defer { open = [] }
        return !open.isEmpty
    }

    func open(_ model: ModelDescription, _ files: PassedFiles) throws(JobError) -> OpenModel {
        if let known = open.first(where: { $0.description == model }) { return known }
        let network = try files.network(of: model)
        let classifier = try model.classifierPath.map { path throws(JobError) in
            Descriptor(owning: try files.open(path))
        }
        do throws(InferenceError) {
            return try open(model, network, classifier)
        } catch {
            // Of memory that was refused, the grant knows more.
            let code: ErrorCode = error == .noMemory ? .memoryLimit : .stageFailed
            throw JobError(code, "The model \(model.shownName) cannot be used: \(error)")
        }
    }

    private func open(
        _ model: ModelDescription, _ network: NetworkFile?, _ classifier: Descriptor?
    ) throws(InferenceError) -> OpenModel {
        let network = try network.map { file throws(InferenceError) in try openNetwork(model, file) }
        let opened = OpenModel(model, network: network, classifier: try .open(of: model, file: classifier))
        open.append(opened)
        return opened
    }

    private func openNetwork(_ model: ModelDescription, _ file: NetworkFile) throws(InferenceError) -> LoadedModel {
        let library = try engineLibrary()
        // The kernel's high-water mark counts the pages of the model's file, which are mapped meanwhile.
        let (peak, held) = (CostMeter.peakMemory(), CostMeter.heldMemory() ?? 0)
        defer {
            peakMemory = max(peakMemory, peak, held + GrantedMemory.mostAsked)
            CostMeter.forgetPeak()
        }
        return try LoadedModel(model, file: file, library: library)
    }

    private func engineLibrary() throws(InferenceError) -> InferenceLibrary {
        guard let library else { throw .unavailable("this worker was started without the engine") }
        return try library.get()
    }

    /// Opens a model, runs it, and forgets it.
    func examine(_ request: ExamineRequest, _ files: [Descriptor]) -> ModelExamination {
        removeAll()
        var result = ModelExamination()
        result.engine = engine
        guard files.count == request.model.filePaths.count else {
            result.fault = "its files are missing"
            return result
        }
        if request.describesOnly {
            describe(request, files, &result)
            return result
        }
        var network: NetworkFile?
        if request.model.hasNetwork {
            let count = request.model.networkPaths.count
            network = NetworkFile(of: request.model, files: Array(files[..<count]))
            compile(request, &network, &result)
        }
        let classifier = request.model.classifierPath == nil ? nil : files.last
        tryOut(request, network, classifier, &result)
        // Where much would lie between the layers, it goes after each run.
        if result.memory > Self.mostPages || result.fault != nil, var network, network.keepsPages {
            network.keepsPages = false
            result.fault = nil
            tryOut(request, network, classifier, &result)
            result.graph?.keepsPages = false
        }
        return result
    }

    /// Bytes between its layers that a network may keep.
    private static let mostPages: UInt64 = 32 << 20

    private func tryOut(
        _ request: ExamineRequest, _ network: NetworkFile?, _ classifier: Descriptor?, _ result: inout ModelExamination
    ) {
        sluice_trim_malloc()
        let before = CostMeter.heldMemory() ?? 0
        let memory = GrantedMemory(request.grant, staging: nil)
        do throws(InferenceError) {
            let model = try open(request.model, network, classifier)
            let started = monotonicNanoseconds()
            result.outputs = try model.tryOut(descriptorLength: descriptorLength)
            result.seconds = Double(monotonicNanoseconds() - started) / 1e9
            result.graph = model.network?.description.graph
            sluice_trim_malloc()
            let held = CostMeter.heldMemory() ?? 0
            result.memory = held - min(before, held)
            result.peakMemory = max(GrantedMemory.mostAsked, result.memory)
        } catch {
            result.fault = "\(error)"
        }
        if let shortage = memory.shortage { result.fault = shortage.message }
        removeAll()
    }

    /// What a network's file says of its inputs and outputs.
    private func describe(_ request: ExamineRequest, _ files: [Descriptor], _ result: inout ModelExamination) {
        let memory = GrantedMemory(request.grant, staging: nil)
        do throws(InferenceError) {
            guard let file = NetworkFile(of: request.model, files: files) else { throw .broken("its file is missing") }
            let network = try NeuralNetwork(file, library: engineLibrary())
            result.inputs = network.inputs.map { .init(name: $0.name, shape: $0.shape, isInteger: $0.isInteger) }
            result.outputPorts = network.outputs.map { .init(name: $0.name, shape: $0.shape, isInteger: $0.isInteger) }
        } catch {
            result.fault = memory.shortage?.message ?? "\(error)"
        }
    }

    /// Compiles a network, where the request names a directory for it. What has no room in memory lies in a file there
    /// meanwhile.
    /// Where that is not possible, the ONNX file is used as it is.
    private func compile(
        _ request: ExamineRequest, _ network: inout NetworkFile?, _ result: inout ModelExamination
    ) {
        guard let path = request.directory, let file = network else { return }
        do {
            let directory = try Directory.open(path: path)
            var grant = request.grant
            grant.spill = request.spill
            let memory = GrantedMemory(grant, staging: directory.descriptor)
            let library = try engineLibrary()
            let compiled = try CompiledNetwork.open(request.model, file, library: library, in: directory)
            if let shortage = memory.shortage { throw shortage }
            network = NetworkFile(compiled, isCompiled: true)
            result.compiled = CompiledNetwork.name(of: request.model, library)
        } catch {
            result.notCompiled = (error as? JobError)?.message ?? "\(error)"
        }
    }
}

extension NetworkFile {
    /// - Parameter files: of the description's `networkPaths`.
    init?(of model: ModelDescription, files: [Descriptor]) {
        guard let graph = files.first else { return nil }
        let names = model.weights.map { String($0.path.split(separator: "/").last ?? "") }
        self.init(graph, weights: Array(zip(names, files.dropFirst())))
    }
}

extension PassedFiles {
    /// Nil of a model without one.
    fileprivate func network(of model: ModelDescription) throws(JobError) -> NetworkFile? {
        guard model.hasNetwork else { return nil }
        if let compiled = model.graph?.compiled, let file = try? open(compiled) {
            var network = NetworkFile(Descriptor(owning: file), isCompiled: true)
            network.keepsPages = model.graph?.keepsPages == true
            return network
        }
        var files: [Descriptor] = []
        for path in model.networkPaths { files.append(Descriptor(owning: try open(path))) }
        return NetworkFile(of: model, files: files)
    }
}
