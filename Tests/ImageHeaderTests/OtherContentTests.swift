import ByteReading
import FolderContent
import ImageHeader
import Testing

@Suite("What lies between pictures")
struct OtherContentTests {
    private func kind(_ bytes: [UInt8], _ name: String) -> String? {
        do {
            _ = try readHeader(MemoryBytes(bytes))
            return OtherContent.kindOfPicture(named: Array(name.utf8))
        } catch {
            return OtherContent.kind(of: error, name: Array(name.utf8))
        }
    }

    @Test(
        "counts as what its name says where its content is no picture",
        arguments: [
            ("\0\0\0\u{14}ftypqt  \0\0\0\0", "IMG_1.MOV", "mov"), ("\0\0\0\u{18}ftypisom", "clip", "video"),
            ("<?xml version=\"1.0\"?><plist/>", "IMG_1.AAE", "aae"), ("{\"title\": \"a\"}", "a.heic.json", "json"),
            ("<x:xmpmeta><?xml ?>", "IMG_1.xmp", "xmp"), ("%PDF-1.4\n", "a.pdf", "pdf"),
            ("PK\u{3}\u{4}zip", "album.zip", "zip"), ("RIFF\0\0\0\0WAVEfmt ", "note.wav", "wav"),
            ("plain words", "README", "text"), ("plain words", "notes.odd-name", "text"), ("", "empty.txt", "txt"),
            ("\u{1}\u{2}\u{3}\u{4}\u{5}", "catalogue.dat", "dat"), ("\u{1}\u{2}\u{3}\u{4}\u{5}", "thing.qqq", "other"),
            ("ID3\u{3}", "song.mp3", "mp3"), ("<!DOCTYPE html><html>", "index", "html"),
        ])
    func others(_ text: String, _ name: String, _ expected: String) {
        #expect(kind(Array(text.utf8), name) == expected)
    }

    @Test(
        "is meant to be a picture by its name, or where nothing speaks against it",
        arguments: [
            ("<!DOCTYPE html><html>", "photo.jpg"), ("%PDF-1.4\n", "scan.TIF"), ("", "IMG_1.HEIC"), ("", "upload"),
            ("\u{1}\u{2}\u{3}\u{4}\u{5}", "IMG_1.CR3"), ("\u{1}\u{2}\u{3}\u{4}\u{5}", "upload"),
            ("8BPS\0\u{1}", "a.psd"),
            ("8BPS\0\u{1}", "layers"), ("<svg xmlns=''/>", "drawing"),
        ])
    func pictures(_ text: String, _ name: String) {
        #expect(kind(Array(text.utf8), name) == nil)
    }

    @Test("a picture is one whatever it is called, but a thumbnail of a video is none")
    func named() {
        let png = PNGSample.file(width: 3, height: 2)
        #expect(kind(png, "IMG_1.MOV") == nil)
        #expect(kind(png, "notes.txt") == nil)
        #expect(kind(png, "MVI_1.THM") == "thm")
    }

    @Test(
        "companions, and what only looks like one",
        arguments: [
            ("IMG_1.MOV", "IMG_1.HEIC", true), ("IMG_1.aae", "IMG_1.HEIC", true), ("IMG_1.xmp", "IMG_1.CR2", true),
            ("IMG_1.HEIC.xmp", "IMG_1.HEIC", true), ("IMG_1.HEIC.json", "IMG_1.HEIC", true),
            ("IMG_1.HEIC.supplemental-metadata.json", "IMG_1.HEIC", true), ("IMG_1.CR3", "IMG_1.JPG", true),
            ("2024.05.01.mov", "2024.05.01.jpg", true),
            ("IMG_1.json", "IMG_1.HEIC", false), ("IMG_1.pdf", "IMG_1.jpg", false), ("IMG_12.MOV", "IMG_1.HEIC", false),
            ("IMG_1.HEIC", "IMG_1.HEIC", false), ("IMG_1.jpg", "IMG_1.HEIC", false),
            ("IMG_1.HEIC.zip", "IMG_1.HEIC", false),
            ("IMG_1", "IMG_1.HEIC", false), ("a.mov", "b.jpg", false),
        ])
    func companions(_ name: String, _ picture: String, _ expected: Bool) {
        #expect(OtherContent.isCompanion(Array(name.utf8), of: Array(picture.utf8)) == expected)
    }
}
