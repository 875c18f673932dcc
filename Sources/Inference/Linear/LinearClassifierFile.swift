import Glibc
package import LinuxIO
package import PipelineModel

// A linear classifier as a file: safetensors with `weights` (labels x features), `bias` (labels) and how sums become
// probabilities; what is done to the features stands in the words about them.
extension LinearClassifier {
    private static let format = "sluice-linear-classifier"
    private static let version = "1"

    /// Bytes of a file that are read at most: 1,000 labels by 16,000 numbers.
    private static let longestFile = 64 << 20

    /// The file that a description names, which comes opened.
    /// - Throws: where it is another than was checked, or does not fit the description.
    package init(_ description: ModelDescription, file: Descriptor) throws(InferenceError) {
        guard let named = description.classifier else { throw .broken("its description names no classifier") }
        do throws(InferenceError) {
            let bytes = try Self.read(file)
            guard named.digest.isEmpty || sha256(bytes) == named.digest else {
                throw .broken("it is not the one that was checked")
            }
            try self.init(file: bytes)
            guard description.labels.isEmpty || description.labels.count == labels else {
                throw .broken("it tells \(labels) labels apart, and 'labels' names \(description.labels.count)")
            }
        } catch {
            guard case .broken(let why) = error else { throw error }
            throw .broken("its classifier cannot be used: \(why)")
        }
    }

    /// - Throws: where the bytes are no classifier's.
    package init(file bytes: [UInt8]) throws(InferenceError) {
        let file: SafeTensors
        do {
            file = try bytes.withUnsafeBytes { try SafeTensors($0) }
        } catch {
            throw (error as? InferenceError) ?? .broken("\(error)")
        }
        guard file.metadata["format"] == Self.format else { throw .broken("it is no classifier of Sluice's") }
        guard file.metadata["version"] == Self.version else {
            throw .broken("it has version \(file.metadata["version"] ?? "none") of its format, and not \(Self.version)")
        }
        guard let normalisation = file.metadata["normalisation"].flatMap(Normalisation.init) else {
            throw .broken("it was made by a newer Sluice: what it does to the features is not known here")
        }
        guard let weights = file.tensors["weights"], let bias = file.tensors["bias"], weights.shape.count == 2,
            weights.shape[0] == bias.values.count, bias.shape.count == 1
        else { throw .broken("its weights and bias do not belong together") }
        try self.init(
            weights: weights.values, bias: bias.values, normalisation: normalisation,
            calibration: try Self.calibration(of: file))
    }

    /// The same bytes for the same classifier.
    /// - Parameter words: what else is said of it.
    package func file(_ words: [String: String] = [:]) -> [UInt8] {
        var file = SafeTensors(metadata: words)
        file.metadata["format"] = Self.format
        file.metadata["version"] = Self.version
        file.metadata["normalisation"] = normalisation.rawValue
        file.tensors["weights"] = .init(shape: [labels, features], values: weights)
        file.tensors["bias"] = .init(shape: [labels], values: bias)
        switch calibration {
        case .softmax(let slope):
            file.metadata["calibration"] = "softmax"
            file.tensors["slope"] = .init(shape: [1], values: [slope])
        case .sigmoid(let slope, let offset):
            file.metadata["calibration"] = "sigmoid"
            file.tensors["slope"] = .init(shape: [labels], values: slope)
            file.tensors["offset"] = .init(shape: [labels], values: offset)
        }
        return file.bytes()
    }

    private static func calibration(of file: SafeTensors) throws(InferenceError) -> Calibration {
        let (slope, offset) = (file.tensors["slope"]?.values, file.tensors["offset"]?.values)
        switch (file.metadata["calibration"], slope, offset) {
        case ("softmax", let slope?, nil) where slope.count == 1: return .softmax(slope: slope[0])
        case ("sigmoid", let slope?, let offset?): return .sigmoid(slope: slope, offset: offset)
        default: throw .broken("how its sums become probabilities is not known here")
        }
    }

    private static func read(_ file: Descriptor) throws(InferenceError) -> [UInt8] {
        var status = stat()
        guard fstat(file.number, &status) == 0 else { throw .broken(String(cString: strerror(errno))) }
        guard status.st_size <= longestFile else { throw .broken("its \(status.st_size >> 20) MiB are too many") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(status.st_size))
        do {
            // It may grow while it is read.
            try file.forEachPiece(subject: "classifier") { piece in
                if bytes.count + piece.count <= longestFile { bytes.append(contentsOf: piece) }
            }
        } catch {
            throw .broken("\(error)")
        }
        return bytes
    }
}
