import Foundation
import Testing

@testable import Conditions
@testable import Jobs

/// Two classify stages, one of which tells its labels.
private let scope = ConditionScope(classifiers: [
    (name: "things", labels: []), (name: "my-kind", labels: ["photo", "document", "drawing"]),
])

private func read(_ text: String, _ scope: ConditionScope = scope) throws -> Condition {
    let (expression, faults) = ConditionChecker.check(try ConditionParser.parse(text), scope: scope)
    if let fault = faults.first { throw fault }
    return Condition(try #require(expression))
}

private var photograph: ConditionFacts {
    var facts = ConditionFacts()
    facts.take(
        SourceFacts(format: .jpeg, width: 4000, height: 3000, bands: 3, depth: 8, orientation: 6), hasAlpha: false)
    (facts.bytes, facts.name, facts.path) = (3 << 20, "IMG_1.JPG", "summer/IMG_1.JPG")
    var exif = ExifRecord()
    (exif.make, exif.iso, exif.exposure, exif.taken) = ("Canon", 1600, 0.01, "2024-05-01T10:00:00")
    facts.exif = .found(exif)
    var kind = Classification(name: "my-kind", model: "kind", digest: "")
    (kind.label, kind.score) = ("document", 0.7)
    kind.labels = [.init(label: "document", score: 0.7), .init(label: "drawing", score: 0.25)]
    facts.take(kind)
    var things = Classification(name: "things", model: "things", digest: "")
    things.boxes = [.init(label: nil, score: 1, left: 0, top: 0, width: 1, height: 1)]
    facts.take(things)
    facts.sigma = .found(6.5)
    return facts
}

@Suite("Conditions")
struct ConditionTests {
    @Test(
        "what is true of a photograph",
        arguments: [
            "width == 3000 and height == 4000 and pixels == 12M and pages == 1", "width * 2 > height",
            "height / width > 1.3 and height / width < 1.4", "width - 1000 == 2000", "-width < 0", "2 - 1 == 1",
            "bytes == 3M", "bytes >= 3 * 1MiB", "bytes > 3MB", "pixels / 1M == 12", "format == 'jpeg'",
            "format in ['png', \"jpeg\"]", "format not in ['png']", "name endsWith '.JPG'", "name startsWith 'IMG'",
            "path contains 'summer/'", "not alpha", "alpha == false", "sigma > 5 and sigma < 1e1",
            "exif.make == 'Canon'",
            "exif.iso > 800", "exif.exposure < 1 / 60", "exif.taken >= '2024-05' and exif.taken < '2024-06'",
            "exif.lens == none", "exif.make != none", "not exif.gps", "label == 'document'", "score > 0.6",
            "my-kind.label in ['photo', 'document']", "labels contains 'drawing'", "'drawing' in labels",
            "my-kind.score('drawing') == 0.25", "score('photo') == 0", "things.label == none", "things.boxes > 0",
            "label == 'unknown' or true", "exif.focalLength / 0 == none", "width > 1 or width > 2 and width < 0",
            "not (exif.lens == 'x')", "(((width > 1)))", "name != 'it\\'s'",
        ])
    func holds(text: String) throws {
        #expect(try read(text).holds(photograph) == true)
    }

    @Test(
        "what is not true of it",
        arguments: [
            "width > 3000", "exif.lens == 'x'", "exif.lens != 'x'", "exif.focalLength < 50", "exif.focalLength >= 50",
            "exif.lens in ['x']", "exif.lens not in ['x']", "exif.lens contains 'x'", "exif.model == exif.lens",
            "things.label == 'photo'", "things.labels contains 'x'", "exif.gps", "width / 0 > 1", "name contains 'img'",
            "not (width > 1 or height > 1)", "false", "label != 'document'", "exif.make == none",
        ])
    func doesNotHold(text: String) throws {
        #expect(try read(text).holds(photograph) == false)
    }

    @Test("what is not known yet is told from what is not there, and what decides alone is not waited for")
    func threeValues() throws {
        var facts = ConditionFacts()
        #expect(try read("width > 1").holds(facts) == nil)
        facts.width = 10
        #expect(try read("label == 'photo'").holds(facts) == nil)
        #expect(try read("not (label == 'photo')").holds(facts) == nil)
        #expect(try read("label == none").holds(facts) == nil)
        #expect(try read("width > 100 and label == 'photo'").holds(facts) == false)
        #expect(try read("label == 'photo' and width > 100").holds(facts) == false)
        #expect(try read("label == 'photo' or width > 1").holds(facts) == true)
        #expect(try read("label == 'photo' or width > 100").holds(facts) == nil)
        #expect(try read("sigma * 2 > width").holds(facts) == nil)
        #expect(try read("exif.gps").holds(facts) == nil)
        facts.classifications["my-kind"] = .found(nil)
        (facts.exif, facts.sigma) = (.found(nil), .found(nil))
        #expect(try read("label == 'photo'").holds(facts) == false)
        #expect(try read("label == none").holds(facts) == true)
        #expect(try read("score('photo') < 0.5").holds(facts) == false)
        #expect(try read("sigma * 2 > width").holds(facts) == false)
        #expect(try read("exif.gps").holds(facts) == false)
        #expect(try read("exif.make == none and sigma == none").holds(facts) == true)
    }

    @Test("of what is wrong the first is said, with its place and a way out")
    func faults() {
        func fault(_ text: String, _ scope: ConditionScope = scope) -> String {
            do {
                _ = try read(text, scope)
                return ""
            } catch {
                let fault = error as? ConditionFault
                return "\(fault?.offset ?? -1): \(fault?.message ?? "\(error)")"
            }
        }
        #expect(
            fault("label == 'documnet'")
                == "9: 'documnet' is not a label of 'my-kind'; did you mean 'document'?")
        #expect(
            fault("width > 1 and label in ['photo', 'x']")
                == "33: 'x' is not a label of 'my-kind'; available: photo, document, drawing, unknown")
        #expect(fault("score('dokument') > 0") == "6: 'dokument' is not a label of 'my-kind'; did you mean 'document'?")
        #expect(
            fault("'x' in labels") == "0: 'x' is not a label of 'my-kind'; available: photo, document, drawing, unknown"
        )
        // Of a model that does not tell its labels, any goes.
        #expect(fault("things.label == 'x' and label != 'unknown'") == "")
        #expect(
            fault("thing.label == 'x'")
                == "0: there is no earlier classify stage called 'thing'; did you mean 'things'?")
        #expect(fault("label == 'x'", ConditionScope()) == "0: 'label' needs an earlier classify stage")
        #expect(fault("things.labl == 'x'") == "0: unknown name 'things.labl'; did you mean 'things.label'?")
        #expect(fault("iso > 3") == "0: unknown name 'iso'; did you mean 'exif.iso'?")
        #expect(fault("width-1 > 3") == "0: unknown name 'width-1'; to subtract, put spaces around '-'")
        #expect(
            fault("format in 'jpeg'")
                == "7: 'in' needs a list after it (['a', 'b']), not a text; to search within a text use 'contains'")
        #expect(fault("label == ['photo']") == "6: use 'in' to search a list (label in ['a', 'b'])")
        #expect(fault("labels == 'photo'") == "7: use 'contains' to search a list (labels contains 'a')")
        #expect(fault("width in [1, 'a']") == "13: the list starts with a number, but this is a text")
        #expect(fault("width in []") == "9: the list is empty")
        #expect(fault("width in ['a']") == "6: a number is never in a list of a text")
        #expect(fault("alpha > 1") == "6: cannot compare true or false with a number")
        #expect(fault("alpha < alpha") == "6: '<' is for numbers and texts; use '==' or '!='")
        #expect(fault("width > 12x") == "8: '12x' is not a number (1500, 0.5, 12M; with 'bytes' also 2MiB)")
        #expect(
            fault("width in [12MiB]")
                == "10: '12MiB' is a size in bytes; compare it with 'bytes', or write 12M for a number")
        #expect(fault("name + 1 > 2") == "5: '+' is for numbers, but one side is a text")
        #expect(fault("width.of('x') > 2") == "0: 'width.of' is not a function; the only one is score('LABEL')")
        #expect(fault("score(label) > 2") == "6: score needs a label in quotes, as in score('document')")
        #expect(
            fault("not width")
                == "4: what follows 'not' must be true or false, but this is a number; compare it, as in 'width > 1000'"
        )
        #expect(fault("width > .5") == "8: expected a name or a value, found '.'")
        #expect(fault("width > 3 && alpha") == "10: '&&' is not supported; write 'and'")
        #expect(fault("!alpha") == "0: '!' is not supported; write 'not'")
        #expect(fault(String(repeating: "(", count: 5000)).hasPrefix("0: the condition is longer than"))
        #expect(fault(String(repeating: "(", count: 900)).contains("nested more than 40 levels deep"))
        #expect(fault(String(repeating: "not ", count: 400)).contains("nested more than 40 levels deep"))
    }

    @Test(
        "equal conditions have the same text, which reads back as itself",
        arguments: [
            ("label=='document'", "my-kind.label == 'document'"),
            ("( width>2000 )and(height > 1.50)", "width > 2000 and height > 1.5"),
            (
                "(label == 'photo' or alpha) and not (alpha and true)",
                "(my-kind.label == 'photo' or alpha) and not (alpha and true)"
            ),
            ("not (alpha)", "not alpha"), ("alpha and (alpha and alpha)", "alpha and alpha and alpha"),
            ("pixels > 12M", "pixels > 12000000"), ("bytes > 2M", "bytes > 2097152"),
            ("2MiB < bytes", "2097152 < bytes"),
            ("width - (height - 1) > 2 * (3 + 4)", "width - (height - 1) > 2 * (3 + 4)"),
            ("(width - height) - 1 > (2 * 3) / 4", "width - height - 1 > 2 * 3 / 4"),
            ("-(width + 1) < - -2", "-(width + 1) < --2"),
            ("name == \"it's \\\\ \\\"\"", "name == 'it\\'s \\\\ \"'"),
            ("exif.exposure < 0.00001", "exif.exposure < 1e-05"),
            ("label not in [ \"photo\",'drawing' ]", "my-kind.label not in ['photo', 'drawing']"),
            ("things.score(\"x\") > 0.5", "things.score('x') > 0.5"),
        ])
    func canonical(written: String, canonical: String) throws {
        let condition = try read(written)
        #expect(condition.text == canonical)
        let back = try JSONDecoder().decode([Condition].self, from: JSONEncoder().encode([condition]))
        #expect(back == [condition])
        #expect(back.first?.text == canonical)
    }

    @Test("no garbage is taken for a condition", arguments: ["", "label == 'x'", "rm -rf", "width", "width >", "1"])
    func garbage(text: String) throws {
        let json = try JSONEncoder().encode([text])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([Condition].self, from: json) }
    }

    @Test(
        "a stage may have any name that the pipeline takes",
        arguments: ["not", "in", "2024", "2-x", "exif", "a_b-1", "e5"])
    func names(name: String) throws {
        let scope = ConditionScope(classifiers: [(name: name, labels: [])])
        let condition = try read("label == 'x' and not (score > 0.5)", scope)
        #expect(condition.text == "\(name).label == 'x' and not \(name).score > 0.5")
        let back = try JSONDecoder().decode([Condition].self, from: JSONEncoder().encode([condition]))
        #expect(back == [condition] && back.first?.needs == [.classification(name)])
    }

    @Test("a condition says what it needs")
    func needs() throws {
        #expect(
            try read("label == 'photo' and (sigma > 3 or exif.gps) and width > 1 and bytes > 1").needs
                == [.classification("my-kind"), .sigma, .exif, .header, .file])
        #expect(try read("true").needs == [])
    }
}
