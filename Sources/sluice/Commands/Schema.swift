import ArgumentParser
import Configuration

extension SchemaDocument: ExpressibleByArgument {}

struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print a JSON Schema (draft 2020-12).",
        discussion: "Editors that know YAML schemas complete and check pipelines with 'sluice schema pipeline'.")

    @Argument(
        help: ArgumentHelp(
            "Which: \(SchemaDocument.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "document"))
    var document: SchemaDocument

    func run() async throws {
        try await reportingErrors { try Console.result(document.text, terminator: "") }
    }
}
