import Testing

@testable import Schema

/// Texts that would take Yams through all of its stack, or through all of its time.
@Suite("Nesting of YAML")
struct YAMLNestingTests {
    private func fault(_ text: String) -> String {
        do throws(ConfigurationFaults) {
            _ = try YAMLDocument.parse(text, file: "web.yaml")
            return "none"
        } catch {
            return "\(error)"
        }
    }

    @Test(
        "lists and maps within each other are refused before they are taken apart",
        arguments: [
            String(repeating: "- ", count: 100_000), String(repeating: "? ", count: 100_000),
            String(repeating: "- ? ", count: 50_000) + "a: b",
            "\u{FEFF}" + String(repeating: "- ", count: 100_000),
            "a:\u{2028}" + String(repeating: "- ", count: 100_000),
            (0..<1_000).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
            (0..<90).map { String(repeating: " ", count: $0 * 100) + String(repeating: "- ", count: 50) + "\n" }
                .joined(),
        ])
    func blocks(text: String) { #expect(fault(text).contains("nested more than 50 levels deep")) }

    @Test(
        "brackets are found wherever quotes seem to begin",
        arguments: ["a: |\n  \"\nb: ", "a: \"\\\\\"\nb: ", "a: x \"y\nb: ", "a: # '\nb: ", "b: "])
    func brackets(start: String) {
        for bracket in ["[", "{", "[{? "] {
            let found = fault(start + String(repeating: bracket, count: 100_000))
            #expect(found.contains("too many brackets") || found.contains("levels deep"))
        }
        // As many as are let through are no trouble.
        #expect(fault(start + String(repeating: "[", count: 2_000)) != "none")
        #expect(fault(start + String(repeating: "{a: ", count: 2_000)) != "none")
    }

    @Test("aliases are counted wherever quotes seem to begin")
    func aliases() {
        let bomb = (1...30).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined()
        for start in ["t: |\n  \"\n", "t: \"\\\\\"\n", ""] {
            #expect(fault(start + "a0: &a0 [x]\n" + bomb).contains("more than 20 aliases"))
        }
    }

    @Test("what people write is not taken for nesting")
    func people() {
        let sums = (0..<40).map { "when\($0): \"width * height > \($0) and name == '*.jpg'\"\n" }.joined()
        #expect(fault(sums) == "none")
        #expect(fault("a: &a { x: 1 }\nb: *a\n" + (0..<40).map { "w\($0): \"width * 2\"\n" }.joined()) == "none")
        #expect(fault("labels: [" + (0..<1_000).map { "'\($0)'" }.joined(separator: ", ") + "]") == "none")
        #expect(fault((0..<500).map { "a\($0): { b: [1, 2] }\n" }.joined()) == "none")
        #expect(fault("a: |\n" + String(repeating: "  - - - - - - - - - - -\n", count: 300)) == "none")
        let deep = (0..<45).map { String(repeating: "  ", count: $0) + "a:\n" }.joined()
        #expect(fault(deep + String(repeating: "  ", count: 45) + "b: 1") == "none")
    }
}
