package import Models
import Schema
import Text

/// The description of a trained model, as YAML.
package struct ModelText {
    /// The first line: by it a later training knows what it may replace.
    package static let mark = "# Made by sluice train."

    package var description: String
    /// What the pictures are seen through; nil: the built-in descriptor. `file` relative to the description.
    package var backbone: ModelDescription?
    package var classifier: String
    package var labels: String
    package var unknown: Double?

    package init(
        description: String, backbone: ModelDescription?, classifier: String, labels: String, unknown: Double?
    ) {
        self.description = description
        self.backbone = backbone
        self.classifier = classifier
        self.labels = labels
        self.unknown = unknown
    }

    package var yaml: String {
        var lines = [Self.mark, "version: 1", "description: \(jsonQuoted(description))"]
        if let backbone {
            lines.append("file: \(jsonQuoted(backbone.file))")
            if !backbone.weights.isEmpty {
                lines.append("weights: [\(backbone.weights.map { jsonQuoted($0.path) }.joined(separator: ", "))]")
            }
            if !backbone.digest.isEmpty { lines.append("digest: \(backbone.digest)") }
            lines += input(backbone.input)
            let name = backbone.outputs.embedding ?? ""
            lines.append(name.isEmpty ? "output: embedding" : "output: { embedding: \(jsonQuoted(name)) }")
        } else {
            lines.append("features: descriptor")
        }
        lines.append("classifier: \(jsonQuoted(classifier))")
        lines.append("labels: \(jsonQuoted(labels))")
        if let unknown { lines.append("unknown: \(number(unknown))") }
        return lines.joined(separator: "\n") + "\n"
    }

    private func input(_ input: ModelDescription.Input) -> [String] {
        var lines = ["input:"]
        if let name = input.name { lines.append("  name: \(jsonQuoted(name))") }
        if let width = input.width, let height = input.height { lines.append("  size: \(width)x\(height)") }
        lines.append("  fit: \(input.fit.rawValue)")
        if input.fit == .crop { lines.append("  crop: \(number(input.crop))") }
        lines.append("  channels: \(input.channels.rawValue)")
        lines.append("  profile: \(input.profile.rawValue)")
        if let layout = input.layout { lines.append("  layout: \(layout.rawValue)") }
        lines.append("  mean: \(list(input.mean))")
        if let divide = input.divide { lines.append("  divide: \(list(divide))") }
        return lines
    }

    private func list(_ values: [Double]) -> String { "[\(values.map(number).joined(separator: ", "))]" }

    /// Without exponent, which not every reader of YAML takes for a number.
    private func number(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e15 { return "\(Int(value))" }
        let text = "\(value)"
        return text.contains("e") ? decimals(value, 9) : text
    }
}
