import LinuxIO
import Testing
import Text

@Suite("Ignore patterns")
struct IgnorePatternTests {
    private func matches(_ pattern: String, _ path: [UInt8], isDirectory: Bool = false) throws -> Bool {
        let start = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        return try path.withUnsafeBufferPointer {
            try IgnorePattern(pattern).matches($0, nameStart: start, isDirectory: isDirectory)
        }
    }

    @Test(
        "Without a slash a pattern is held against names, at any depth",
        arguments: [
            ("*.bak", "a.bak", true), ("*.bak", "x/y/a.bak", true), ("a", "x/a", true), ("a", "a/x", false),
            ("*", "abc", true), ("a*c", "ac", true), ("a*c", "abbc", true), ("a*c", "abcd", false),
            ("*a*b*", "xxaxxbxx", true), ("*ab", "aaab", true), ("a?", "a", false), ("a?", "ab", true),
            ("**", "x/y", true), ("a**b", "axyb", true), ("[ab]x", "bx", true), ("[!ab]x", "bx", false),
            ("[^ab]x", "cx", true), ("[a-c]", "b", true), ("[a-c]", "d", false), ("[]x]", "]", true),
            ("[]x]", "x", true),
            ("[a-]", "-", true), ("[[:digit:]x]", "7", true), ("[[:digit:]x]", "x", true), ("[[:digit:]]", "x", false),
            ("*[0-9].jpg", "IMG_12.jpg", true), ("[\\]]", "]", true), ("\\*", "*", true), ("\\*", "a", false),
            ("\\!a", "!a", true), ("\\a", "a", true), ("a\\?*", "a?b", true), ("#recycle", "#recycle", true),
            ("a ", "a ", true), ("a ", "a", false), ("Raw", "raw", false),
        ])
    func names(pattern: String, path: String, expected: Bool) throws {
        #expect(try matches(pattern, Array(path.utf8)) == expected)
    }

    @Test(
        "With a slash before its end a pattern is held against whole paths",
        arguments: [
            ("/a", "a", true), ("/a", "x/a", false), ("a/b", "a/b", true), ("a/b", "x/a/b", false),
            ("a/b", "a/b/c", false),
            ("a/*", "a/b", true), ("a/*", "a/b/c", false), ("*/b", "a/b", true), ("*/b", "b", false),
            ("**/b", "b", true), ("**/b", "x/y/b", true), ("**/a/b", "x/a/b", true), ("a/**", "a/b/c", true),
            ("a/**", "a", false), ("a/**/b", "a/b", true), ("a/**/b", "a/x/y/b", true), ("a/**/b", "a/x/y/c", false),
            ("a/**/b/**/c", "a/b/x/b/y/c", true), ("**/a/**/b", "x/a/a/y/b", true), ("a/x*y/b", "a/xzzy/b", true),
            ("a/?/b", "a/b", false), ("/**", "x/y", true), ("a/**b", "a/xb", true), ("a/**b", "a/x/b", false),
            ("a/[!x]", "a//", false),
        ])
    func paths(pattern: String, path: String, expected: Bool) throws {
        #expect(try matches(pattern, Array(path.utf8)) == expected)
    }

    @Test("A slash at the end is for directories only")
    func directories() throws {
        for pattern in ["raw/", "/raw/", "**/raw/", "raw*/"] {
            #expect(try matches(pattern, Array("raw".utf8), isDirectory: true), "\(pattern)")
            #expect(try !matches(pattern, Array("raw".utf8), isDirectory: false), "\(pattern)")
        }
    }

    @Test("Names that are not UTF-8 are compared byte by byte")
    func bytes() throws {
        #expect(try matches("?.jpg", [0xFF] + Array(".jpg".utf8)))
        #expect(try !matches("?.jpg", Array("ü.jpg".utf8)))
        #expect(try matches("*/*.jpg", [0xFE, 0x2F, 0xFF] + Array(".jpg".utf8)))
        #expect(try matches("[!a]", [0xFF]))
    }

    @Test(
        "Lines of files: comments, spaces, carriage returns, escapes",
        arguments: [
            ("", nil), ("   ", nil), ("# a", nil), ("\r", nil), ("a  ", "a"), ("a\\ ", "a\\ "), ("a\\\\ ", "a\\\\"),
            ("a\r", "a"), ("\\#a", "\\#a"), (" a", " a"), ("!a ", "!a"), ("a\t", "a\t"),
        ] as [(String, String?)])
    func lines(line: String, expected: String?) throws {
        #expect(try IgnorePattern(line: Array(line.utf8))?.text == expected.map { Array($0.utf8) })
    }

    @Test(
        "What is no pattern is told",
        arguments: [
            ("", .empty), ("/", .empty), ("!", .empty), ("a//b", .emptyName), ("//", .empty), ("./a", .noName(1)),
            ("../a", .noName(2)), ("a\\", .unfinishedEscape), ("[a", .unclosedBracket), ("[a/b]", .unclosedBracket),
            ("[[:digi:]]", .unknownClass("digi")), ("[z-a]", .emptyRange("z-a")), ("a\nb", .control),
            (String(repeating: "a", count: 1025), .tooLong(1025)),
        ] as [(String, IgnorePatternFault)])
    func faults(text: String, expected: IgnorePatternFault) {
        #expect(throws: expected) { try IgnorePattern(text) }
        #expect(!"\(expected)".isEmpty)
    }

    @Test("Hostile patterns and names take time that is their product at most")
    func hostile() throws {
        let stars = String(repeating: "*a", count: 500) + "*b"
        let folders = String(repeating: "**/a/", count: 190) + "b"
        let long = "*" + String(repeating: "[[:alpha:]]", count: 92) + "1"
        let start = monotonicNanoseconds()
        #expect(try !matches(stars, [UInt8](repeating: 0x61, count: 4000)))
        #expect(try !matches(folders, Array(String(repeating: "a/", count: 2000).utf8) + [0x61]))
        #expect(try !matches(long, [UInt8](repeating: 0x61, count: 4000)))
        // Milliseconds; with backtracking into every star it would be longer than the universe is old.
        #expect(monotonicNanoseconds() - start < 30_000_000_000)
    }
}
