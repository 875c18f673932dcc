import Jobs
import Pipeline
import Testing

@testable import Outbox

@Suite("Shards")
struct ShardTests {
    private func pipeline(_ template: String, _ renditions: [String] = ["small", "thumb"]) -> Pipeline {
        Pipeline(
            name: "web", renditions: renditions.map { Rendition(name: $0, encoder: .webp(WebP())) },
            output: OutputRules(name: template))
    }

    private func shards(_ count: Int) throws -> [Shard] {
        try (1...count).map { try #require(Shard(number: $0, of: count)) }
    }

    @Test(
        "a source's part is a fixed function of its path, the same for ever: printf %s KEY | sha256sum",
        arguments: [
            ("a.png", "a", 0xca97_8112_ca1b_bdca), ("IMG_1.JPG", "IMG_1", 0x7e81_01a6_b954_1117),
            ("holiday/IMG_1.edited.JPG", "holiday/IMG_1", 0xcf3b_5c21_03b8_31b5),
            ("Käse.webp", "Käse", 0xf9ee_b52c_9bc4_1ee5),
        ] as [(String, String, UInt64)])
    func fixed(source: String, key: String, hash: UInt64) throws {
        let source = try path(source)
        #expect(ShardGrain.name.key(of: source) == Array(key.utf8))
        #expect(Shard.hash(of: Array(key.utf8)) == hash)
        for count in 1...12 {
            let mine = try shards(count).filter { $0.contains(source, by: .name) }
            #expect(mine.map(\.number) == [Int(hash % UInt64(count)) + 1])
        }
    }

    @Test("a key ends at the first dot of the name, but not at one in front; or with the folder")
    func keys() throws {
        func keys(_ name: String) throws -> [String] {
            try [ShardGrain.name, .folder].map { try String(decoding: $0.key(of: path(name)), as: UTF8.self) }
        }
        #expect(try keys("a") == ["a", ""])
        #expect(try keys("x.y/a.tar.gz") == ["x.y/a", "x.y"])
        #expect(try keys("x.y/.hidden.jpg") == ["x.y/.hidden", "x.y"])
        #expect(try keys("x.y/z/a") == ["x.y/z/a", "x.y/z"])
        #expect(try ShardGrain.name.key(of: #require(RelativePath(bytes: [0x61, 0xFF, 0x2E, 0x62]))) == [0x61, 0xFF])
    }

    @Test(
        "what a source says may be any part of its name: a folder stays together",
        arguments: [
            "{date}-{stem}.{rendition}", "{stem}.{make}.{rendition}", "{counter}.{rendition}",
            "{stem}-{kind.label}.{rendition}",
        ])
    func late(template: String) { #expect(ShardGrain(pipeline(template)) == .folder) }

    @Test(
        "sources with results of one name are in one part, whatever the template",
        arguments: [
            "{stem}.{rendition}.{ext}", "{name}.{rendition}.{ext}", "{stem}-{rendition}.{ext}",
            "{rendition}-{stem}.{ext}", "{rendition}{name}", "{stem}{rendition}", "{stem}.{ext}.{rendition}",
            "x{stem}{stem}{rendition}", "{stem}-{name}-{rendition}",
        ], [["small", "thumb"], ["a", "b-a", "c.a"], ["a", "aa", "a-a"], ["x"]])
    func collisions(template: String, renditions: [String]) throws {
        let pipeline = pipeline(template, renditions)
        let grain = ShardGrain(pipeline)
        // Names made of few pieces, so that many of them collide.
        let pieces = ["a", "a-a", "b-a", "b", "x", "aa"]
        let endings = ["", ".jpg", ".png", ".a", ".jpg.png", ".webp", "-a.jpg", ".a.jpg", ".json"]
        var owners: [RelativePath: (source: RelativePath, key: [UInt8])] = [:]
        for source in pieces.flatMap({ piece in endings.map { piece + $0 } }) {
            let source = try path("f/" + source)
            let key = grain.key(of: source)
            guard let candidates = try? OutputNames.candidates(for: source, pipeline: pipeline, folder: nil) else {
                continue
            }
            for result in candidates.flatMap({ $0.renditions.map(\.path) + [$0.sidecar] }) {
                if let other = owners[result], other.key != key {
                    Issue.record("\(other.source) and \(source) both may make \(result)")
                }
                owners[result] = (source, key)
            }
        }
        #expect(!owners.isEmpty)
    }

    @Test("pipelines with usual names are divided by names, others by folders")
    func grains() {
        for template in [
            "{stem}.{rendition}.{ext}", "{name}.{ext}", "{stem}-{rendition}.{ext}", "web-{stem}_{rendition}.{ext}",
        ] {
            #expect(ShardGrain(pipeline(template)) == .name, "\(template)")
        }
        #expect(ShardGrain(pipeline("{stem}-{rendition}.{ext}", ["a", "b-a"])) == .folder)
        #expect(ShardGrain(pipeline("{stem}.{rendition}.{ext}", ["a", "b.a"])) == .name)
        #expect(ShardGrain(pipeline("{rendition}{stem}.{ext}", ["a", "ab"])) == .folder)
        #expect(ShardGrain(pipeline("{rendition}-{stem}.{ext}", ["a", "b"])) == .name)
        #expect(ShardGrain(pipeline("{stem}{stem}.{rendition}")) == .folder)
    }

    @Test("each source is in exactly one part, and the parts are about as large", arguments: [1, 2, 4, 7, 16])
    func even(count: Int) throws {
        let sources = try (0..<1000).map { try path("d\($0 % 3)/IMG_\(1000 + $0).jpg") }
        let sizes = try shards(count).map { shard in sources.count { shard.contains($0, by: .name) } }
        #expect(sizes.reduce(0, +) == sources.count)
        // Five times the spread that chance gives.
        let mean = Double(sources.count) / Double(count)
        #expect(sizes.allSatisfy { abs(Double($0) - mean) <= 5 * mean.squareRoot() }, "\(sizes)")
    }

    @Test("there is no part nought, none beyond the last, and folders are named after them")
    func bounds() {
        #expect(Shard(number: 0, of: 4) == nil && Shard(number: 5, of: 4) == nil && Shard(number: 1, of: 0) == nil)
        #expect(Shard(number: 1, of: 10_000) == nil)
        #expect(Shard(number: 2, of: 4)?.folder == "shard-2-of-4")
        #expect(Shard(folder: "shard-2-of-4") == Shard(number: 2, of: 4))
        for folder in ["shard-02-of-4", "shard-5-of-4", "shard-2-of", "staging", "shard-2-of-4-x", "shard-+2-of-4"] {
            #expect(Shard(folder: folder) == nil, "\(folder)")
        }
    }
}
