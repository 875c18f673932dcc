import FoundationEssentials
import Glibc
package import Schema
import Text

extension ModelDescription {
    /// How words are compared with pictures.
    package struct Words: Codable, Sendable, Equatable {
        /// Similarities are multiplied by it before they become probabilities; nil: by what the file says.
        package var scale: Double?

        package init(scale: Double? = nil) { self.scale = scale }
    }

    /// The same network, which finds the labels that those words stand for.
    package func finding(_ words: WordsFile, scale: Double?) -> ModelDescription {
        var model = self
        (model.classifier, model.labels, model.words) = (words.file, words.labels, Words(scale: scale))
        return model
    }
}

/// Words for labels, as a text encoder describes them: a safetensors file with a row of numbers for each label. Here only
/// what its header says; the numbers are the workers' business.
package struct WordsFile: Sendable, Equatable {
    package var file: NamedFile
    package var labels: [String]

    package static let format = "sluice-words"
    package static let version = "1"
    /// Names of what is in the file.
    package static let tensor = "words"
    package static let labelsKey = "labels"
    package static let scaleKey = "scale"

    package static let mostLabels = 10_000
    /// Bytes.
    package static let longestHeader = 1 << 20
    package static let longest: UInt64 = 64 << 20
    /// Of what similarities are multiplied by.
    package static let scales = 0.001...10_000.0

    /// A label a line.
    package static func labels(in metadata: [String: String]) -> [String] {
        metadata[labelsKey]?.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) ?? []
    }

    /// What is wrong with the words about the file; nil: nothing.
    /// - Parameter shape: of the tensor.
    package static func fault(in metadata: [String: String], shape: [Int]?) -> String? {
        guard metadata["format"] == format else {
            return "is not a file of words for labels (make one with make-words.py)"
        }
        guard metadata["version"] == version else { return "was made for another version of Sluice; make it again" }
        let labels = labels(in: metadata)
        guard !labels.isEmpty else { return "names no labels" }
        guard labels.count <= mostLabels else {
            return "has \(labels.count) labels; at most \(mostLabels) are possible"
        }
        if let empty = labels.firstIndex(where: \.isEmpty) { return "has no name for label \(empty + 1)" }
        var seen: Set<String> = []
        if let twice = labels.first(where: { !seen.insert($0).inserted }) { return "has label \(quoted(twice)) twice" }
        guard let scale = metadata[scaleKey].flatMap(Double.init), scales.contains(scale) else {
            return "says no usable scale (\(metadata[scaleKey].map(quoted) ?? "there is none"))"
        }
        guard let shape, shape.count == 2, shape[0] == labels.count, shape[1] > 0 else {
            let found = shape.map { $0.map(String.init).joined(separator: " x ") } ?? "missing"
            return "has \(counted(labels.count, "label")), but its '\(tensor)' are \(found)"
        }
        return nil
    }
}

extension Shape<WordsFile> {
    package static let words = Shape<NamedFile>.file("words", largest: WordsFile.longest).map {
        file, node, reading -> WordsFile? in
        // Where files that are named are not looked at.
        guard reading.digest != nil else { return WordsFile(file: file, labels: []) }
        guard case .scalar(let text, _) = node.content else { return nil }
        func refuse(_ why: String) -> WordsFile? {
            reading.fault(node.place, "\(quoted(text)) \(why)")
            return nil
        }
        guard let bytes = header(of: file.path) else { return refuse("is not a safetensors file, or cut off") }
        guard let header = try? JSONDecoder().decode(WordsHeader.self, from: Data(bytes)) else {
            return refuse("has no header of a safetensors file with words")
        }
        if let fault = WordsFile.fault(in: header.metadata, shape: header.words?.shape) { return refuse(fault) }
        return WordsFile(file: file, labels: WordsFile.labels(in: header.metadata))
    }

    /// The JSON at the beginning of a safetensors file: eight bytes of length, little-endian, and so many bytes.
    private static func header(of path: String) -> [UInt8]? {
        let number = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        defer { close(number) }
        func read(_ count: Int, at offset: Int) -> [UInt8]? {
            var bytes = [UInt8](repeating: 0, count: count)
            var done = 0
            while done < count {
                let got = bytes.withUnsafeMutableBytes {
                    pread(number, $0.baseAddress.map { $0 + done }, count - done, offset + done)
                }
                if got < 0 && errno == EINTR { continue }
                guard got > 0 else { return nil }
                done += got
            }
            return bytes
        }
        guard let start = read(8, at: 0) else { return nil }
        let length = start.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard (2...UInt64(WordsFile.longestHeader)).contains(length) else { return nil }
        return read(Int(length), at: 8)
    }
}

/// What of the header tells of words.
private struct WordsHeader: Decodable {
    var metadata: [String: String]
    var words: Tensor?

    struct Tensor: Decodable {
        var shape: [Int]
    }

    private enum CodingKeys: String, CodingKey {
        case metadata = "__metadata__"
        case words
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decodeIfPresent([String: String].self, forKey: .metadata) ?? [:]
        words = try container.decodeIfPresent(Tensor.self, forKey: .words)
    }
}
