import Glibc
import Inference
import Jobs
import LinuxIO
import Pictures
import WorkerProtocol

/// Trains classifiers, in a worker that was started for it.
struct Trainer {
    /// Nil: this worker was started for other things.
    private let library: Result<LinearLibrary, InferenceError>?

    /// Opens liblinear, where it is needed. Before the worker confines itself.
    init(isNeeded: Bool) {
        library = isNeeded ? Result { () throws(InferenceError) in try LinearLibrary.load() } : nil
    }

    /// Of liblinear; nil without it.
    var version: String? { try? library?.get().version }

    /// Why there is none, where there should be.
    var fault: String? {
        if case .failure(let error) = library { "\(error)" } else { nil }
    }

    /// - Parameters:
    ///   - files: numbers, labels, and the directory for the results.
    ///   - onProgress: told how many parts are done, of how many.
    func train(_ request: TrainRequest, _ files: [Descriptor], onProgress: (Int, Int) -> Void) -> TrainingResult {
        let meter = CostMeter()
        var result = TrainingResult()
        guard let library, files.count == 3 else {
            result.fault = "a training request arrived at a worker not started for it, or without its files"
            return result
        }
        let memory = GrantedMemory(request.grant, staging: files[2])
        do {
            result.slope = try train(request, library.get(), files, onProgress)
        } catch {
            result.fault = "\(error)"
        }
        if let shortage = memory.shortage { result.fault = shortage.message }
        result.cost = meter.read(spilled: memory.spilled)
        return result
    }

    /// - Returns: the slope that was found.
    private func train(
        _ request: TrainRequest, _ library: LinearLibrary, _ files: [Descriptor], _ onProgress: (Int, Int) -> Void
    ) throws -> Double {
        let numbers = try MappedFile(reading: files[0], subject: "features")
        let labels = try MappedFile(reading: files[1], subject: "labels")
        let index = labels.elements(of: UInt32.self)
        guard index.count == request.pictures * 2 else {
            throw InferenceError.broken("the label file does not match \(request.pictures) pictures")
        }
        let samples = try LinearSamples(
            features: request.features, labels: request.labels.count,
            label: UnsafeBufferPointer(rebasing: index[..<request.pictures]),
            fold: UnsafeBufferPointer(rebasing: index[request.pictures...]),
            numbers: numbers.elements(of: Float.self))
        let place = Directory(holding: files[2], path: "staging")
        let predictions = try MappedFile(
            making: TrainRequest.predictionsName, in: place,
            bytes: samples.count * samples.labels * MemoryLayout<Float>.stride)
        let sums = predictions.mutableElements(of: Float.self)
        // What points into them does not keep them.
        defer { withExtendedLifetime((numbers, labels, predictions)) {} }
        let training = try LinearTraining(library, samples)
        let parts = samples.folds + 1
        try training.crossValidate(into: sums) { onProgress($0, parts) }
        let slope = calibratedSlope(of: sums, samples)
        makeProbabilities(of: sums, samples, slope: slope)
        var classifier = try training.classifier()
        classifier.slope = Float(slope)
        onProgress(parts, parts)
        try writeDurably(
            classifier.file(request.words, labels: request.labels), to: place,
            name: Array(TrainRequest.classifierName.utf8), replacing: true)
        return slope
    }

    private func makeProbabilities(
        of sums: UnsafeMutableBufferPointer<Float>, _ samples: LinearSamples, slope: Double
    ) {
        for picture in 0..<samples.count {
            let row = (picture * samples.labels)..<((picture + 1) * samples.labels)
            for (place, share) in zip(row, softmax(sums[row].map(Double.init), slope: slope)) {
                sums[place] = Float(share)
            }
        }
    }
}

/// A file's bytes in the address space: page cache, however large.
private final class MappedFile {
    private let bytes: UnsafeMutableRawBufferPointer

    init(reading file: Descriptor, subject: String) throws {
        bytes = try Self.map(file, bytes: Int(FileStatus.of(file).size), PROT_READ, subject)
    }

    /// Makes it with all its blocks, so that a full disk is found now, and not by a signal while it is written. It
    /// replaces what an earlier run has left.
    init(making name: String, in directory: Directory, bytes count: Int) throws {
        let name = Array(name.utf8)
        if try directory.stat(name) != nil { try directory.unlink(name) }
        let file = try directory.createFile(name, mode: 0o600)
        let code = posix_fallocate(file.number, 0, off_t(count))
        guard code == 0 else { throw SystemCallError("posix_fallocate", "staging/predictions", errno: code) }
        bytes = try Self.map(file, bytes: count, PROT_READ | PROT_WRITE, "predictions")
    }

    deinit { munmap(bytes.baseAddress, bytes.count) }

    func elements<Element>(of type: Element.Type) -> UnsafeBufferPointer<Element> {
        UnsafeBufferPointer(mutableElements(of: type))
    }

    func mutableElements<Element>(of type: Element.Type) -> UnsafeMutableBufferPointer<Element> {
        bytes.bindMemory(to: type)
    }

    private static func map(
        _ file: Descriptor, bytes count: Int, _ protection: Int32, _ subject: String
    ) throws -> UnsafeMutableRawBufferPointer {
        guard count > 0 else { throw InferenceError.broken("the \(subject) file is empty") }
        guard let start = mmap(nil, count, protection, MAP_SHARED, file.number, 0), start != MAP_FAILED else {
            throw SystemCallError("mmap", subject)
        }
        return UnsafeMutableRawBufferPointer(start: start, count: count)
    }
}
