import Glibc
package import Schema
import Text

/// The files that belong to a model's description.

extension ModelDescription {
    /// What the key `file` fills.
    var onnx: NamedFile {
        get { NamedFile(path: file, digest: digest, bytes: bytes) }
        set { (file, digest, bytes) = (newValue.path, newValue.digest, newValue.bytes) }
    }
}

extension Shape<NamedFile> {
    static let onnx = Shape.file("a model", largest: 2 << 30)
}

extension Shape<[NamedFile]> {
    static let weights = Shape.list(of: .onnx, called: "a list of files").orScalar(Shape<NamedFile>.onnx.map { [$0] })
}

extension ModelDescription {
    /// The same with the file of weights that exporters put beside an ONNX file, where none is named.
    package func withWeightsBeside(_ digest: FileDigest?) -> ModelDescription {
        guard let digest, hasNetwork, !file.isEmpty, weights.isEmpty else { return self }
        var model = self
        for path in ["\(file).data", "\(file)_data"] {
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            // One that cannot be read is missed where the network is opened.
            guard let digest = try? digest(path) else { continue }
            model.weights.append(NamedFile(path: path, digest: digest, bytes: UInt64(max(0, status.st_size))))
        }
        return model
    }
}

extension Shape<NamedFile> {
    /// Weights for each label: a million numbers are many.
    static let safetensors = Shape.file("a linear classifier", largest: 256 << 20)
}

extension Shape<[String]> {
    /// A text file with a label a line.
    static let labels = Shape<String>.path.map { text, node, reading -> [String]? in
        // Where files that are named are not looked at.
        guard reading.digest != nil else { return [] }
        let path = absolutePath(text, in: reading.directory)
        do throws(ConfigurationFaults) {
            // A carriage return and a line feed are one character to Swift.
            let lines = try ConfigurationText.read(path).split(omittingEmptySubsequences: false) {
                $0 == "\n" || $0 == "\r\n"
            }
            var labels = lines.map(String.init)
            while labels.last?.isEmpty == true { labels.removeLast() }
            guard !labels.isEmpty else {
                reading.fault(node.place, "\(quoted(text)) is empty; one label per line is needed")
                return nil
            }
            if let empty = labels.firstIndex(where: \.isEmpty) {
                reading.fault(node.place, "\(quoted(text)) has no label on line \(empty + 1)")
                return nil
            }
            return labels
        } catch {
            let fault = error.faults.first
            let line = fault.map { $0.line > 0 ? "line \($0.line): " : "" } ?? ""
            reading.fault(node.place, "\(quoted(text)): \(line)\(fault?.message ?? "cannot be read")")
            return nil
        }
    }
}

extension Shape<ModelDescription> {
    /// The value of a stage's `model` key: the path of a description, relative to the pipeline's file.
    /// - Parameters:
    ///   - purpose: stands after "a model that": "denoises".
    ///   - hint: what of its output would make it one.
    static func model(
        that purpose: String, _ hint: String, where fits: @escaping @Sendable (ModelDescription) -> Bool
    ) -> Shape {
        Shape<String>.text("the path of a model's description (a YAML file)").map {
            text, node, reading -> ModelDescription? in
            // Where files that are named are not looked at.
            guard let digest = reading.digest else { return ModelDescription(file: text) }
            if let builtIn = ModelDescription.builtIn(text), fits(builtIn) { return builtIn }
            if text.lowercased().hasSuffix(".onnx") {
                reading.fault(
                    node.place, "\(quoted(text)) is the network itself; give the YAML file that describes it")
                return nil
            }
            do throws(ConfigurationFaults) {
                let model = try ModelLoader.load(path: absolutePath(text, in: reading.directory), digest: digest)
                guard fits(model) else {
                    reading.fault(node.place, "\(quoted(text)) is not a model that \(purpose) (\(hint))")
                    return nil
                }
                return model
            } catch {
                if let only = error.faults.first, error.faults.count == 1, only.line == 0 {
                    reading.fault(node.place, "\(quoted(text)): \(only.message)")
                } else {
                    let count = error.faults.count
                    reading.fault(
                        node.place, "\(quoted(text)) has \(counted(count, "fault")), listed below")
                    reading.elsewhere += error.faults
                }
                return nil
            }
        }
    }

    /// For `classify`.
    package static let classifier = model(
        that: "classifies", "its output is neither logits nor probabilities",
        where: { $0.classifies || $0.describes || $0.detects })

    /// For stages that denoise.
    package static let denoiser = model(that: "denoises", "its output is neither clean nor residual", where: \.denoises)
}

/// Reads models' descriptions from YAML. `digest` gives the SHA-256 of a file.
package enum ModelLoader {
    package static func load(
        path: String, digest: @escaping FileDigest
    ) throws(ConfigurationFaults) -> ModelDescription {
        try load(yaml: ConfigurationText.read(path), file: path, directory: parentDirectory(path), digest: digest)
    }

    /// - Parameters:
    ///   - file: What faults call it.
    ///   - directory: Where relative paths start.
    package static func load(
        yaml: String, file: String, directory: String = ".", digest: @escaping FileDigest
    ) throws(ConfigurationFaults) -> ModelDescription {
        let root = try YAMLDocument.parse(yaml, file: file)
        let reading = Reading(file: file, directory: directory, digest: digest)
        return try reading.reading(.description, root)
    }
}
