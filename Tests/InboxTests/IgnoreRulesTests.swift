import Testing

@testable import Inbox

@Suite("Ignore rules")
struct IgnoreRulesTests {
    @Test(
        "Names that programs use while they write, or leave lying about, are ignored",
        arguments: [
            ".hidden", ".IMG_1.jpg.Xk3a9Z", "IMG.jpg~", "~$report.docx", "a.tmp", "a.jpg.part", "a.jpg.partial",
            "a.filepart", "a.crdownload", "a.download", "a.opdownload", "a.aria2", "a.!sync", "a.!qB", ".in.a.jpg.",
            "~syncthing~a.jpg.tmp", "a.jpg-chunking-4-2-1", "a.jpg.ocTransferId12.part", ".~lock.a.odt#", "._a.jpg",
            ".DS_Store", "Thumbs.db", "desktop.ini", ".nfs0001", ".fuse_hidden01", ".goutputstream-AB",
            ".pureftpd-upload.1", ".a.jpg.swp", "a.jpg.upload", "a.uploading", "a.jpg.incomplete", "a.temp",
            "a.jpg.crswap", "a_tmp", "4913",
        ])
    func ignored(name: String) {
        #expect(IgnoreRules().ignores(name: Array(name.utf8), isDirectory: false))
    }

    @Test(
        "Pictures are not",
        arguments: [
            "IMG_1.JPG", "a.b.c", "tmp", "part", "_tmp.jpg", "49130", "upload", "a.tmp.jpg", "~a.jpg", "@eaDir", "a",
        ])
    func taken(name: String) {
        #expect(!IgnoreRules().ignores(name: Array(name.utf8), isDirectory: false))
    }

    @Test("A pattern that ends in a slash is for directories only", arguments: ["@eaDir", ".stfolder", ".stversions"])
    func directories(name: String) {
        #expect(IgnoreRules().ignores(name: Array(name.utf8), isDirectory: true))
        #expect(!IgnoreRules(patterns: ["@eaDir/"]).ignores(name: Array("@eaDir".utf8), isDirectory: false))
    }

    @Test("Names that are not UTF-8 are compared byte by byte")
    func bytes() {
        #expect(IgnoreRules().ignores(name: [0xFF, 0xFE] + Array(".tmp".utf8), isDirectory: false))
        #expect(IgnoreRules(patterns: ["?.jpg"]).ignores(name: [0xFF] + Array(".jpg".utf8), isDirectory: false))
        #expect(!IgnoreRules(patterns: ["?.jpg"]).ignores(name: Array("ü.jpg".utf8), isDirectory: false))
    }

    @Test(
        "Stars match any bytes, none too",
        arguments: [
            ("*", "", true), ("*", "abc", true), ("a*c", "ac", true), ("a*c", "abbc", true), ("a*c", "abcd", false),
            ("*a*b*", "xxaxxbxx", true), ("*ab", "aaab", true), ("a?", "a", false), ("**", "x", true), ("", "a", false),
        ])
    func globs(pattern: String, name: String, expected: Bool) {
        #expect(IgnoreRules(patterns: [pattern]).ignores(name: Array(name.utf8), isDirectory: false) == expected)
    }

    @Test("A user's patterns come on top of the defaults")
    func additional() {
        let rules = IgnoreRules(additional: ["proof-*", "raw/"])
        #expect(rules.ignores(name: Array("proof-1.jpg".utf8), isDirectory: false))
        #expect(rules.ignores(name: Array("raw".utf8), isDirectory: true))
        #expect(!rules.ignores(name: Array("raw".utf8), isDirectory: false))
        #expect(rules.ignores(name: Array("a.tmp".utf8), isDirectory: false))
    }
}
