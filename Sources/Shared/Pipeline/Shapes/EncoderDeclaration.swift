import Schema

/// How a rendition is written in YAML: stages of its own, `format`, and that format's options.
struct EncoderDeclaration: Sendable {
    let format: String
    /// The word in YAML; further ones are spellings of it.
    let words: [String]
    let initial: Rendition.Encoder
    let keys: [Key<Rendition>]
    let check: Shape<Rendition>.Check

    private init<Options: Sendable>(
        _ format: String, _ initial: Options, _ embed: @escaping @Sendable (Options) -> Rendition.Encoder,
        _ extract: @escaping @Sendable (Rendition.Encoder) -> Options?, or spellings: [String] = [],
        quality: String? = nil, keys: [Key<Options>],
        check: @escaping @Sendable (Options, Members, inout Reading) -> Void = { _, _, _ in }
    ) {
        self.format = format
        words = [format] + spellings
        self.initial = embed(initial)
        let own = keys.map { key in
            Key<Rendition>(key, of: { extract($0.encoder) }, into: { $1.encoder = embed($0) })
        }
        self.keys = (quality.map { [Key("quality", \.qualityChoice, QualityChoice.shape, $0)] } ?? []) + own
        self.check = { rendition, members, reading in
            if let options = extract(rendition.encoder) { check(options, members, &reading) }
        }
    }

    static let all: [EncoderDeclaration] = [jpeg, png, webp, avif, jxl, heif, tiff, gif]

    /// The formats that have an option of this name.
    static func formats(with option: String) -> [String] {
        all.filter { $0.keys.contains { $0.spellings.contains(option) } }.map(\.format)
    }

    private static let qualityText = "1 (small) to 100 (best), or what it is found by for each picture."
    private static let chromaText = "4:2:0 halves colour resolution; auto does so below quality 90."

    private static let jpeg = EncoderDeclaration(
        "jpeg", JPEG(), Rendition.Encoder.jpeg,
        { if case .jpeg(let options) = $0 { options } else { nil } }, or: ["jpg"], quality: qualityText,
        keys: [
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
            Key("quality", \.quality, .integer(1...100), "With palette: true; 1 (few colours) to 100."),
        ],
        check: { options, members, reading in
            if members.has("quality"), members.isSound("palette"), !options.palette {
                reading.fault(
                    members.keyPlace(of: "quality"), at: "quality", "has no effect in png without palette: true")
            }
        })

    private static let webp = EncoderDeclaration(
        "webp", WebP(), Rendition.Encoder.webp,
        { if case .webp(let options) = $0 { options } else { nil } }, quality: qualityText,
        keys: [
            Key("lossless", \.lossless, .flag, "Whether to compress losslessly."),
            Key("effort", \.effort, .integer(0...6), "0 (fast) to 6 (small)."),
            Key(
                "smart-subsampling", \.smartSubsampling, .flag, "Sharper colour edges; slower."),
        ])

    private static let avif = EncoderDeclaration(
        "avif", AVIF(), Rendition.Encoder.avif,
        { if case .avif(let options) = $0 { options } else { nil } }, quality: qualityText,
        keys: [
            Key("lossless", \.lossless, .flag, "Whether to compress losslessly."),
            Key("effort", \.effort, .integer(0...9), "0 (fast) to 9 (small)."),
            Key("chroma", \.chroma, .word, chromaText),
        ])

    private static let jxl = EncoderDeclaration(
        "jxl", JXL(), Rendition.Encoder.jxl,
        { if case .jxl(let options) = $0 { options } else { nil } }, quality: qualityText,
        keys: [
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
        "heif", HEIF(), Rendition.Encoder.heif,
        { if case .heif(let options) = $0 { options } else { nil } }, or: ["heic"], quality: qualityText,
        keys: [
            Key("effort", \.effort, .integer(0...9), "0 (fast) to 9 (small)."),
            Key("chroma", \.chroma, .word, "\(chromaText) Phones show 4:2:0 alone."),
        ])

    private static let tiff = EncoderDeclaration(
        "tiff", TIFF(), Rendition.Encoder.tiff,
        { if case .tiff(let options) = $0 { options } else { nil } }, or: ["tif"],
        quality: "With compression: jpeg; 1 (small) to 100 (best), or what it is found by for each picture.",
        keys: [
            Key("compression", \.compression, .word, "All but jpeg are lossless."),
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
