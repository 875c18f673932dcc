import Schema
import Text

/// What stands in the map of renditions.
enum DeclaredRendition: Sendable {
    case made(Rendition)
    case original(Original)

    var name: String {
        switch self {
        case .made(let rendition): rendition.name
        case .original(let original): original.name
        }
    }

    /// With the key of the map; one of several formats has it with its own.
    func named(_ key: String) -> DeclaredRendition {
        switch self {
        case .made(var rendition):
            if rendition.group == nil {
                rendition.name = key
            } else {
                rendition.group = key
                rendition.name = "\(key)-\(rendition.name)"
            }
            return .made(rendition)
        case .original(var original):
            original.name = key
            return .original(original)
        }
    }
}

extension Shape<[DeclaredRendition]> {
    /// One, or one for each of its formats. Names are filled in by the map of renditions.
    static let rendition = Shape(
        expected: "a map with a format", schema: renditionSchema,
        read: { node, reading in readRenditions(node, &reading) })

    private static let originalKeys: [Key<Original>] = [
        Key(
            checked: "format", Shape<String>(expected: "", schema: ["const": "original"], read: { _, _ in "" }),
            required: true, "The source's own file, its pixels untouched, without the metadata that is not kept."),
        Key(
            "optimize", or: ["optimise"], \.optimize, .flag,
            "Whether to pack JPEG and PNG anew without loss, where that makes them smaller; takes more memory."),
    ]

    private static let format = Shape<EncoderDeclaration>.scalar(
        "one of \(EncoderDeclaration.all.map(\.format).joined(separator: ", ")), original",
        schema: ["enum": formatWords],
        hint: { word in
            nearest(word, of: EncoderDeclaration.all.flatMap(\.words) + ["original"]).map { "did you mean '\($0)'?" }
        },
        parse: { word in EncoderDeclaration.all.first { $0.words.contains(word) } })

    private static let formatWords = JSONValue.list(EncoderDeclaration.all.flatMap(\.words).map { .text($0) })

    private static let common: [Key<Rendition>] =
        [
            Key("resize", \.ownResize, Resize.shape.named("resize"), "One resize, before this rendition's stages."),
            Key("stages", \.ownStages, .stages, "Applied to this rendition only, after the pipeline's stages."),
            Key("when", \.when, .condition, "Makes this rendition only if the condition holds."),
        ] + Rendition.targetKeys

    private static let formatText = "Output format; it determines which other options exist."
    private static let formatsText =
        "Several formats of the same pixels: a list ([avif, webp, jpeg]), or a map with options of each. Options beside it are "
        + "those of every format that has them."

    private static var renditionSchema: JSONValue {
        let variants = EncoderDeclaration.all.map { declaration -> JSONValue in
            let blank = Rendition(name: "", encoder: declaration.initial)
            let format = Key<Rendition>(
                checked: "format",
                Shape<String>(
                    expected: "", schema: ["enum": .list(declaration.words.map { .text($0) })], read: { _, _ in nil }),
                required: true, formatText)
            return Shape<Rendition>.objectSchema([format] + common + declaration.keys, initial: blank)
        }
        let original = Shape<Original>.objectSchema(originalKeys, initial: Original(name: ""))
        return ["oneOf": .list(variants + [severalSchema, original])]
    }

    private static var severalSchema: JSONValue {
        let options = EncoderDeclaration.all.flatMap { declaration in
            let blank = Rendition(name: "", encoder: declaration.initial)
            let schema = Shape<Rendition>.objectSchema(declaration.keys + Rendition.targetKeys, initial: blank)
                .adding("description", .text("Options of \(declaration.format)."))
            return declaration.words.map { JSONValue.Member(key: $0, value: schema) }
        }
        let formats: JSONValue = [
            "anyOf": [
                ["type": "array", "minItems": 1, "items": ["enum": formatWords]],
                ["type": "object", "minProperties": 1, "properties": .object(options), "additionalProperties": false],
            ],
            "description": .text(formatsText),
        ]
        var seen: Set<String> = []
        let own = EncoderDeclaration.all.flatMap { declaration in
            let blank = Rendition(name: "", encoder: declaration.initial)
            return declaration.keys.map { $0.described(by: blank) }
        }
        let all = (common + own).filter { seen.insert($0.name).inserted }
        let key = Key<Rendition>(
            checked: "formats", Shape<String>(expected: "", schema: formats, read: { _, _ in nil }), required: true,
            formatsText)
        return Shape<Rendition>.objectSchema(
            [key] + all, initial: Rendition(name: "", encoder: .gif(GIF())))
    }

    private static func readRenditions(_ node: YAMLValue, _ reading: inout Reading) -> [DeclaredRendition]? {
        guard let entries = entries(of: node, expected: "a map with a format", &reading) else { return nil }
        if entries.contains(where: { $0.key == "format" && $0.value.isWord("original") }) {
            return Shape<Original>.readObject(
                entries, at: node.place, initial: Original(name: ""), keys: originalKeys, check: { _, _, _ in },
                unknown: { key in
                    let isOfOthers = common.contains { $0.spellings.contains(key) }
                    return isOfOthers || !EncoderDeclaration.formats(with: key).isEmpty
                        ? "'\(key)' has no effect on an original, whose pixels are not touched" : nil
                }, &reading
            ).map { [.original($0)] }
        }
        guard let several = entries.first(where: { $0.key == "formats" }) else {
            return readRendition(entries, at: node.place, &reading).map { [.made($0)] }
        }
        let rest = entries.filter { $0.key != "formats" }
        guard let formats = reading.inside("formats", { readFormats(several.value, &$0) }) else { return nil }
        if let other = rest.first(where: { $0.key == "format" }) {
            reading.fault(other.place, "format and formats exclude each other")
            return nil
        }
        let known = Set((common + formats.flatMap(\.format.keys)).flatMap(\.spellings))
        var renditions: [Rendition] = []
        for (index, format) in formats.enumerated() {
            let options = Set((common + format.format.keys).flatMap(\.spellings))
            // What no format of these knows is told once.
            var own = rest.filter { options.contains($0.key) || (index == 0 && !known.contains($0.key)) }
            own.removeAll { entry in format.options.contains { $0.key == entry.key } }
            let rendition = readRendition(own + format.options, of: format.format, at: node.place, &reading)
            guard var rendition else { continue }
            rendition.name = format.format.format
            rendition.group = ""
            renditions.append(rendition)
        }
        return renditions.count == formats.count ? renditions.map { .made($0) } : nil
    }

    private static func readFormats(
        _ node: YAMLValue, _ reading: inout Reading
    ) -> [(format: EncoderDeclaration, options: [YAMLValue.Entry])]? {
        var formats: [(format: EncoderDeclaration, options: [YAMLValue.Entry])] = []
        func add(
            _ found: EncoderDeclaration?, at place: Place, _ options: [YAMLValue.Entry], _ reading: inout Reading
        ) -> Bool {
            guard let found else { return false }
            if formats.contains(where: { $0.format.format == found.format }) {
                reading.fault(place, "\(found.format) is given twice")
                return false
            }
            formats.append((found, options))
            return true
        }
        var isSound = true
        switch node.content {
        case .list(let words):
            for word in words { isSound = add(format.read(word, &reading), at: word.place, [], &reading) && isSound }
        case .map(let entries):
            for entry in entries {
                checkKey(entry, &reading)
                var options: [YAMLValue.Entry] = []
                if !entry.value.isNull {
                    guard let own = self.entries(of: entry.value, expected: "a map of options", &reading) else {
                        isSound = false
                        continue
                    }
                    options = own
                }
                let found = EncoderDeclaration.all.first { $0.words.contains(entry.key) }
                if found == nil {
                    let near = nearest(entry.key, of: EncoderDeclaration.all.flatMap(\.words))
                    let advice = near.map { "; did you mean '\($0)'?" } ?? ""
                    reading.fault(entry.place, "\(quoted(entry.key)) is not \(format.expected)\(advice)")
                }
                isSound = add(found, at: entry.place, options, &reading) && isSound
            }
        case .scalar: isSound = add(format.read(node, &reading), at: node.place, [], &reading)
        }
        if formats.isEmpty, isSound {
            reading.fault(node.place, "is empty; expected a list of formats")
            return nil
        }
        return isSound ? formats : nil
    }

    private static func readRendition(
        _ entries: [YAMLValue.Entry], at place: Place, _ reading: inout Reading
    ) -> Rendition? {
        let formatKey = Key<Rendition>(checked: "format", format, required: true, formatText)
        // The format decides what the other keys are, wherever it stands; its faults are found with theirs.
        var silent = Reading(file: reading.file)
        let chosen = entries.first { $0.key == "format" }.flatMap { format.read($0.value, &silent) }
        if let chosen { return readRendition(entries, of: chosen, with: [formatKey], at: place, &reading) }
        let union = EncoderDeclaration.all.flatMap(\.keys)
        let known = Set(union.flatMap(\.spellings))
        // Without a format no option can be judged; those of any format pass.
        let judged = entries.filter { !known.contains($0.key) }
        let names = common.map(\.name) + ["format", "formats"] + known.sorted()
        _ = Shape<Rendition>.readObject(
            judged, at: place, initial: Rendition(name: "", encoder: .jpeg(JPEG())), keys: [formatKey] + common,
            check: { _, _, _ in }, unknown: { unknownKey($0, names: names, shown: []) }, &reading)
        return nil
    }

    private static func readRendition(
        _ entries: [YAMLValue.Entry], of chosen: EncoderDeclaration, with further: [Key<Rendition>] = [],
        at place: Place, _ reading: inout Reading
    ) -> Rendition? {
        let rendition = Shape<Rendition>.readObject(
            entries, at: place, initial: Rendition(name: "", encoder: chosen.initial),
            keys: common + further + chosen.keys, check: chosen.check,
            unknown: { key in
                let formats = EncoderDeclaration.formats(with: key)
                if formats.isEmpty { return nil }
                return "'\(key)' is not an option of format \(chosen.format) "
                    + "(but of \(formats.joined(separator: ", ")))"
            }, &reading)
        guard let rendition else { return nil }
        let before = reading.faults.count
        let settled = rendition.settled(
            quality: entries.first { $0.key == "quality" }?.value, at: place, &reading)
        return reading.faults.count == before ? settled : nil
    }
}

extension YAMLValue {
    fileprivate func isWord(_ word: String) -> Bool {
        if case .scalar(let text, _) = content { text == word } else { false }
    }
}

extension Rendition {
    /// `resize:` goes first, whatever the order of the keys.
    fileprivate var ownResize: Resize? {
        get { nil }
        set { if let newValue { stages.insert(.resize(newValue), at: 0) } }
    }

    fileprivate var ownStages: [Stage] {
        get { [] }
        set { stages += newValue }
    }
}
