import Foundation
import FuzzTargets
import Testing

/// Inputs that `make fuzz` found once.
@Suite struct FoundInputTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fuzz/found")

    @Test(arguments: FuzzTarget.all.map(\.name)) func isReadWithoutHarm(name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let files = try? FileManager.default.contentsOfDirectory(
            at: Self.folder.appendingPathComponent(name), includingPropertiesForKeys: nil)
        for file in files ?? [] {
            let input = try Data(contentsOf: file)
            do {
                try target.run(Array(input))
            } catch {
                Issue.record("\(name)/\(file.lastPathComponent): \(error)")
            }
        }
        // And what is no input of any kind.
        for input in [[], [0], Array(repeating: 0xFF, count: 100)] as [[UInt8]] { try target.run(input) }
    }

    @Test func everyFoundInputHasATarget() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        let names = Set(FuzzTarget.all.map(\.name))
        #expect(folders.allSatisfy { names.contains($0) || $0.hasPrefix(".") || $0 == "README.md" }, "\(folders)")
    }
}
