import Testing

@testable import Configuration
@testable import Pipeline
@testable import Schema

/// A bad file and everything that is said about it.
struct FaultCase: Sendable, CustomTestStringConvertible {
    let title: String
    let yaml: String
    let messages: [String]

    init(_ title: String, _ yaml: String, _ messages: [String]) {
        self.title = title
        self.yaml = yaml
        self.messages = messages
    }

    var testDescription: String { title }
}

@Suite("What is said about bad files")
struct FaultTests {
    @Test(
        "a bad pipeline gets exactly these messages",
        arguments: FaultCase.renditions + FaultCase.stages + FaultCase.rules + FaultCase.documents
            + FaultCase.conditions + FaultCase.grading + FaultCase.frames)
    func pipeline(bad: FaultCase) {
        let messages = faults {
            _ = try PipelineLoader.load(
                yaml: bad.yaml, file: "web.yaml", name: "web", directory: "/nowhere", digest: { _ in "" })
        }
        #expect(messages == bad.messages)
    }

    @Test("a bad configuration gets exactly these messages", arguments: FaultCase.configurations)
    func configuration(bad: FaultCase) throws {
        let directory = try TemporaryDirectory()
        try directory.write("Pipelines/web.yaml", "version: 1\nrenditions: { a: { format: png } }\n")
        try directory.write("Pipelines/broken.yaml", "version: 1\nrenditions: { a: { format: pgn } }\nafer: keep\n")
        let messages = faults {
            _ = try Configuration.load(
                yaml: bad.yaml, file: "sluice.yaml", directory: directory.path, pipelineDirectories: [],
                digest: { _ in "" })
        }
        #expect(messages.map { $0.replacing(directory.path, with: "DIR") } == bad.messages)
    }

    @Test("at least thirty bad files are pinned, five of them with several faults at once")
    func enough() {
        let all =
            FaultCase.renditions + FaultCase.stages + FaultCase.rules + FaultCase.documents + FaultCase.configurations
        #expect(all.count >= 30)
        #expect(all.count(where: { $0.messages.count > 2 }) >= 5)
        #expect(all.allSatisfy { !$0.messages.isEmpty })
    }
}

/// The lines of the faults that `body` throws; empty where it throws none.
func faults(_ body: () throws -> Void) -> [String] {
    do {
        try body()
        return []
    } catch let faults as ConfigurationFaults {
        return faults.faults.map(\.description)
    } catch {
        return ["\(error)"]
    }
}
