import Schema

/// What a rendition's file is to keep to. Its quality is found for each picture, from `least` up to that of its encoder.
package struct EncodingTarget: Codable, Sendable, Equatable {
    /// Bytes that the file has at most, with its metadata.
    package var maxBytes: UInt64?
    /// Whether the picture is made smaller where no quality is low enough.
    package var shrink: Bool = false
    /// Structural similarity of its luma to that of the picture before it was encoded, 0…1 (`sluice_similarity`).
    package var ssim: Double?
    /// The lowest quality there is to try.
    package var least: Int = 1

    package init() {}
}

extension Rendition.Encoder {
    /// 1…100; nil where the file is the same whatever it is.
    package var quality: Int? {
        get {
            switch self {
            case .jpeg(let jpeg): jpeg.quality
            case .webp(let webp): webp.lossless ? nil : webp.quality
            case .avif(let avif): avif.lossless ? nil : avif.quality
            case .jxl(let jxl): jxl.lossless ? nil : jxl.quality
            case .heif(let heif): heif.quality
            case .tiff(let tiff): tiff.compression == .jpeg ? tiff.quality : nil
            case .png, .gif: nil
            }
        }
        set {
            guard let newValue else { return }
            switch self {
            case .jpeg(var jpeg):
                jpeg.quality = newValue
                self = .jpeg(jpeg)
            case .webp(var webp):
                webp.quality = newValue
                self = .webp(webp)
            case .avif(var avif):
                avif.quality = newValue
                self = .avif(avif)
            case .jxl(var jxl):
                jxl.quality = newValue
                self = .jxl(jxl)
            case .heif(var heif):
                heif.quality = newValue
                self = .heif(heif)
            case .tiff(var tiff):
                tiff.quality = newValue
                self = .tiff(tiff)
            case .png, .gif: break
            }
        }
    }

    /// With the same chroma subsampling at every quality: a file would jump in size where it changes.
    fileprivate var withSteadyChroma: Self {
        switch self {
        case .jpeg(var jpeg) where jpeg.chroma == .auto:
            jpeg.chroma = .on
            return .jpeg(jpeg)
        case .avif(var avif) where avif.chroma == .auto:
            avif.chroma = .on
            return .avif(avif)
        case .heif(var heif) where heif.chroma == .auto:
            heif.chroma = .on
            return .heif(heif)
        default: return self
        }
    }
}

/// `quality` in YAML: a number, or what it is found by.
struct QualityChoice: Sendable {
    var fixed: Int?
    var ssim: Double?
    var least: Int?
    var most: Int?

    static let shape = Shape<QualityChoice>.object(
        "a map of ssim, min and max", initial: QualityChoice(),
        keys: [
            Key(
                "ssim", \.ssim, .number(0.5...0.9999),
                "Structural similarity to keep: the smallest file with at least this is made. 0.95 is a fair thumbnail, "
                    + "0.985 hard to tell from the picture before it was encoded."),
            Key("min", \.least, .integer(1...100), "The lowest quality to try."),
            Key("max", \.most, .integer(1...100), "The highest quality to try."),
        ],
        check: { choice, members, reading in
            if members.areSound("min", "max"), let least = choice.least, let most = choice.most, least > most {
                reading.fault(members.place(of: "min"), at: "min", "is more than max (\(most))")
            }
        }
    ).orScalar(number)

    private static let number: Shape<QualityChoice> = {
        let number = Shape<Int>.integer(1...100)
        return Shape<QualityChoice>(
            expected: number.expected, schema: number.schema,
            read: { node, reading in number.read(node, &reading).map { QualityChoice(fixed: $0) } },
            render: { $0.fixed.map { .integer($0) } })
    }()
}

extension Rendition {
    /// The quality's default, until the file says something else.
    var qualityChoice: QualityChoice {
        get { QualityChoice(fixed: encoder.quality) }
        set {
            if let quality = newValue.fixed ?? newValue.most { encoder.quality = quality }
            guard newValue.fixed == nil else { return }
            ownTarget.ssim = newValue.ssim
            if let least = newValue.least { ownTarget.least = least }
        }
    }

    var maxBytes: UInt64? {
        get { target?.maxBytes }
        set { ownTarget.maxBytes = newValue }
    }

    var shrinksToFit: Bool {
        get { target?.shrink ?? false }
        set { ownTarget.shrink = newValue }
    }

    private var ownTarget: EncodingTarget {
        get { target ?? EncodingTarget() }
        set { target = newValue }
    }

    static let targetKeys: [Key<Rendition>] = [
        Key(
            "never-larger", \.neverLarger, .flag.map { $0 },
            "Whether to publish the source's own bytes where they are fewer, in the same format, and neither stages nor a "
                + "smaller size would change the picture."),
        Key(
            "max-bytes", \.maxBytes, .size,
            "The largest file: the highest quality that fits is used (up to quality, or 95). A picture that fits at none "
                + "is published with a warning, or made smaller (shrink)."),
        Key(
            "shrink", \.shrinksToFit, .flag,
            "With max-bytes: whether to make the picture smaller where no quality fits."),
    ]

    /// Says what in `target` can have no effect, and fills in what depends on the other keys.
    /// - Parameter quality: the value of the key; nil where it is not given.
    func settled(quality: YAMLValue?, at place: Place, _ reading: inout Reading) -> Rendition {
        guard var target else { return self }
        var settled = self
        let before = reading.faults.count
        if target.shrink, target.maxBytes == nil {
            reading.fault(place, at: "shrink", "has no effect without max-bytes")
        }
        if let quality, case .map = quality.content {
            if encoder.quality == nil {
                reading.fault(quality.place, at: "quality", "has no effect, as the file is lossless")
            } else if target.ssim == nil, target.maxBytes == nil {
                reading.fault(quality.place, at: "quality", "needs ssim, or max-bytes beside it")
            }
        }
        guard reading.faults.count == before else { return self }
        guard target.ssim != nil || target.maxBytes != nil else {
            settled.target = nil
            return settled
        }
        settled.encoder = encoder.withSteadyChroma
        if quality.map(Self.saysMost) != true { settled.encoder.quality = target.ssim == nil ? 95 : 100 }
        if target.shrink, quality.map(Self.saysLeast) != true { target.least = Self.leastBeforeShrinking }
        if let most = settled.encoder.quality { target.least = min(target.least, most) }
        settled.target = target
        return settled
    }

    /// Under it a smaller picture looks better.
    private static let leastBeforeShrinking = 30

    private static func saysMost(_ quality: YAMLValue) -> Bool { says("max", quality) ?? true }
    private static func saysLeast(_ quality: YAMLValue) -> Bool { says("min", quality) ?? false }

    private static func says(_ key: String, _ quality: YAMLValue) -> Bool? {
        guard case .map(let entries) = quality.content else { return nil }
        return entries.contains { $0.key == key }
    }
}
