import Foundation
import Testing

@testable import Conditions
@testable import Jobs
@testable import Models
@testable import Pipeline
@testable import Schema

@Suite("Pipelines with conditions and routes")
struct ConditionalPipelineTests {
    private func load(_ yaml: String) throws -> Pipeline {
        try PipelineLoader.load(yaml: "version: 1\n" + yaml, file: "web.yaml", name: "web", digest: { _ in "00" })
    }

    private let conditional = """
        stages:
          - autorotate: { when: "exif.orientation > 1" }
          - resize: { when: width > 2000, width: 2000 }
          - denoise: { when: sigma > 4, strength: 1 }
          - grayscale: { when: "format == 'png'" }
        renditions:
          a: { format: png, when: "width>2000" }
          b: { format: webp, stages: [{ blur: { sigma: 2, when: sigma > 9 } }] }
        """

    @Test("every stage and rendition takes a condition")
    func loading() throws {
        let pipeline = try load(conditional)
        let large = try Condition(text: "width > 2000")
        #expect(pipeline.stages[1] == .conditional(ConditionalStage(when: large, stage: .resize(Resize(width: 2000)))))
        #expect(pipeline.stages.map(\.name) == ["autorotate", "resize", "denoise", "grayscale"])
        #expect(pipeline.renditions.map(\.when) == [large, nil])
        #expect(pipeline.hasConditions)
        #expect(try !load("renditions: { a: { format: png } }").hasConditions)
        let back = try JSONDecoder().decode(Pipeline.self, from: JSONEncoder().encode(pipeline))
        #expect(back == pipeline)
    }

    @Test("how a condition is written does not change a pipeline's digest, what it says does")
    func digest() throws {
        func json(_ when: String) throws -> [UInt8] {
            try load("stages: [{ blur: { sigma: 2, when: \"\(when)\" } }]\nrenditions: { a: { format: png } }")
                .canonicalJSON
        }
        #expect(try json("width>2000") == json("( width > 2k )"))
        #expect(try json("width>2000") != json("width > 2001"))
        let plain = try load("renditions: { a: { format: png } }").canonicalJSON
        #expect(!String(decoding: plain, as: UTF8.self).contains("when"))
        #expect(!String(decoding: plain, as: UTF8.self).contains("route"))
    }

    @Test("of a watermark with a condition only the content counts, as of others")
    func watermark() throws {
        func json(_ picture: String) throws -> [UInt8] {
            var watermark = Watermark(picture: picture)
            watermark.digest = "00"
            let stage = ConditionalStage(when: try Condition(text: "width > 3"), stage: .watermark(watermark))
            return try Pipeline(name: "web", stages: [.conditional(stage)], renditions: []).canonicalJSON
        }
        #expect(try json("/here/mark.png") == json("/there/mark.png"))
    }

    @Test("what is known is settled in place, the rest waits")
    func resolving() throws {
        let pipeline = try load(conditional)
        var facts = ConditionFacts()
        var resolved = pipeline.resolving(facts)
        #expect(resolved.pipeline == pipeline && resolved.openNeeds == [.exif, .header, .sigma])
        #expect(resolved.openConditions.count == 5)

        facts.take(SourceFacts(format: .jpeg, width: 3000, height: 100, bands: 3, depth: 8), hasAlpha: false)
        facts.exif = .found(nil)
        resolved = pipeline.resolving(facts)
        #expect(resolved.openNeeds == [.sigma] && !resolved.isSettled)
        let stages = resolved.pipeline.stages
        #expect(stages.count == 4)
        #expect(stages[0].isSkipped && stages[3].isSkipped && !stages[2].isSkipped)
        #expect(stages[1] == .resize(Resize(width: 2000)))
        #expect(resolved.skippedRenditions == [] && resolved.pipeline.renditions[0].when == nil)
        // Settling twice is settling once.
        #expect(resolved.pipeline.resolving(facts).pipeline == resolved.pipeline)

        (facts.sigma, facts.width) = (.found(5), 1000)
        resolved = pipeline.resolving(facts)
        #expect(resolved.isSettled && resolved.openNeeds == [])
        #expect(resolved.skippedRenditions == ["a"] && resolved.pipeline.renditions.map(\.name) == ["a", "b"])
        #expect(resolved.pipeline.stages[1].isSkipped && resolved.pipeline.stages[2] == .denoise(Denoise()))
        #expect(resolved.pipeline.renditions[1].stages[0].isSkipped)
    }

    @Test("a classification that is skipped is known to give no label")
    func skippedClassification() throws {
        var pipeline = Pipeline(name: "web", renditions: [Rendition(name: "a", encoder: .png(PNG()))])
        let classify = Stage.classify(Classify(model: ModelDescription(file: ""), name: "kind"))
        pipeline.stages = [
            .conditional(ConditionalStage(when: try Condition(text: "width > 100"), stage: classify)),
            .conditional(ConditionalStage(when: try Condition(text: "kind.label == none"), stage: .grayscale)),
        ]
        var facts = ConditionFacts()
        facts.width = 1000
        #expect(pipeline.resolving(facts).openNeeds == [.classification("kind")])
        facts.width = 10
        let resolved = pipeline.resolving(facts)
        #expect(
            resolved.isSettled && resolved.pipeline.stages[1] == .grayscale && resolved.pipeline.stages[0].isSkipped)
        #expect(pipeline.classifiers == ["kind"])
    }

    @Test("names are those of the classify stages before, the last where none is said")
    func binding() throws {
        func classify(_ name: String) -> Stage {
            var model = ModelDescription(file: "")
            model.labels = ["photo", "document"]
            return .classify(Classify(model: model, name: name))
        }
        var reading = Reading(file: "web.yaml")
        func conditional(_ text: String) throws -> Stage {
            let node = YAMLValue(content: .scalar(text, quoted: false), place: Place(line: 7, column: 1), style: .plain)
            let condition = try #require(Shape<Condition>.condition.read(node, &reading))
            return .conditional(ConditionalStage(when: condition, stage: .grayscale))
        }
        var pipeline = Pipeline(name: "web", renditions: [])
        pipeline.stages = [
            try conditional("label == 'photo'"), classify("one"), try conditional("label == 'photo'"), classify("two"),
            try conditional("label == 'photo'"), try conditional("one.label == 'documnt'"),
        ]
        pipeline.output.route = "{label}/{one.label}"
        let bound = pipeline.bound(&reading)
        #expect(
            reading.faults.map(\.description) == [
                "web.yaml:7:1: 'label' needs an earlier classify stage",
                "web.yaml:7:14: 'documnt' is not a label of 'one'; did you mean 'document'?",
            ])
        let texts = bound.stages.map { stage -> String in
            if case .conditional(let conditional) = stage { conditional.when.text } else { "" }
        }
        #expect(texts[2] == "one.label == 'photo'" && texts[4] == "two.label == 'photo'")
        #expect(bound.output.route == "{two.label}/{one.label}")
    }
}

@Suite("Routes")
struct RouteTests {
    private func facts(label: String? = nil, exif: ExifRecord? = nil) -> ConditionFacts {
        var facts = ConditionFacts()
        facts.format = .heif
        facts.exif = .found(exif)
        var kind = Classification(name: "kind", model: "", digest: "")
        kind.label = label
        facts.take(kind)
        return facts
    }

    @Test("placeholders are what was found, or a word for nothing")
    func filling() {
        var exif = ExifRecord()
        (exif.taken, exif.make, exif.model) = ("2024-05-01T10:00:00+02:00", "Canon", "EOS 5D")
        let all = OutputRules(route: "by label/{kind.label}-{format}/{year}/{month}-{day}/{make}/{model}")
        #expect(
            all.folder(facts(label: "cat", exif: exif)) == "by label/cat-heif/2024/05-01/Canon/EOS 5D")
        #expect(
            OutputRules(route: "{kind.label}/{year}/{month}/{make}").folder(facts()) == "unknown/undated/unknown")
        exif.taken = "0000-00-00T00:00:00"
        #expect(OutputRules(route: "{year}").folder(facts(exif: exif)) == "undated")
        #expect(OutputRules().folder(facts()) == nil)
    }

    @Test("it is not told before all of it is known")
    func waiting() {
        var known = facts(label: "cat")
        known.classifications = [:]
        #expect(OutputRules(route: "{kind.label}").folder(known) == nil)
        known.classifications["kind"] = .found(nil)
        #expect(OutputRules(route: "{kind.label}").folder(known) == "unknown")
        known.exif = .notYet
        #expect(OutputRules(route: "{year}").folder(known) == nil)
        #expect(OutputRules(route: "{format}").folder(known) == "heif")
        #expect(
            OutputRules(route: "{kind.label}/{year}/{format}").routeNeeds == [.classification("kind"), .exif, .header])
    }

    @Test(
        "whatever a label or a camera says is one folder, and no hidden one",
        arguments: [
            ("a/b", "a-b"), ("../../etc", "-..-etc"), ("..", "unknown"), (".hidden", "hidden"), ("", "unknown"),
            ("  ", "unknown"), ("a\u{0}b\n", "a-b-"), ("a\\b", "a-b"), ("<a: #1>", "-a- #1-"), ("x. ", "x"),
            ("\u{202E}gnp", "-gnp"),
            ("…", "…"),
            (String(repeating: "ä", count: 80), String(repeating: "ä", count: 50)),
        ])
    func safe(label: String, folder: String) {
        #expect(OutputRules(route: "{kind.label}").folder(facts(label: label)) == folder)
        let path = OutputRules(route: "x{kind.label}/y").folder(facts(label: label))
        #expect(path.flatMap { RelativePath($0)?.components.count } == 2)
    }

    @Test("what names and dates ask for, and nothing else")
    func naming() throws {
        var exif = ExifRecord()
        (exif.taken, exif.make, exif.model) = (
            "2024-05-01T10:00:00+02:00", "Canon", String(repeating: "x", count: 5000)
        )
        func naming(_ name: String, dates: DatesRule = .now) -> NamingFacts? {
            var pipeline = Pipeline(name: "p", renditions: [], output: OutputRules(name: name))
            pipeline.dates = dates
            return pipeline.naming(facts(label: "cat", exif: exif))
        }
        #expect(naming("{stem}.{rendition}.{ext}") == nil)
        #expect(naming("{counter}.{ext}") == NamingFacts())
        #expect(naming("{stem}.{ext}", dates: .keep) == NamingFacts(taken: exif.taken))
        #expect(naming("{date:%Y}-{stem}") == NamingFacts(taken: exif.taken))
        #expect(
            naming("{stem}-{make}-{kind.label}-{other.label}") == NamingFacts(make: "Canon", labels: ["kind": "cat"]))
        #expect((naming("{stem}{model}")?.model?.utf8.count ?? 0) <= NamingFacts.mostText)
        #expect(OutputRules(name: "{label}-{stem}").bound(to: ["a", "b"]).name == "{b.label}-{stem}")
    }
}
