import Text
package import WorkerProtocol

/// A description for an ONNX file, as YAML with comments: what its graph tells, and what only its makers know, to choose
/// from.
package struct ModelTemplate {
    /// How pictures were put to a network when it was trained.
    package enum Preprocessing: String, CaseIterable, Sendable {
        case torchvision, timm, keras, clip, none
    }

    package var file: String
    package var inputs: [ModelExamination.Port]
    package var outputs: [ModelExamination.Port]
    /// Nil: what networks of this shape usually have.
    package var preprocessing: Preprocessing?
    package var labels: String?

    package init(
        file: String, inputs: [ModelExamination.Port], outputs: [ModelExamination.Port],
        preprocessing: Preprocessing? = nil, labels: String? = nil
    ) {
        self.file = file
        self.inputs = inputs
        self.outputs = outputs
        self.preprocessing = preprocessing
        self.labels = labels
    }

    /// The input that a picture goes into: four dimensions, of which one is its channels.
    private var picture: (port: ModelExamination.Port, isPlanes: Bool, channels: Int)? {
        for port in inputs where port.shape.count == 4 {
            for (index, isPlanes) in [(1, true), (3, false)] {
                if let channels = port.shape[index], [1, 3].contains(channels) { return (port, isPlanes, channels) }
            }
        }
        return nil
    }

    /// Width and height; nil where one is left open.
    private var size: (width: Int, height: Int)? {
        guard let picture else { return nil }
        let (down, across) = picture.isPlanes ? (2, 3) : (1, 2)
        guard let width = picture.port.shape[across], let height = picture.port.shape[down] else { return nil }
        return (width, height)
    }

    package var yaml: String {
        var lines = [
            "# Made by sluice model new of what the file says. Check what only its makers know: the lines with (?)."
        ]
        lines += ["version: 1", "file: \(quoted(file))"]
        lines += inputLines
        lines += outputLines
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: Input

    private var inputLines: [String] {
        let shown = inputs.map { "\($0.name) \(words($0.shape))\($0.isInteger ? " of whole numbers" : "")" }
        var lines = ["", "# Inputs: \(shown.joined(separator: ", "))", "input:"]
        guard let picture else {
            return lines + ["  # None of them is a picture (1 x 3 x height x width): it cannot be used as it is."]
        }
        if inputs.count > 1 { lines.append("  name: \(quoted(picture.port.name))") }
        if size == nil, kind != .denoiser {
            lines.append("  size: \(kind.isDetector ? 640 : 224)                # (?) it takes any size")
        }
        if picture.channels == 1 { lines.append("  channels: grey") }
        guard kind != .denoiser else {
            return lines + ["  # (?) mean and divide: as it was trained; 0 to 1 without them"]
        }
        let chosen = preprocessing ?? usual
        for way in Preprocessing.allCases {
            let isChosen = way == chosen
            lines.append("  # \(isChosen ? "(?) " : "")\(note(way))")
            lines += settings(way, channels: picture.channels).map { isChosen ? "  \($0)" : "  # \($0)" }
        }
        return lines
    }

    private var usual: Preprocessing {
        if picture?.port.isInteger == true || kind.isDetector { return .none }
        if picture?.isPlanes == false { return .keras }
        return kind == .embedding ? .clip : .torchvision
    }

    private func note(_ way: Preprocessing) -> String {
        switch way {
        case .torchvision: "torchvision, and most of timm: ImageNet's mean and deviation"
        case .timm: "timm where its card says mean and std 0.5; crop is its crop_pct"
        case .keras: "Keras' MobileNets, Inception, NASNet, Xception; EfficientNet and ConvNeXt take divide: 1"
        case .clip: "CLIP"
        case .none: kind.isYOLO ? "YOLO: 0 to 1, all of the picture with grey beside it" : "as they are, 0 to 255"
        }
    }

    private func settings(_ way: Preprocessing, channels: Int) -> [String] {
        func each(_ values: String, _ mean: String) -> String { channels == 3 ? values : mean }
        switch way {
        case .torchvision:
            return [
                "crop: 0.875", "mean: \(each("[123.675, 116.28, 103.53]", "116.3"))",
                "divide: \(each("[58.395, 57.12, 57.375]", "57.6"))",
            ]
        case .timm: return ["crop: 0.9", "mean: 127.5", "divide: 127.5"]
        case .keras: return ["fit: squash", "mean: 127.5", "divide: 127.5"]
        case .clip:
            return [
                "crop: 1", "mean: \(each("[122.771, 116.746, 104.094]", "115.9"))",
                "divide: \(each("[68.501, 66.632, 70.323]", "68.4"))",
            ]
        case .none where kind.isYOLO: return ["fit: pad", "pad: 114"]
        case .none where kind == .boxes: return ["fit: squash", "mean: 127", "divide: 128"]
        case .none: return [kind.isDetector ? "fit: pad" : "fit: squash", "divide: 1"]
        }
    }

    // MARK: Output

    private enum Kind: Equatable {
        case logits(String), embedding, denoiser, yunet, centerface, yolo, yolov5, yolov10, boxes, unknown

        var isYOLO: Bool { [.yolo, .yolov5, .yolov10].contains(self) }
        var isDetector: Bool { isYOLO || [.yunet, .centerface, .boxes].contains(self) }
    }

    private var names: Set<String> { Set(outputs.map(\.name)) }

    private var kind: Kind {
        if names.isSuperset(of: ["cls_8", "obj_8", "bbox_8"]) { return .yunet }
        if names.isSuperset(of: ["537", "538", "539"]) { return .centerface }
        if names.isSuperset(of: ["boxes", "scores"]) { return .boxes }
        if let picture, outputs.count == 1, outputs[0].shape.count == 4, outputs[0].shape == picture.port.shape {
            return .denoiser
        }
        if outputs.count == 1, let found = detector(outputs[0].shape) { return found }
        let rows = outputs.filter { $0.shape.count == 2 }
        if let named = rows.first(where: { isClasses($0.name) }) { return .logits(named.name) }
        if rows.count == 1 {
            let name = rows[0].name
            return name.contains("embed") || name.contains("feature") ? .embedding : .logits(name)
        }
        return .unknown
    }

    private func isClasses(_ name: String) -> Bool {
        ["logits", "prob", "score", "class", "predict"].contains { name.lowercased().contains($0) }
    }

    /// One tensor of rows or columns of boxes.
    private func detector(_ shape: [Int?]) -> Kind? {
        guard shape.count == 3 else { return nil }
        // The number of boxes goes with a size that is left open.
        if let rows = shape[1], shape[2] == nil, (5...4100).contains(rows) { return .yolo }
        if let columns = shape[2], shape[1] == nil, (6...4100).contains(columns) {
            return columns == 6 ? .yolov10 : columns == 85 ? .yolov5 : .yolo
        }
        guard let rows = shape[1], let columns = shape[2] else { return nil }
        if columns == 6, rows <= 1000 { return .yolov10 }
        if rows < columns, (5...4100).contains(rows) { return .yolo }
        if columns < rows, (6...4100).contains(columns) { return columns == 85 ? .yolov5 : .yolo }
        return nil
    }

    private var outputLines: [String] {
        let shown = outputs.map { "\($0.name) \(words($0.shape))" }
        var lines = ["", "# Outputs: \(shown.joined(separator: ", "))"]
        let only = outputs.count == 1
        func named(_ key: String, _ name: String) -> String {
            only ? "output: \(key)" : "output: { \(key): \(quoted(name)) }"
        }
        switch kind {
        case .logits(let name):
            lines.append(named(isProbability(name) ? "probabilities" : "logits", name))
            lines.append("# (?) probabilities where they add up to 1 already, embedding where it names no labels")
            if let count = outputs.first(where: { $0.name == name })?.shape.last ?? nil {
                lines.append("# \(count) labels, one a line")
            }
            lines.append(labels.map { "labels: \(quoted($0))" } ?? "# labels: labels.txt")
        case .embedding: lines.append(named("embedding", outputs.first { $0.shape.count == 2 }?.name ?? ""))
        case .denoiser: lines += [named("clean", outputs[0].name), "# (?) residual where the noise comes out"]
        case .yunet: lines.append("output: yunet")
        case .centerface: lines.append("output: centerface")
        case .yolo, .yolov5, .yolov10:
            let word = kind == .yolo ? "yolo" : kind == .yolov5 ? "yolov5" : "yolov10"
            lines += ["output: \(word)", labels.map { "labels: \(quoted($0))" } ?? "# (?) labels: coco.txt"]
        case .boxes:
            lines.append("output: { boxes: boxes, scores: scores }")
            lines.append(
                labels.map { "labels: \(quoted($0))" } ?? "# (?) labels: labels.txt, the first for the background")
        case .unknown:
            lines.append(
                "# (?) Say what is in which: logits, probabilities, embedding, boxes and scores, clean or residual")
            lines += outputs.map { "# output: { logits: \(quoted($0.name)) }" }
        }
        return lines
    }

    private func isProbability(_ name: String) -> Bool {
        name.lowercased().contains("prob") || name.lowercased().contains("softmax")
    }

    private func words(_ shape: [Int?]) -> String { shape.map { $0.map(String.init) ?? "?" }.joined(separator: " x ") }

    /// As YAML takes any name.
    private func quoted(_ text: String) -> String {
        let isPlain =
            (text.first?.isLetter == true || text.first == "/")
            && text.allSatisfy { $0.isLetter || $0.isNumber || "._-/".contains($0) }
        let isWord = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
        return isPlain && !isWord ? text : jsonQuoted(text)
    }
}
