import Schema

/// How a rendition is written in YAML: stages of its own, `format`, and that format's options.
struct EncoderDeclaration: Sendable {
    let format: String
    /// Its name, and what it may be called as well.
    let spellings: [String]
    let initial: Rendition.Encoder
    let keys: [Key<Rendition>]
    let check: Shape<Rendition>.Check

    private init<Options: Sendable>(
        _ format: String, or others: [String] = [], _ initial: Options,
        _ embed: @escaping @Sendable (Options) -> Rendition.Encoder,
        _ extract: @escaping @Sendable (Rendition.Encoder) -> Options?, keys: [Key<Options>],
        check: @escaping @Sendable (Options, Members, inout Reading) -> Void = { _, _, _ in }
    ) {
        self.format = format
        spellings = [format] + others
        self.initial = embed(initial)
        self.keys = keys.map { key in
            Key<Rendition>(key, of: { extract($0.encoder) }, into: { $1.encoder = embed($0) })
        }
        self.check = { rendition, members, reading in
            if let options = extract(rendition.encoder) { check(options, members, &reading) }
        }
    }

    fileprivate var formatSchema: JSONValue {
        spellings.count == 1 ? ["const": .text(format)] : ["enum": .list(spellings.map { .text($0) })]
    }

    static let all: [EncoderDeclaration] = [jpeg, png, webp, avif, jxl, heif, tiff, gif]

    /// The formats that have an option of this name.
    static func formats(with option: String) -> [String] {
        all.filter { $0.keys.contains { $0.spellings.contains(option) } }.map(\.format)
    }

    private static let quality = Shape<Int>.integer(1...100)
    private static let qualityText = "1 (small) to 100 (best)."
    private static let chromaText = "4:2:0 halves colour resolution; auto does so below quality 90."

    private static let jpeg = EncoderDeclaration(
        "jpeg", JPEG(), Rendition.Encoder.jpeg,
        { if case .jpeg(let options) = $0 { options } else { nil } },
        keys: [
            Key("quality", \.quality, quality, qualityText),
            Key(
                "progressive", or: ["interlace"], \.progressive, .flag,
                "Whether the picture loads progressively; takes more memory."),
            Key("chroma", \.chroma, .word, chromaText),
            Key(
                "optimize", or: ["optimise"], \.optimize, .flag,
                "Optimised Huffman tables: 2-5 % smaller, takes more memory."),
            Key("background", \.background, .colour, "Colour for transparent areas."),
        ])

    private static let png = EncoderDeclaration(
        "png", PNG(), Rendition.Encoder.png,
        { if case .png(let options) = $0 { options } else { nil } },
        keys: [
            Key("compression", \.compression, .integer(0...9), "0 (fast) to 9 (small)."),
            Key(
                "progressive", or: ["interlace"], \.progressive, .flag,
                "Whether the picture loads progressively; takes more memory."),
            Key("palette", \.palette, .flag, "Whether to reduce to at most 256 colours."),
            Key("quality", \.quality, quality, "With palette: true; 1 (few colours) to 100."),
        ],
        check: { options, members, reading in
            if members.has("quality"), members.isSound("palette"), !options.palette {
                reading.fault(
                    members.keyPlace(of: "quality"), at: "quality", "has no effect in png without palette: true")
            }
        })

    private static let webp = EncoderDeclaration(
        "webp", WebP(), Rendition.Encoder.webp,
        { if case .webp(let options) = $0 { options } else { nil } },
        keys: [
            Key("quality", \.quality, quality, qualityText),
            Key("lossless", \.lossless, .flag, "Whether to compress losslessly."),
            Key("effort", \.effort, .integer(0...6), "0 (fast) to 6 (small)."),
            Key(
                "smart-subsampling", \.smartSubsampling, .flag, "Sharper colour edges; slower."),
        ])

    private static let avif = EncoderDeclaration(
        "avif", AVIF(), Rendition.Encoder.avif,
        { if case .avif(let options) = $0 { options } else { nil } },
        keys: [
            Key("quality", \.quality, quality, qualityText),
            Key("lossless", \.lossless, .flag, "Whether to compress losslessly."),
            Key("effort", \.effort, .integer(0...9), "0 (fast) to 9 (small)."),
            Key("chroma", \.chroma, .word, chromaText),
        ])

    private static let jxl = EncoderDeclaration(
        "jxl", JXL(), Rendition.Encoder.jxl,
        { if case .jxl(let options) = $0 { options } else { nil } },
        keys: [
            Key("quality", \.quality, quality, qualityText),
            Key("lossless", \.lossless, .flag, "Whether to compress losslessly."),
            Key("effort", \.effort, .integer(3...9), "3 (fast) to 9 (small); from 7 on takes twice the memory."),
        ],
        check: { options, members, reading in
            if members.has("quality"), members.isSound("lossless"), options.lossless {
                reading.fault(
                    members.keyPlace(of: "quality"), at: "quality", "has no effect in jxl with lossless: true")
            }
        })

    private static let heif = EncoderDeclaration(
        "heif", or: ["heic"], HEIF(), Rendition.Encoder.heif,
        { if case .heif(let options) = $0 { options } else { nil } },
        keys: [
            Key("quality", \.quality, quality, qualityText),
            Key("effort", \.effort, .integer(0...9), "0 (fast) to 9 (small)."),
            Key("chroma", \.chroma, .word, "\(chromaText) Phones show 4:2:0 alone."),
        ])

    private static let tiff = EncoderDeclaration(
        "tiff", TIFF(), Rendition.Encoder.tiff,
        { if case .tiff(let options) = $0 { options } else { nil } },
        keys: [
            Key("compression", \.compression, .word, "All but jpeg are lossless."),
            Key("quality", \.quality, quality, "With compression: jpeg; 1 (small) to 100 (best)."),
            Key(
                "pyramid", \.pyramid, .flag, "Whether to write tiles and reduced layers, for viewers of large pictures."
            ),
        ],
        check: { options, members, reading in
            if members.has("quality"), members.isSound("compression"), options.compression != .jpeg {
                reading.fault(
                    members.keyPlace(of: "quality"), at: "quality", "has no effect in tiff without compression: jpeg")
            }
        })

    private static let gif = EncoderDeclaration(
        "gif", GIF(), Rendition.Encoder.gif,
        { if case .gif(let options) = $0 { options } else { nil } },
        keys: [
            Key("effort", \.effort, .integer(1...10), "1 (fast) to 10 (small)."),
            Key("dither", \.dither, .number(0...1), "0 (none) to 1."),
            Key("bitdepth", \.bitdepth, .integer(1...8), "Bits per pixel; 8 gives 256 colours."),
        ])
}

extension Shape<Rendition> {
    /// Its name is filled in by the map of renditions.
    static let rendition = Shape(
        expected: "a map with a format", schema: renditionSchema,
        read: { node, reading in readRendition(node, &reading) })

    private static let format = Shape<EncoderDeclaration>.scalar(
        "one of \(EncoderDeclaration.all.map(\.format).joined(separator: ", "))",
        schema: ["enum": .list(EncoderDeclaration.all.flatMap(\.spellings).map { .text($0) })],
        hint: { word in nearest(word, of: EncoderDeclaration.all.map(\.format)).map { "did you mean '\($0)'?" } },
        parse: { word in EncoderDeclaration.all.first { $0.spellings.contains(word) } })

    private static let common: [Key<Rendition>] = [
        Key("resize", \.ownResize, Resize.shape.named("resize"), "One resize, before this rendition's stages."),
        Key("stages", \.ownStages, .stages, "Applied to this rendition only, after the pipeline's stages."),
        Key("when", \.when, .condition, "Makes this rendition only if the condition holds."),
    ]

    private static let formatText = "Output format; it determines which other options exist."

    private static var renditionSchema: JSONValue {
        let variants = EncoderDeclaration.all.map { declaration -> JSONValue in
            let blank = Rendition(name: "", encoder: declaration.initial)
            let format = Key<Rendition>(
                checked: "format",
                Shape<String>(expected: "", schema: declaration.formatSchema, read: { _, _ in nil }),
                required: true, formatText)
            return objectSchema([format] + common + declaration.keys, initial: blank)
        }
        return ["oneOf": .list(variants)]
    }

    private static func readRendition(_ node: YAMLValue, _ reading: inout Reading) -> Rendition? {
        guard let entries = entries(of: node, expected: "a map with a format", &reading) else { return nil }
        let formatKey = Key<Rendition>(checked: "format", format, required: true, formatText)
        // The format decides what the other keys are, wherever it stands; its faults are found with theirs.
        var silent = Reading(file: reading.file)
        let chosen = entries.first { $0.key == "format" }.flatMap { format.read($0.value, &silent) }
        guard let chosen else {
            let union = EncoderDeclaration.all.flatMap(\.keys)
            let known = Set(union.flatMap(\.spellings))
            // Without a format no option can be judged; those of any format pass.
            let judged = entries.filter { !known.contains($0.key) }
            _ = readObject(
                judged, at: node.place, initial: Rendition(name: "", encoder: .jpeg(JPEG())),
                keys: [formatKey] + common, check: { _, _, _ in },
                unknown: { unknownKey($0, names: common.map(\.name) + ["format"] + known.sorted(), shown: []) },
                &reading)
            return nil
        }
        return readObject(
            entries, at: node.place, initial: Rendition(name: "", encoder: chosen.initial),
            keys: common + [formatKey] + chosen.keys, check: chosen.check,
            unknown: { key in
                let formats = EncoderDeclaration.formats(with: key)
                if formats.isEmpty { return nil }
                return "'\(key)' is not an option of format \(chosen.format) "
                    + "(but of \(formats.joined(separator: ", ")))"
            }, &reading)
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
