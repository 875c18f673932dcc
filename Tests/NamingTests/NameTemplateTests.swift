import Jobs
import Testing

@testable import Naming

@Suite("Templates of names")
struct NameTemplateTests {
    private func text(_ template: String, _ values: NameValues) -> String {
        NameTemplate(template).pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .placeholder(let placeholder, let word): values.text(for: placeholder) ?? "{\(word)}"
            }
        }.joined()
    }

    @Test("placeholders are what is known; the rest stays as it is written")
    func values() {
        let facts = NamingFacts(
            taken: "2024-05-01T10:20:30", make: "Canon", model: "EOS R5", labels: ["kind": "photo"])
        let template = "{date}_{date:%H%M}_{counter}_{counter:4}_{make}_{model}_{kind.label}_{other.label}_{stem}"
        #expect(
            text(template, NameValues(facts: facts, number: 7))
                == "2024-05-01_1020_7_0007_Canon_EOS R5_photo_unknown_{stem}")
        #expect(text(template, NameValues()) == template)
        #expect(text("{counter:2}", NameValues(number: 12345)) == "12345")
    }

    @Test("what is missing has a word for it; the source's own time stands in for the date")
    func missing() throws {
        let changed = try #require(Moment(taken: "2001-02-03T04:05:06"))
        #expect(
            text("{date:%Y}-{make}-{model}-{a.label}", NameValues(facts: NamingFacts(), changed: changed))
                == "2001-unknown-unknown-unknown")
        #expect(text("{date}", NameValues(facts: NamingFacts(taken: "0000-00-00"), changed: changed)) == "2001-02-03")
        #expect(text("{date}", NameValues(facts: NamingFacts())) == "undated")
    }

    @Test(
        "what cameras and models say is a harmless part of a name",
        arguments: [
            ("../../etc", "-..-etc"), ("a/b\\c:d*e?f\"g<h>i|j", "a-b-c-d-e-f-g-h-i-j"), ("..", "unknown"),
            ("  . ", "unknown"),
            ("a\u{0}b\nc\u{202E}d", "a-b-c-d"), ("{stem}", "{stem}"), ("", "unknown"), (".hidden", "hidden"),
            ("日本", "日本"),
        ])
    func hostile(make: String, part: String) {
        #expect(text("{make}", NameValues(facts: NamingFacts(make: make))) == part)
    }

    @Test("long texts are cut between characters")
    func long() {
        let part = text("{model}", NameValues(facts: NamingFacts(model: String(repeating: "é", count: 200))))
        #expect(part == String(repeating: "é", count: 30))
    }

    @Test("what names ask for")
    func needs() {
        #expect(!NameTemplate("{stem}.{rendition}.{page}.{ext}").isLate && !NameTemplate("{name}").isLate)
        for late in ["{stem}{date}", "{counter}", "{stem}-{make}", "{model}{name}", "{stem}{label}", "{stem}{a.label}"]
        {
            #expect(NameTemplate(late).isLate)
        }
        #expect(NameTemplate("{counter:3}").hasCounter && !NameTemplate("{stem}{date}").hasCounter)
        #expect(NameTemplate("{stem}{label}{kind.label}").stages == ["", "kind"])
    }

    @Test(
        "a page's number stands behind what tells sources apart",
        arguments: [
            ("{rendition}-{stem}.{ext}", "{rendition}-{stem}.{page}.{ext}"),
            ("{date}-{counter:3}.{ext}", "{date}-{counter:3}.{page}.{ext}"),
            ("{stem}_{page}", "{stem}_{page}"),
        ])
    func pages(template: String, paged: String) { #expect(NameTemplate(template).paged == NameTemplate(paged)) }
}
