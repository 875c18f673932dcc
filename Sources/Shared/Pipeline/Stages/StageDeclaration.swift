import Conditions
import Grading
import Schema
import Text

/// How a stage is written in YAML. Each stage declares itself in its own file; `all` is the registry.
struct StageDeclaration: Sendable {
    let name: String
    let aliases: [String]
    let documentation: String
    /// The parameters; nil for a stage that takes none.
    let parameters: Shape<Stage>?
    /// What the bare word means; nil for a stage that needs parameters.
    let bare: Stage?
    /// For the message where parameters are missing.
    let example: String

    init(
        _ name: String, or aliases: [String] = [], _ documentation: String, _ parameters: Shape<Stage>? = nil,
        bare: Stage? = nil, example: String = ""
    ) {
        self.name = name
        self.aliases = aliases
        self.documentation = documentation
        self.parameters = parameters
        self.bare = bare
        self.example = example
    }

    var spellings: [String] { [name] + aliases }

    /// In the order of the documentation.
    static let all: [StageDeclaration] = [
        StageDeclaration(
            "autorotate", "Turns the picture upright according to its EXIF orientation.", bare: .autorotate),
        resize, crop, trim, rotate, flip, flatten,
        StageDeclaration("grayscale", or: ["greyscale"], "Removes the colours.", bare: .grayscale),
        sharpen, blur, denoise, classify, colour, watermark,
        StageDeclaration(
            "adjust", "Changes exposure, contrast, saturation, gamma and colour temperature.",
            Adjust.shape.map(Stage.adjust), example: "adjust: { exposure: 0.5 }"),
        StageDeclaration(
            "levels", "Sets what becomes black and white, or finds it in each picture.",
            Levels.shape.map(Stage.levels), bare: .levels(.auto)),
        StageDeclaration(
            "lut", "Changes colours by a lookup table (a .cube file).", Lut.shape.map(Stage.lut),
            example: "lut: film.cube"),
        StageDeclaration("sepia", "Tones the picture brown.", Sepia.shape.map(Stage.sepia), bare: .sepia(Sepia())),
        pad, border, rounded,
    ]
}

extension Shape<[Stage]> {
    static let stages = Shape.list(of: .stage, called: "a list of stages")
}

extension Shape<Stage> {
    /// A bare word, or a map of one key.
    static let stage = Shape(
        expected: "a stage", schema: stageSchema, read: { node, reading in readStage(node, &reading) }
    ).named("stage")

    private static var stageSchema: JSONValue {
        let all = StageDeclaration.all
        let bare = all.filter { $0.bare != nil }.flatMap(\.spellings).map { JSONValue.text($0) }
        var properties: [JSONValue.Member] = []
        for declaration in all {
            let none: JSONValue = ["type": ["null", "object"], "properties": [:], "additionalProperties": false]
            var schema = (declaration.parameters?.schema ?? none).addingProperty("when", when)
            if declaration.parameters != nil, declaration.bare != nil {
                schema = ["anyOf": [schema, ["type": "null"]]]
            }
            schema = schema.adding("description", .text(declaration.documentation))
            properties += declaration.spellings.map { JSONValue.Member(key: $0, value: schema) }
        }
        return [
            "anyOf": [
                ["enum": .list(bare)],
                [
                    "type": "object", "minProperties": 1, "maxProperties": 1, "properties": .object(properties),
                    "additionalProperties": false,
                ],
            ]
        ]
    }

    private static let when = Shape<Condition>.condition.schema.adding(
        "description", "Applies the stage only if the condition holds.")

    private static func readStage(_ node: YAMLValue, _ reading: inout Reading) -> Stage? {
        switch node.content {
        case .scalar(let word, _) where !node.isNull:
            guard let declaration = declaration(word) else {
                reading.fault(node.place, "\(quoted(word)) is not a stage\(suggestion(word))")
                return nil
            }
            if declaration.bare == nil {
                reading.fault(node.place, "'\(word)' needs parameters, as in '\(declaration.example)'")
            }
            return declaration.bare
        case .map(let entries) where !entries.isEmpty:
            return readStage(entries, &reading)
        default:
            wrongKind(node, expected: "a stage (a word, or a map of one key)", &reading)
            return nil
        }
    }

    private static func readStage(_ entries: [YAMLValue.Entry], _ reading: inout Reading) -> Stage? {
        let first = entries[0]
        if entries.count > 1 {
            let extra = entries[1]
            let advice =
                declaration(extra.key) == nil
                ? "indent '\(printable(extra.key))' further than '\(printable(first.key))' if it belongs to it"
                : "put '\(printable(extra.key))' on a line of its own, starting with '- '"
            reading.fault(extra.place, "one stage per list item; \(advice)")
            return nil
        }
        return reading.inside(printable(first.key)) { reading in
            guard let declaration = declaration(first.key) else {
                reading.fault(first.place, "not a stage\(suggestion(first.key))")
                return nil
            }
            if let bare = declaration.bare, first.value.isNull { return bare }
            if case .map(let entries) = first.value.content, entries.contains(where: isWhen) {
                return readConditional(declaration, first.value, entries, &reading)
            }
            if let parameters = declaration.parameters { return parameters.read(first.value, &reading) }
            if case .map(let entries) = first.value.content, entries.isEmpty { return declaration.bare }
            reading.fault(first.value.place, "takes no parameters; write '- \(declaration.name)'")
            return nil
        }
    }

    /// Whether an entry is the condition, or was meant to be: no stage has a parameter of such a name.
    private static func isWhen(_ entry: YAMLValue.Entry) -> Bool {
        entry.key == "when" || nearest(entry.key, of: ["when"]) != nil
    }

    /// The condition, and what is left of the map as the stage's parameters.
    private static func readConditional(
        _ declaration: StageDeclaration, _ node: YAMLValue, _ entries: [YAMLValue.Entry], _ reading: inout Reading
    ) -> Stage? {
        var condition: Condition?
        for entry in entries where isWhen(entry) {
            reading.inside(printable(entry.key)) { reading in
                checkKey(entry, &reading)
                if entry.key == "when" {
                    condition = Shape<Condition>.condition.read(entry.value, &reading)
                } else {
                    reading.fault(entry.place, "unknown key; did you mean 'when'?")
                }
            }
        }
        var rest = node
        rest.content = .map(entries.filter { !isWhen($0) })
        let stage: Stage?
        if let parameters = declaration.parameters {
            stage = parameters.read(rest, &reading)
        } else {
            stage = declaration.bare
            for entry in entries where !isWhen(entry) {
                reading.fault(
                    entry.place, at: printable(entry.key), "unknown key; '\(declaration.name)' takes 'when' only")
            }
        }
        guard let condition, let stage else { return nil }
        return .conditional(ConditionalStage(when: condition, stage: stage))
    }

    private static func declaration(_ word: String) -> StageDeclaration? {
        StageDeclaration.all.first { $0.spellings.contains(word) }
    }

    private static func suggestion(_ word: String) -> String {
        if let near = nearest(word, of: StageDeclaration.all.flatMap(\.spellings)) {
            return "; did you mean '\(near)'?"
        }
        return "; valid stages: \(StageDeclaration.all.map(\.name).joined(separator: ", "))"
    }
}
