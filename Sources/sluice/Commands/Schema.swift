import ArgumentParser
import Configuration

extension SchemaDocument: ExpressibleByArgument {}

struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print a JSON Schema (draft 2020-12).",
        discussion: "Editors with YAML schema support can complete and check pipelines with it.")

    @Argument(
        help: ArgumentHelp(
            "Which schema: \(SchemaDocument.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "document"))
    var document: SchemaDocument

    func run() async throws {
        try await reportingErrors { try Console.result(document.text, terminator: "") }
    }
}
