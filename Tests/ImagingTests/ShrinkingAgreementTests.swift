import Testing

@testable import Admission
@testable import Pipeline
@testable import Stages

@Suite("Estimate and plan agree")
struct ShrinkingAgreementTests {
    @Test("on which stages may follow a shrink instead of preceding it", arguments: StageDeclaration.all.map(\.name))
    func agree(name: String) throws {
        let declaration = try #require(StageDeclaration.all.first { $0.name == name })
        // Files that are named have to be there.
        let cube = #filePath.replacing(
            "Tests/ImagingTests/ShrinkingAgreementTests.swift", with: "Pipelines/assets/film.cube")
        let text = (declaration.example.isEmpty ? name : declaration.example)
            .replacing("logo.png", with: #filePath).replacing("film.cube", with: cube)
        let yaml = "version: 1\nstages:\n  - \(text)\nrenditions:\n  a: { format: png }\n"
        let pipeline = try PipelineLoader.load(yaml: yaml, file: "a.yaml", name: "a") { _ in "00" }
        let stage = try #require(pipeline.stages.first)
        #expect(stage.operation.commutesWithShrinking == stage.commutesWithShrinking)
    }
}
