package import Models
import Schema

/// Labels the picture with a model, which sees a small, upright version of it.
package struct Classify: Codable, Sendable, Equatable {
    package var model: ModelDescription
    /// What conditions, `output.route` and the sidecar call it; unique in the pipeline.
    package var name: String
    /// Maximum number of labels to report, best first.
    package var top: Int = 5
    /// The minimum score of a label, 0…1. A picture without any is `unknown`.
    package var threshold: Double = 0.2
    /// Whether the sidecar gets the numbers that the model describes the picture with.
    package var embedding: Bool = false

    package init(model: ModelDescription, name: String) {
        self.model = model
        self.name = name
    }
}

extension Classify {
    static let shape = Shape<Written>.object(
        "a map of model, top and threshold", initial: Written(),
        keys: [
            Key(
                "model", \.named, .named, required: true,
                "A model description (YAML file, relative to this file); or kind, which is built in: photo, "
                    + "screenshot, document, drawing or blank."),
            Key(
                "name", \.classify.name, .stageName,
                "Its name in conditions, output.route and the sidecar; default: the description's file name."),
            Key(
                "words", \.words, .words,
                "Labels in words, for a network whose embedding was trained together with a text encoder (CLIP): a "
                    + "safetensors file by make-words.py, relative to this file."),
            Key(
                "scale", \.scale, .number(WordsFile.scales),
                "With words: similarities are multiplied by this before they become probabilities. Default: what the file "
                    + "says, for CLIP 100."),
            Key("top", \.classify.top, .integer(1...1000), "Maximum number of labels to report, best first."),
            Key(
                "threshold", \.classify.threshold, .number(0...1),
                "Minimum score to report a label. A picture without any is unknown."),
            Key("embedding", \.classify.embedding, .flag, "Whether to write the embedding to the sidecar."),
        ],
        check: { written, members, reading in
            written.checkWords(members, &reading)
            let classify = written.classify
            guard members.areSound("model", "embedding", "words"), classify.model.isKnown else { return }
            if classify.embedding, !classify.model.describes {
                reading.fault(
                    members.keyPlace(of: "embedding"), at: "embedding",
                    "is not available: this model has no embedding (output: embedding)")
            }
            guard !classify.model.classifies, !classify.model.detects, !classify.embedding, written.words == nil
            else { return }
            reading.fault(
                members.place(of: "model"), at: "model",
                "this model outputs only an embedding; write 'embedding: true', train a classifier on it (sluice train), "
                    + "or give it 'words'"
            )
        }
    ).map(\.complete).orScalar(Shape<NamedModel>.named.map { Classify(model: $0.model, name: $0.name) })

    /// The stage as it is written, the words beside the model.
    struct Written: Sendable {
        var classify = Classify(model: ModelDescription(file: ""), name: "")
        var words: WordsFile?
        var scale: Double?

        fileprivate var named: NamedModel {
            get { NamedModel(model: classify.model, name: classify.name) }
            set {
                classify.model = newValue.model
                if classify.name.isEmpty { classify.name = newValue.name }
            }
        }

        fileprivate var complete: Classify {
            guard let words, classify.model.isKnown else { return classify }
            var classify = classify
            classify.model = classify.model.finding(words, scale: scale)
            return classify
        }

        fileprivate func checkWords(_ members: Members, _ reading: inout Reading) {
            if members.has("scale"), !members.isMeant("words") {
                reading.fault(members.keyPlace(of: "scale"), at: "scale", "is for 'words' only")
            }
            let model = classify.model
            guard members.has("words"), members.isSound("model"), model.isKnown else { return }
            if model.classifies {
                reading.fault(
                    members.keyPlace(of: "words"), at: "words",
                    "cannot be used: this model has labels of its own; words need one whose output is an embedding only"
                )
            } else if !model.hasNetwork || model.outputs.embedding == nil {
                reading.fault(
                    members.keyPlace(of: "words"), at: "words",
                    "cannot be used: this model has no embedding (output: embedding)")
            }
        }
    }
}

/// A model with the name of its description's file.
private struct NamedModel: Sendable {
    var model: ModelDescription
    var name: String
}

extension Shape<NamedModel> {
    fileprivate static let named = Shape<NamedModel>(
        expected: Shape<ModelDescription>.classifier.expected, schema: Shape<ModelDescription>.classifier.schema,
        read: { node, reading in
            guard let model = Shape<ModelDescription>.classifier.read(node, &reading) else { return nil }
            guard case .scalar(let text, _) = node.content else { return NamedModel(model: model, name: "") }
            return NamedModel(model: model, name: name(of: text))
        })

    /// `models/Plants v2.yaml` is `Plants_v2`.
    private static func name(of path: String) -> String {
        let file = path.split(separator: "/").last ?? ""
        let stem = file.lastIndex(of: ".").map { file[..<$0] } ?? file
        let name = String(stem.map { $0.isStageName ? $0 : "_" })
        return name.first?.isNumber == true ? "_\(name)" : name.isEmpty ? "model" : name
    }
}

extension Shape<String> {
    static let stageName = scalar(
        "a name of letters, digits and _ that does not begin with a digit",
        schema: ["type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]{0,63}$"]
    ) { isStageName($0) ? $0 : nil }

    static func isStageName(_ text: String) -> Bool {
        text.allSatisfy(\.isStageName) && text.first?.isNumber == false && text.utf8.count <= 64
    }
}

extension Character {
    fileprivate var isStageName: Bool { isASCII && (isLetter || isNumber || self == "_") }
}

extension StageDeclaration {
    static let classify = StageDeclaration(
        "classify", "Labels the picture with a model.", Classify.shape.map(Stage.classify),
        example: "classify: { model: kind }")
}
