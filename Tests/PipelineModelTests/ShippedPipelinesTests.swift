import Testing

@testable import PipelineModel

@Suite("The pipelines that come with Sluice")
struct ShippedPipelinesTests {
    /// `Pipelines/` beside `Tests/`.
    static let directory = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/Pipelines"

    @Test(
        "each is valid and opens with a comment that says for whom",
        arguments: ["archive", "photo-proof", "shop", "social", "thumbnails", "web"])
    func valid(name: String) throws {
        let pipeline = try PipelineLoader.load(named: name, directories: [Self.directory], digest: { _ in "00" })
        #expect(pipeline.name == name)
        #expect(pipeline.description != nil)
        #expect(pipeline.stages.first == .autorotate)
        let text = try ConfigurationText.read("\(Self.directory)/\(name).yaml")
        #expect(text.hasPrefix("# For "))
    }

    @Test("there are no others")
    func all() {
        let names = PipelineLoader.names(directories: [Self.directory])
        #expect(names == ["archive", "photo-proof", "shop", "social", "thumbnails", "web"])
    }

    @Test("web makes three sizes and removes the place")
    func web() throws {
        let web = try PipelineLoader.load(named: "web", directories: [Self.directory], digest: { _ in "00" })
        #expect(web.renditions.map(\.name) == ["large", "small", "thumb"])
        #expect(web.renditions.map(\.encoder.formatName) == ["webp", "webp", "jpeg"])
        #expect(!web.metadata.keepsGPS)
        #expect(web.metadata.keepsCopyright)
        var thumb = Resize(width: 320, height: 320, fit: .cover)
        thumb.position = .attention
        #expect(web.renditions.last?.stages == [.resize(thumb)])
    }

    @Test("a name is found in the first directory that has it, a path as it is")
    func find() throws {
        let directory = try TemporaryDirectory()
        let own = try directory.write("web.yml", "version: 1")
        let found = try PipelineLoader.find(name: "web", directories: [directory.path, Self.directory])
        #expect(found == own)
        #expect(try PipelineLoader.find(name: own, directories: []) == own)
        #expect(
            faults { _ = try PipelineLoader.find(name: "soical", directories: [Self.directory]) } == [
                "soical: no such pipeline; did you mean 'social'? "
                    + "there are archive, photo-proof, shop, social, thumbnails, web"
            ])
        #expect(
            faults { _ = try PipelineLoader.find(name: "x", directories: ["/nowhere"]) }
                == ["x: no such pipeline; there are none in /nowhere"])
        #expect(
            faults { _ = try PipelineLoader.find(name: "/nowhere/x.yaml", directories: []) }
                == ["/nowhere/x.yaml: no such file"])
    }
}
