import Schema

/// What comes out of a network, as YAML.

extension ModelDescription.Outputs {
    static let shape = Shape<Self>.object(
        "a map from kind to graph output (logits: NAME)", initial: Self(),
        keys: kinds.map { Key($0.name, $0.path, .output, $0.words) }
            + Detector.Kind.allCases.map { Key($0.rawValue, \.[$0], .outputs(of: $0), $0.words) },
        check: { outputs, members, reading in
            guard !members.given.isEmpty else { return reading.fault(members.place, "names no output") }
            let detectors = Detector.Kind.allCases.map(\.rawValue).filter(members.has)
            let classifies =
                ["logits", "probabilities", "embedding", "boxes", "scores"].filter(members.has) + detectors
            let denoises = ["clean", "residual"].filter(members.has)
            if let other = denoises.last, let first = (classifies + denoises).first, first != other {
                reading.fault(members.keyPlace(of: other), at: other, "cannot be combined with '\(first)'")
            }
            for (key, other) in [("boxes", "scores"), ("scores", "boxes")] where members.has(key) && !members.has(other)
            {
                reading.fault(members.keyPlace(of: key), at: key, "also needs '\(other)'")
            }
            for (index, key) in detectors.enumerated() {
                guard let other = members.has("boxes") ? "boxes" : detectors.prefix(index).first else { continue }
                reading.fault(members.keyPlace(of: key), at: key, "cannot be combined with '\(other)'")
            }
            for key in ["probabilities"] where members.has(key) && members.has("logits") {
                reading.fault(members.keyPlace(of: key), at: key, "cannot be combined with 'logits'")
            }
        }
    ).orScalar(single)

    /// One word: the graph's only output.
    private static let single = Shape<Self>.words(
        kinds.filter { !["boxes", "scores"].contains($0.name) }.map { kind in
            var outputs = Self()
            outputs[keyPath: kind.path] = ""
            return ([kind.name], outputs)
        }
            + Detector.Kind.allCases.map { kind in
                var outputs = Self()
                outputs.detector = Detector(kind)
                return ([kind.rawValue], outputs)
            })

    private typealias Detector = ModelDescription.Detector

    /// Its outputs' names, of a detector of that kind.
    private subscript(_ kind: Detector.Kind) -> [String]? {
        get { detector?.kind == kind ? detector?.names : nil }
        set { detector = newValue.map { Detector(kind, names: $0) } }
    }

    private struct Kind: Sendable {
        let name: String
        let path: any WritableKeyPath<ModelDescription.Outputs, String?> & Sendable
        let words: String
    }

    private static let kinds: [Kind] = [
        Kind(name: "logits", path: \.logits, words: "Scores of any size, one for each label."),
        Kind(name: "probabilities", path: \.probabilities, words: "Scores that add up to 1, one for each label."),
        Kind(name: "embedding", path: \.embedding, words: "Numbers that describe the picture."),
        Kind(name: "boxes", path: \.boxes, words: "Corners of detected boxes, from 0 to 1."),
        Kind(name: "scores", path: \.scores, words: "The scores of the boxes."),
        Kind(name: "clean", path: \.clean, words: "The picture without its noise."),
        Kind(name: "residual", path: \.residual, words: "The noise, which is subtracted from the picture."),
    ]
}

extension Shape<String> {
    static let output = text("a name in the graph")
}
