import Testing

@testable import Pipeline

@Suite("What a pipeline is warned of")
struct PipelineWarningTests {
    private func pipeline(_ stages: [Stage], own: [Stage] = [], keep: Set<MetadataPolicy.Block> = [.icc]) -> Pipeline {
        Pipeline(
            name: "test", stages: stages, renditions: [Rendition(name: "small", stages: own, encoder: .jpeg(JPEG()))],
            metadata: MetadataPolicy(keep: keep))
    }

    @Test("one that shrinks, and neither turns nor keeps EXIF, leaves pictures on their sides")
    func sideways() throws {
        let resize = Stage.resize(Resize(width: 100))
        for sideways in [pipeline([resize]), pipeline([], own: [resize])] {
            #expect(sideways.warnings.count == 1)
            #expect(sideways.warnings.first?.contains("'small'") == true)
        }
        #expect(pipeline([.autorotate, resize]).warnings.isEmpty)
        #expect(pipeline([resize], own: [.autorotate]).warnings.isEmpty)
        #expect(pipeline([resize], keep: [.exif]).warnings.isEmpty)
        #expect(pipeline([.grayscale]).warnings.isEmpty)
    }

    @Test("one that copies what lies beside pictures publishes what it says")
    func copies() throws {
        var copying = pipeline([.grayscale])
        copying.others = .copy
        #expect(copying.warnings.first?.hasPrefix("others: copy publishes files beside pictures as they are") == true)
        copying.metadata = MetadataPolicy(keep: [.all])
        #expect(copying.warnings.isEmpty)
        copying.metadata.drop = [.gps]
        #expect(copying.warnings.count == 1)
    }

    @Test("one without renditions and sidecars publishes nothing")
    func nothing() throws {
        var pipeline = pipeline([.grayscale])
        pipeline.sidecar.place = .hidden
        #expect(pipeline.warnings.isEmpty)
        pipeline.renditions = []
        #expect(pipeline.warnings.count == 1)
    }

    @Test("no pipeline that comes along is warned of", arguments: ShippedPipelinesTests.shipped)
    func shipped(name: String) throws {
        let pipeline = try PipelineLoader.load(
            named: name, directories: [ShippedPipelinesTests.directory], digest: { _ in "00" })
        #expect(pipeline.warnings.isEmpty)
    }
}
