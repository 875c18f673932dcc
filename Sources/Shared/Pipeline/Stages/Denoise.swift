package import Models
import Schema

/// Removes noise, preserving edges, text and texture.
package struct Denoise: Codable, Sendable, Equatable {
    package enum Method: String, Codable, Sendable, CaseIterable {
        /// The best that needs no network; `dct` for now.
        case auto
        /// Blocks that look alike, transformed together; what is no more than noise is removed.
        case dct
        /// The middle of a pixel's neighbours: for specks and dust. Looks at no noise, skips nothing.
        case median
        /// A soft blur. Looks at no noise, skips nothing.
        case gaussian
        /// A network, of the file `model`.
        case model
    }
    package enum Quality: String, Codable, Sendable, CaseIterable {
        case fast, good, best
    }
    package enum Place: String, Codable, Sendable, CaseIterable {
        /// After a following shrink by 2 or more; otherwise in place.
        case auto
        /// Where it is written.
        case here
    }
    package var method: Method = .auto
    /// Of the noise in the picture as it comes to the stage, in steps of 8 bits, 0.1…100; nil: found in each picture.
    package var sigma: Double?
    /// Of the noise in the brightness: how much of it is expected, 0…2; 0 leaves it alone.
    package var strength: Double = 1
    /// The same of the noise in the colours.
    package var chroma: Double = 1
    /// How much of the noise is left where there is structure, 0…1.
    package var detail: Double = 0
    package var quality: Quality = .good
    package var place: Place = .auto
    /// The network; with `method: model` only.
    package var model: ModelDescription?

    package init() {}

    /// The shrink from which on a picture is denoised after it: averages of so many pixels have little noise left.
    package static let leastShrink = 2.0
    /// Threads that one picture is denoised by at most.
    package static let mostThreads = 4

    /// Whether the noise has to be measured before the first pixel is denoised.
    package var looksAtPicture: Bool { sigma == nil && method.goesByNoise }
}

extension Denoise.Method {
    /// Whether it removes as much as there is, rather than the same from each picture.
    package var goesByNoise: Bool {
        switch self {
        case .auto, .dct, .model: true
        case .median, .gaussian: false
        }
    }
}

extension Denoise {
    static let shape = Shape<Denoise>.object(
        "a map of method, sigma and strength", initial: Denoise(),
        keys: [
            Key(
                "method", \.method, .word,
                "auto and dct preserve edges and texture; median removes specks, gaussian blurs; model uses a network."),
            Key(
                "sigma", \.sigma, .sigma,
                "Noise level of the picture before the stage, on the 8-bit scale; auto measures each "
                    + "picture, and leaves clean ones alone."),
            Key(
                "strength", \.strength, factor,
                "How much luminance noise to remove, as a factor; 0 leaves luminance alone."),
            Key("chroma", \.chroma, factor, "How much colour noise to remove, as a factor; 0 leaves colours alone."),
            Key("detail", \.detail, .number(0...1), "How much noise to leave in structured areas."),
            Key(
                "quality", \.quality, .word, "fast, good or best: each takes several times as long as the previous one."
            ),
            Key(
                "place", \.place, .word,
                "auto denoises after a following resize that shrinks by 2 or more; here always denoises in place."),
            Key(
                "model", \.model, .denoiser,
                "A model description, for method: model (YAML file, relative to this file)."),
        ],
        check: { denoise, members, reading in
            guard members.areSound("method") else { return }
            let method = denoise.method
            if method == .model, !members.isMeant("model") {
                reading.fault(
                    members.place(of: "method"), at: "method",
                    "'model' needs 'model', the file that describes the network")
            }
            if method != .model, members.has("model") {
                reading.fault(
                    members.keyPlace(of: "model"), at: "model",
                    "is for method: model only; here it is \(method.rawValue)")
            }
            let useless = method.goesByNoise ? [] : ["chroma", "detail", "quality"]
            for key in useless + (method == .gaussian ? ["sigma"] : []) where members.has(key) {
                reading.fault(
                    members.keyPlace(of: key), at: key,
                    "has no effect with method: \(method.rawValue); remove it, or use method: auto")
            }
        }
    ).alsoRequiring("dependentRequired", ["model": ["method"]]).orScalar(short)

    private static let factor = Shape<Double>.number(0...2)

    /// A sigma, or a method that needs nothing else.
    private static let short = Shape<Denoise>.scalar(
        "a sigma from 0.1 to 100 or one of auto, dct, median, gaussian",
        schema: ["anyOf": [Shape<Double>.noise.schema, ["enum": ["auto", "dct", "median", "gaussian"]]]],
        hint: { text in nearest(text, of: ["auto", "dct", "median", "gaussian"]).map { "did you mean '\($0)'?" } }
    ) { text in
        var denoise = Denoise()
        if let method = Method(rawValue: text), method != .model {
            denoise.method = method
            return denoise
        }
        denoise.sigma = sigma(text)
        return denoise.sigma == nil ? nil : denoise
    }

    fileprivate static func sigma(_ text: String) -> Double? {
        guard text.utf8.allSatisfy({ ".0123456789".utf8.contains($0) }) else { return nil }
        return Double(text).flatMap { (0.1...100).contains($0) ? $0 : nil }
    }
}

extension Shape<Double> {
    fileprivate static let noise = number(0.1...100)
}

extension Shape<Double?> {
    /// `auto` gives nil.
    fileprivate static let sigma = Shape(
        expected: "\(Shape<Double>.noise.expected), or auto",
        schema: ["anyOf": [["const": "auto"], Shape<Double>.noise.schema]],
        read: { node, reading in
            if case .scalar("auto", _) = node.content { return .some(nil) }
            guard case .scalar(let text, quoted: false) = node.content, Denoise.sigma(text) == nil else {
                return Shape<Double>.noise.read(node, &reading).map { .some($0) }
            }
            wrongKind(node, expected: "\(Shape<Double>.noise.expected), or auto", &reading)
            return nil
        }, render: { $0.map { .number($0) } ?? .text("auto") })
}

extension StageDeclaration {
    static let denoise = StageDeclaration(
        "denoise", "Removes noise, preserving edges and texture.", Denoise.shape.map(Stage.denoise),
        bare: .denoise(Denoise()))
}
