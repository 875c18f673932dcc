import Testing

@testable import Conditions
@testable import Jobs
@testable import Pipeline
@testable import Schema

@Suite("The pipelines that come with Sluice")
struct ShippedPipelinesTests {
    /// `Pipelines/` beside `Tests/`.
    static let directory = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/Pipelines"

    static let shipped = [
        "archive", "archive-denoise", "film", "night", "photo-proof", "scan-cleanup", "shop", "social", "sort", "tag",
        "thumbnails", "web",
    ]

    @Test(
        "each is valid and opens with a comment that says for whom",
        arguments: shipped)
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
        #expect(names == Self.shipped)
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

    @Test("three take noise out, each as much as it is for", arguments: ["archive-denoise", "night", "scan-cleanup"])
    func denoising(name: String) throws {
        let pipeline = try PipelineLoader.load(named: name, directories: [Self.directory], digest: { _ in "00" })
        guard case .denoise(let denoise) = try #require(pipeline.stages.dropFirst().first) else {
            return #expect(Bool(false), "\(pipeline.stages)")
        }
        #expect(denoise.looksAtPicture && denoise.place == .auto && denoise.model == nil)
        switch name {
        case "archive-denoise":
            // In its own size, and nothing of it lost.
            #expect(denoise.quality == .best && pipeline.renditions.allSatisfy(\.stages.isEmpty))
            #expect(pipeline.metadata.keep == [.all])
        case "night": #expect(denoise.chroma > 1.5 && pipeline.renditions.allSatisfy { !$0.stages.isEmpty })
        default: #expect(pipeline.stages.last == .colour(Colour()))
        }
    }

    @Test("tag and sort go by the kind of picture, which is built in")
    func kinds() throws {
        let tag = try PipelineLoader.load(named: "tag", directories: [Self.directory], digest: { _ in "00" })
        #expect(tag.renditions.isEmpty && tag.classifiers == ["kind"])
        let sort = try PipelineLoader.load(named: "sort", directories: [Self.directory], digest: { _ in "00" })
        #expect(sort.models == tag.models && sort.output.route == "{kind.label}")
        #expect(sort.renditions.allSatisfy { $0.when != nil })
        // Of every kind but blank there is one rendition.
        for label in ["photo", "screenshot", "document", "drawing", "unknown", "blank"] {
            var facts = ConditionFacts()
            var kind = Classification(name: "kind", model: "kind", digest: "")
            (kind.label, kind.score) = (label, 0.9)
            facts.take(kind)
            facts.sigma = .found(0)
            let made = sort.renditions.count - sort.resolving(facts).skippedRenditions.count
            #expect(made == (label == "blank" ? 0 : 1), "\(label)")
        }
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
                    + "available: \(Self.shipped.joined(separator: ", "))"
            ])
        #expect(
            faults { _ = try PipelineLoader.find(name: "x", directories: ["/nowhere"]) }
                == ["x: no such pipeline; none found in /nowhere"])
        #expect(
            faults { _ = try PipelineLoader.find(name: "/nowhere/x.yaml", directories: []) }
                == ["/nowhere/x.yaml: no such file"])
    }
}
