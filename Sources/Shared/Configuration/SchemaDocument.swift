import Models
import Pipeline
import Schema

/// The schemas that `sluice schema` prints: JSON Schema, draft 2020-12.
package enum SchemaDocument: String, Sendable, CaseIterable {
    /// A pipeline's YAML.
    case pipeline
    /// The YAML of `sluice watch --config`.
    case config
    /// The YAML that describes a neural network.
    case model
    /// `NAME.json` of the outbox.
    case sidecar
    /// `NAME.error.json` of the quarantine.
    case error

    /// Pretty printed, with a newline at the end.
    package var text: String {
        var definitions: [JSONValue.Member] = []
        guard case .object(let members) = root.hoisted(into: &definitions) else { return "{}\n" }
        var document: [JSONValue.Member] = [
            .init(key: "$schema", value: "https://json-schema.org/draft/2020-12/schema"),
            .init(key: "title", value: .text(title)),
        ]
        document += members
        if !definitions.isEmpty { document.append(.init(key: "$defs", value: .object(definitions))) }
        return JSONValue.object(document).written() + "\n"
    }

    private var root: JSONValue {
        switch self {
        case .pipeline: Shape<Pipeline>.pipeline.schema
        case .config: Shape<ConfigurationDraft>.configuration { _, _, _ in }.schema
        case .model: Shape<ModelDescription>.description.schema
        case .sidecar: Shape<Described>.sidecar.schema
        case .error: Shape<Described>.errorFile.schema
        }
    }

    private var title: String {
        switch self {
        case .pipeline: "Sluice pipeline"
        case .config: "Sluice configuration"
        case .model: "Sluice model"
        case .sidecar: "Sluice sidecar"
        case .error: "Sluice error file"
        }
    }
}
