import Jobs
import Testing
import Text

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
            "a.jpg.crswap", "a_tmp", "4913", "thumbs.db", "ehthumbs.db", "Desktop.ini", "Icon\r",
            "SYNOFILE_THUMB_M.jpg",
            "SYNOPHOTO_THUMB_XL.jpg", "M0100.CTG", "AUTPRINT.MRK",
        ])
    func ignored(name: String) {
        #expect(IgnoreRules().ignores(name: Array(name.utf8), isDirectory: false))
    }

    @Test(
        "Pictures are not",
        arguments: [
            "IMG_1.JPG", "a.b.c", "tmp", "part", "_tmp.jpg", "49130", "upload", "a.tmp.jpg", "~a.jpg", "@eaDir", "a",
            "#recycle", "lost+found", "Icon", "recycle.jpg", "found.jpg",
        ])
    func taken(name: String) {
        #expect(!IgnoreRules().ignores(name: Array(name.utf8), isDirectory: false))
    }

    @Test(
        "Places that are nobody's pictures are passed over; files of the same names are not",
        arguments: [
            "@eaDir", "#recycle", "#snapshot", "@Recycle", "@Recently-Snapshot", "$RECYCLE.BIN", "RECYCLER",
            "System Volume Information", "lost+found", "found.000", "FOUND.012", "LOST.DIR", "Network Trash Folder",
            "Temporary Items", "~snapshot", "files_trashbin", "Holiday Previews.lrdata",
        ])
    func places(name: String) {
        #expect(IgnoreRules().ignores(name: Array(name.utf8), isDirectory: true))
        let hasTilde = name.hasPrefix("~")
        #expect(hasTilde || !IgnoreRules().ignores(name: Array(name.utf8), isDirectory: false))
    }

    @Test(
        "So are hidden places",
        arguments: [
            ".Trash", ".Trash-1000", ".Trashes", ".thumbnails", ".stversions", ".stfolder", ".Spotlight-V100",
            ".fseventsd",
            ".TemporaryItems", ".recycle", ".@__thumb", ".sluice",
        ])
    func hiddenPlaces(name: String) {
        #expect(IgnoreRules().ignores(name: Array(name.utf8), isDirectory: true))
    }

    @Test(
        "Folders of people are not",
        arguments: ["recycle", "Trash", "found", "found.0000", "Recently", "snapshot", "Raw"])
    func folders(name: String) {
        #expect(!IgnoreRules().ignores(name: Array(name.utf8), isDirectory: true))
    }

    @Test("All defaults are patterns", arguments: IgnoreRules.defaults)
    func valid(text: String) throws {
        _ = try IgnorePattern(text)
    }

    @Test("Names that are not UTF-8 are ignored as well")
    func bytes() {
        #expect(IgnoreRules().ignores(name: [0xFF, 0xFE] + Array(".tmp".utf8), isDirectory: false))
    }

    private func rules(_ patterns: String...) throws -> IgnoreRules {
        IgnoreRules(own: try patterns.map { pattern in try IgnorePattern(pattern) })
    }

    @Test("A user's patterns are stronger than the defaults; the last that matches decides")
    func order() throws {
        let rules = try rules("proof-*", "raw/", "!#recycle", "!*.tmp", "a.tmp", "!keep-*", "keep-not*")
        for (name, isDirectory, expected) in [
            ("proof-1.jpg", false, true), ("raw", true, true), ("raw", false, false), ("#recycle", true, false),
            ("@eaDir", true, true), ("b.tmp", false, false), ("a.tmp", false, true), ("keep-1", false, false),
            ("keep-not-1", false, true),
        ] {
            #expect(rules.ignores(name: Array(name.utf8), isDirectory: isDirectory) == expected, "\(name)")
        }
    }

    @Test("No pattern brings back what is Sluice's own")
    func own() throws {
        let rules = try rules("!.*", "!*")
        #expect(!rules.ignores(name: Array(".hidden.jpg".utf8), isDirectory: false))
        for name in [".sluice", ".sluiceignore", ".sluice-probe", ".a.jpg.sluice-0123456789abcdef"] {
            #expect(rules.ignores(name: Array(name.utf8), isDirectory: false), "\(name)")
        }
    }

    @Test("Notices are told once each, and not without end")
    func notices() throws {
        var notices = ScanNotices()
        let all = try (0..<300).map { ScanNotice.outbox(try #require(RelativePath("o\($0)"))) }
        let told = (all + all).compactMap { notices.take($0) }
        #expect(told == all.prefix(100) + [.andMore])
    }
}
