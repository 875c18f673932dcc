package import Schema
import Text

/// A model's description as YAML.

extension Shape<ModelDescription> {
    package static let description = Shape.object(
        "a map that starts with 'version: 1'", initial: ModelDescription(file: ""),
        keys: [
            Key(checked: "version", .version, required: true, "Version of the format; always 1."),
            Key("description", \.description, .text("text"), "Free text, not used by Sluice."),
            Key("file", \.onnx, .onnx, "The ONNX file, relative to this file."),
            Key(
                "weights", \.weights, .weights,
                "A file, or a list of them, with weights that the ONNX file names; model.onnx.data and model.onnx_data "
                    + "beside model.onnx are found without it."),
            Key(checked: "digest", .digest, "SHA-256 of the file, to detect a different file under the same name."),
            Key("input", \.input, ModelDescription.Input.shape, "How pictures are fed to the network."),
            Key("output", \.outputs, ModelDescription.Outputs.shape, "What the network outputs."),
            Key(
                "features", \.features, .word,
                "The features the classifier uses: network, the embedding that file outputs; or descriptor, colours, edges and "
                    + "texture, which needs no file."),
            Key(
                "classifier", \.classifier, .safetensors,
                "A linear classifier on these features, as written by sluice train; relative to this file."),
            Key("labels", \.labels, .labels, "A text file with one label per line, in the order of the scores."),
            Key(
                "unknown", \.unknown, .number(0...1),
                "Pictures whose best score is lower are labelled unknown."),
            Key(
                "priors", \.priors, ModelDescription.Priors.shape,
                "For detectors: the prior boxes that output boxes are relative to. Without it boxes are corners, 0 to 1."
            ),
            Key(
                "nms", \.nms, .number(0...1),
                "For detectors: of two boxes of a label, the better one is kept if they overlap more (intersection over union). "
                    + "Default: 0.45 with yolo and yolov5, 0.3 with yunet and centerface, 0.4 with boxes; yolov10 keeps all."
            ),
            Key(
                "sigma", \.sigma, ModelDescription.Sigma.shape,
                "The input that gives a denoiser the noise level."),
            Key(
                "tile", \.tile, .integer(32...2048, of: "pixels"),
                "Tile size: pixels per side that a denoiser processes at once."),
            Key(
                "overlap", \.overlap, .integer(0...256, of: "pixels"),
                "Pixels around each tile that are processed and discarded; at least the network's receptive field."),
        ],
        check: { model, members, reading in
            checkDigest(model, members, &reading)
            checkParts(model, members, &reading)
            guard members.areSound("input", "output", "labels", "sigma", "tile", "overlap", "classifier", "features"),
                members.has("output") || members.has("classifier")
            else { return }
            checkKind(model, members, &reading)
            if model.overlap * 4 > model.tile {
                reading.fault(
                    members.place(of: members.has("overlap") ? "overlap" : "tile"),
                    at: members.has("overlap") ? "overlap" : "tile",
                    "an overlap of \(model.overlap) on both sides leaves less than half of a tile of \(model.tile)")
            }
        }
    ).map { model, _, reading in model.withWeightsBeside(reading.digest) }

    private static func checkDigest(_ model: ModelDescription, _ members: Members, _ reading: inout Reading) {
        guard members.areSound("digest", "file"), !model.digest.isEmpty, let given = members.given["digest"],
            case .scalar(let digest, _) = given.value.content, digest.lowercased() != model.digest
        else { return }
        reading.fault(
            given.value.place, at: "digest",
            "does not match \(escaped(model.file.utf8)), which has \(model.digest); download the file again or correct the digest"
        )
    }

    /// What there has to be: a network with its output, or the descriptor with a classifier.
    private static func checkParts(_ model: ModelDescription, _ members: Members, _ reading: inout Reading) {
        guard members.isSound("features") else { return }
        guard model.features == .network else {
            for key in ["file", "weights", "digest", "input", "output"] where members.has(key) {
                reading.fault(
                    members.keyPlace(of: key), at: key, "is for networks only; 'features: descriptor' does not use one")
            }
            if !members.isMeant("classifier") {
                reading.fault(members.place, "key 'classifier' is missing (the file written by 'sluice train')")
            }
            return
        }
        for (key, what) in [("file", "an ONNX file"), ("output", ModelDescription.Outputs.shape.expected)]
        where !members.isMeant(key) {
            reading.fault(members.place, "key '\(key)' is missing (\(what))")
        }
        guard members.areSound("output", "classifier"), members.has("classifier"), members.has("output") else { return }
        if model.outputs.embedding == nil {
            reading.fault(
                members.keyPlace(of: "classifier"), at: "classifier",
                "uses the network's embedding, which 'output' does not name")
        }
        if model.outputs.logits != nil || model.outputs.probabilities != nil {
            reading.fault(
                members.keyPlace(of: "classifier"), at: "classifier",
                "produces its own scores: 'output' must name only the embedding")
        }
    }

    private static func checkKind(_ model: ModelDescription, _ members: Members, _ reading: inout Reading) {
        func only(_ keys: [String], _ what: String) {
            for key in keys where members.has(key) {
                reading.fault(members.keyPlace(of: key), at: key, "is for models \(what) only")
            }
        }
        if !model.denoises { only(["sigma", "tile", "overlap"], "that denoise (output: clean or residual)") }
        if !model.classifies, !model.detects {
            only(["labels"], "that classify (output: logits or probabilities)")
        }
        if !model.classifies { only(["unknown"], "that classify (output: logits or probabilities)") }
        if members.has("classifier"), members.isSound("labels"), !members.isMeant("labels") {
            reading.fault(members.place, "key 'labels' is missing (a text file with one label per line)")
        }
        guard model.features == .network else { return }
        if model.outputs.boxes == nil { only(["priors"], "that find boxes (output: boxes and scores)") }
        if !model.detects { only(["nms"], "that find boxes (output: yolo, for instance)") }
        checkStep(model, members, &reading)
        let hasSize = model.input.width != nil
        if model.denoises, hasSize {
            reading.fault(members.place(of: "input", "size"), at: "input.size", "is not for a denoiser; 'tile' is")
        }
        if model.denoises, model.input.layout == .nhwc {
            reading.fault(members.place(of: "input", "layout"), at: "input.layout", "a denoiser takes nchw")
        }
    }

    /// Grids of a detector have to fit its input.
    private static func checkStep(_ model: ModelDescription, _ members: Members, _ reading: inout Reading) {
        guard let kind = model.detector?.kind, let width = model.input.width, let height = model.input.height,
            width % kind.step != 0 || height % kind.step != 0
        else { return }
        reading.fault(
            members.place(of: "input", "size"), at: "input.size",
            "\(width)x\(height) does not suit \(kind.rawValue): both sides have to be multiples of \(kind.step)")
    }
}

extension ModelDescription.Input {
    static let shape = Shape<Self>.object(
        "a map of size, channels, mean and divide", initial: Self(),
        keys: [
            Key("name", \.name, .text("the name of an input"), "Name in the graph; required if it has several inputs."),
            Key(
                "size", \.size, .size,
                "Pixels: one number for a square, or width x height; required if the network takes any size."),
            Key(
                "fit", \.fit, .word,
                "How a picture is fitted: crop takes the centre, squash stretches, pad adds borders on both sides."),
            Key("crop", \.crop, .number(0.1...1), "With fit: crop, the fraction of the largest possible crop."),
            Key(
                "pad", \.pad, .integer(0...255),
                "With fit: pad, the grey of the borders: 0 is black, YOLO is trained with 114. Default: 0."),
            Key("channels", \.channels, .word, "The network's channel order."),
            Key(
                "profile", \.profile, .word,
                "What to do with colour profiles: ignore, as most networks were trained, or convert to sRGB."
            ),
            Key(
                "layout", \.layout, .word, "nchw: plane by plane; nhwc: pixel by pixel. Default: as the network has it."
            ),
            Key("mean", \.mean, .perChannel(-1000...1000), "Subtracted from values of 0 to 255: one number, or three."),
            Key(
                "divide", \.divide, .perChannel(0.001...1_000_000),
                "Then divided by this: one number, or three. Default: 255, or 1 for networks that take whole numbers."),
        ],
        check: { input, members, reading in
            for (key, values) in [("mean", input.mean), ("divide", input.divide ?? [])]
            where members.areSound(key, "channels") && values.count > 1 && values.count != input.channels.count {
                reading.fault(
                    members.place(of: key), at: key,
                    "has \(values.count) numbers for \(input.channels.count) channels (\(input.channels.rawValue))")
            }
            if members.has("crop"), members.isSound("fit"), input.fit != .crop {
                reading.fault(members.keyPlace(of: "crop"), at: "crop", "is for fit: crop only")
            }
            if members.has("pad"), members.isSound("fit"), input.fit != .pad {
                reading.fault(members.keyPlace(of: "pad"), at: "pad", "is for fit: pad only")
            }
        })

    fileprivate var size: Size? {
        get { width.flatMap { width in height.map { Size(width: width, height: $0) } } }
        set { (width, height) = (newValue?.width, newValue?.height) }
    }

    fileprivate struct Size: Sendable {
        var width: Int
        var height: Int
    }
}

extension Shape<ModelDescription.Input.Size> {
    fileprivate static let size = Shape.scalar(
        "a size of 1 to 4096 pixels (224, 320x240)",
        schema: ["type": ["integer", "string"], "pattern": "^[1-9][0-9]*(x[1-9][0-9]*)?$"]
    ) { text in
        let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { side -> Int? in
            side.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(side) : nil
        }
        guard let width = sides[0], let height = sides[sides.count - 1], sides.count <= 2,
            (1...4096).contains(width), (1...4096).contains(height)
        else { return nil }
        return .init(width: width, height: height)
    }
}

extension ModelDescription.Sigma {
    static let shape = Shape<Self>.object(
        "a map of name and as", initial: Self(name: ""),
        keys: [
            Key("name", \.name, .output, required: true, "The graph's input."),
            Key("as", \.form, .word, "scalar: one number; map: a plane filled with it, the size of the tile."),
            Key("divide", \.divide, .number(0.001...1_000_000), "Sigma (on the 8-bit scale) is divided by this."),
        ]
    ).orScalar(Shape<String>.output.map { Self(name: $0) })
}

extension Shape<String> {
    fileprivate static let digest = scalar(
        "a SHA-256 of 64 hex digits", schema: ["type": "string", "pattern": "^[0-9a-fA-F]{64}$"]
    ) { text in text.utf8.count == 64 && text.allSatisfy(\.isHexDigit) ? text.lowercased() : nil }
}

extension Shape<[Double]> {
    fileprivate static func perChannel(_ range: ClosedRange<Double>) -> Shape {
        let number = Shape<Double>.number(range)
        var list = Shape.list(of: number, called: "a list with one number per channel")
            .refused { $0.isEmpty ? "is empty; write one number, or one per channel" : nil }
            .orScalar(number.map { [$0] })
        list.render = { $0.count == 1 ? $0.first.map { .number($0) } : .list($0.map { .number($0) }) }
        return list
    }
}
