import Glibc
import Imaging
import Inference
import Jobs
import LinuxIO
import Models
import Pictures
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
    init(keeping most: UInt64?) {
        mostKept = most ?? 0
        library = most.map { _ in
            Result { () throws(InferenceError) in try InferenceLibrary.load(from: ownDirectory()) }
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
        var opened: [Descriptor] = []
        for path in model.filePaths { opened.append(Descriptor(owning: try files.open(path))) }
        do throws(InferenceError) {
            return try open(model, opened)
        } catch {
            // Of memory that was refused, the grant knows more.
            let code: ErrorCode = error == .noMemory ? .memoryLimit : .stageFailed
            throw JobError(code, "The model \(model.shownName) cannot be used: \(error)")
        }
    }

    /// - Parameter files: of its `filePaths`.
    private func open(_ model: ModelDescription, _ files: [Descriptor]) throws(InferenceError) -> OpenModel {
        guard files.count == model.filePaths.count else { throw .broken("its files are missing") }
        var rest = files[...]
        var network: LoadedModel?
        if model.hasNetwork, let file = rest.popFirst() { network = try openNetwork(model, file) }
        let opened = OpenModel(model, network: network, classifier: try .open(of: model, file: rest.first))
        open.append(opened)
        return opened
    }

    private func openNetwork(_ model: ModelDescription, _ file: Descriptor) throws(InferenceError) -> LoadedModel {
        guard let library else { throw .unavailable("this worker was started without the engine") }
        // The kernel's high-water mark counts the pages of the model's file, which are mapped meanwhile.
        let (peak, held) = (CostMeter.peakMemory(), CostMeter.heldMemory() ?? 0)
        defer {
            peakMemory = max(peakMemory, peak, held + GrantedMemory.mostAsked)
            CostMeter.forgetPeak()
        }
        return try LoadedModel(model, file: file, library: library.get())
    }

    /// Opens a model, runs it, and forgets it.
    func examine(_ request: ExamineRequest, _ files: [Descriptor]) -> ModelExamination {
        _ = removeAll()
        var result = ModelExamination()
        result.engine = engine
        let before = CostMeter.heldMemory() ?? 0
        let memory = GrantedMemory(request.grant, staging: nil)
        do throws(InferenceError) {
            let model = try open(request.model, files)
            let started = monotonicNanoseconds()
            result.outputs = try model.tryOut(descriptorLength: descriptorLength)
            result.seconds = Double(monotonicNanoseconds() - started) / 1e9
            let held = CostMeter.heldMemory() ?? 0
            result.memory = held - min(before, held)
            result.peakMemory = max(GrantedMemory.mostAsked, result.memory)
        } catch {
            result.fault = "\(error)"
        }
        if let shortage = memory.shortage { result.fault = shortage.message }
        _ = removeAll()
        return result
    }
}
