import Glibc
package import LinuxIO
package import Models
import Schema

// A linear classifier as a file: safetensors with `weights` (labels x features), `bias` (labels), `mean` (features) and
// `slope` (1).
extension LinearClassifier {
    private static let format = "sluice-linear-classifier"
    private static let version = "1"
    private static let normalisation = "length, mean, length"
    private static let labelsKey = "labels-sha256"

    /// Bytes of a file that are read at most: 1,000 labels by 16,000 numbers.
    private static let longestFile = 64 << 20

    /// The file that a description names, which comes opened.
    /// - Throws: where it is another than was checked, or does not fit the description.
    package init(_ description: ModelDescription, file: Descriptor) throws(InferenceError) {
        guard let named = description.classifier else { throw .broken("its description names no classifier") }
        do throws(InferenceError) {
            let bytes = try Self.read(file)
            guard named.digest.isEmpty || sha256(bytes) == named.digest else {
                throw .broken("it is not the file that was checked")
            }
            if let words = description.words {
                try self.init(words: bytes, labels: description.labels)
                if let scale = words.scale { slope = Float(scale) }
                return
            }
            try self.init(file: bytes, labels: description.labels)
            guard description.labels.isEmpty || description.labels.count == labels else {
                throw .broken("it distinguishes \(labels) labels, but 'labels' names \(description.labels.count)")
            }
        } catch {
            guard case .broken(let why) = error else { throw error }
            let what = description.words == nil ? "classifier" : "words"
            throw .broken("its \(what) cannot be used: \(why)")
        }
    }

    /// - Parameter names: the labels that it has to have been trained with; empty where that is not known.
    /// - Throws: where the bytes are no classifier's.
    package init(file bytes: [UInt8], labels names: [String] = []) throws(InferenceError) {
        let file: SafeTensors
        do {
            file = try bytes.withUnsafeBytes { try SafeTensors($0) }
        } catch {
            throw (error as? InferenceError) ?? .broken("\(error)")
        }
        guard file.metadata["format"] == Self.format else { throw .broken("it is not a Sluice classifier") }
        guard file.metadata["version"] == Self.version, file.metadata["normalisation"] == Self.normalisation else {
            throw .broken("it was made by another version of Sluice; train it again")
        }
        if let digest = file.metadata[Self.labelsKey], !names.isEmpty, digest != Self.digest(ofLabels: names) {
            throw .broken("it was trained with other labels; train it again")
        }
        guard let weights = file.tensors["weights"], let bias = file.tensors["bias"], let mean = file.tensors["mean"],
            let slope = file.tensors["slope"], weights.shape == [bias.values.count, mean.values.count],
            bias.shape.count == 1, mean.shape.count == 1, slope.values.count == 1
        else { throw .broken("its weights, bias, mean and slope do not match") }
        try self.init(
            weights: weights.values, bias: bias.values, normalisation: LinearNormalisation(mean: mean.values),
            slope: slope.values[0])
    }

    /// The same bytes for the same classifier.
    /// - Parameter words: what else is said of it.
    package func file(_ words: [String: String] = [:], labels names: [String] = []) -> [UInt8] {
        var file = SafeTensors(metadata: words)
        file.metadata["format"] = Self.format
        file.metadata["version"] = Self.version
        file.metadata["normalisation"] = Self.normalisation
        if !names.isEmpty { file.metadata[Self.labelsKey] = Self.digest(ofLabels: names) }
        file.tensors["weights"] = .init(shape: [labels, features], values: weights)
        file.tensors["bias"] = .init(shape: [labels], values: bias)
        file.tensors["mean"] = .init(shape: [features], values: normalisation.mean)
        file.tensors["slope"] = .init(shape: [1], values: [slope])
        return file.bytes()
    }

    /// So that a classifier and a list of labels from different trainings are not used together.
    private static func digest(ofLabels names: [String]) -> String {
        sha256(Array(names.joined(separator: "\n").utf8))
    }

    private static func read(_ file: Descriptor) throws(InferenceError) -> [UInt8] {
        var status = stat()
        guard fstat(file.number, &status) == 0 else { throw .broken(String(cString: strerror(errno))) }
        guard status.st_size <= longestFile else { throw .broken("its \(status.st_size >> 20) MiB are too much") }
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
