import FolderContent
import Jobs
import Testing

@testable import ImageHeader

@Suite("What belongs to a picture, by its name")
struct CompanionNameTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test(
        "an export's JSON is of the picture that it names, shortened and numbered as Google does",
        arguments: [
            ("IMG_1.jpg.supplemental-metadata(1).json", "IMG_1(1).jpg", true),
            ("IMG_1.jpg(1).json", "IMG_1(1).jpg", true), ("IMG_1(1).jpg.json", "IMG_1(1).jpg", true),
            ("IMG_1.jpg.supplemental-metadata(1).json", "IMG_1.jpg", false),
            ("IMG_1.jpg(1).json", "IMG_1.jpg", false), ("IMG_1.jpg.json", "IMG_1(1).jpg", false),
            ("IMG_20240102_030405678_HDR_PORTRAIT.jpg.supple.json", "IMG_20240102_030405678_HDR_PORTRAIT.jpg", true),
            // 46 characters of a name that is longer by itself.
            (
                "a-very-long-name-that-somebody-gave-a-picture-.json",
                "a-very-long-name-that-somebody-gave-a-picture-of-a-cat.jpg", true
            ),
            ("a-very-long-name.json", "a-very-long-name-that-somebody-gave.jpg", false),
        ])
    func exports(_ name: String, _ picture: String, _ expected: Bool) {
        #expect(OtherContent.isCompanion(bytes(name), of: bytes(picture)) == expected)
        if expected {
            #expect(OtherContent.describers(of: bytes(picture)).contains(bytes(name)))
            #expect(OtherContent.companions(of: bytes(picture)).contains(bytes(name)))
        }
    }

    @Test("an editor's words come before an export's, and what is no picture has none")
    func describers() {
        let names = OtherContent.describers(of: bytes("IMG_1.HEIC")).map { String(decoding: $0, as: UTF8.self) }
        #expect(
            names == [
                "IMG_1.HEIC.xmp", "IMG_1.HEIC.XMP", "IMG_1.xmp", "IMG_1.XMP",
                "IMG_1.HEIC.supplemental-metadata.json", "IMG_1.HEIC.json",
            ])
        #expect(OtherContent.describers(of: bytes("IMG_1.MOV")).isEmpty)
        // A name in no encoding, and one that is only an ending.
        #expect(!OtherContent.describers(of: [0xFF, 0xFE] + bytes(String(repeating: "x", count: 60) + ".jpg")).isEmpty)
        #expect(OtherContent.describers(of: bytes(".jpg")).isEmpty)
    }

    @Test("every name that a companion may have is one, and of the same family")
    func families() {
        for picture in ["IMG_1.HEIC", "IMG_1(2).jpg", "2024.05.01.jpg", "(1).jpg"].map(bytes) {
            for name in OtherContent.companions(of: picture) {
                #expect(OtherContent.isCompanion(name, of: picture), "\(String(decoding: name, as: UTF8.self))")
                #expect(OtherContent.family(of: name) == OtherContent.family(of: picture))
            }
        }
        #expect(OtherContent.family(of: bytes("IMG_1.HEIC")) != OtherContent.family(of: bytes("IMG_2.HEIC")))
        #expect(OtherContent.companions(of: bytes("IMG_1.MOV")).isEmpty)
    }

    @Test(
        "of raw and picture one stands aside for the other, as the rule says",
        arguments: [
            ("IMG_1.CR3", PairsRule.jpeg, true), ("IMG_1.JPG", .jpeg, false), ("IMG_1.CR3", .raw, false),
            ("IMG_1.JPG", .raw, true), ("IMG_1.heic", .raw, true), ("IMG_1.jxl", .raw, true),
            ("IMG_1.dng", .jpeg, true),
            ("IMG_1.CR3", .both, false), ("IMG_1.JPG", .both, false), ("IMG_1.png", .raw, false),
            ("IMG_1", .raw, false),
            ("notes.txt", .jpeg, false),
        ])
    func pairs(_ name: String, _ rule: PairsRule, _ expected: Bool) {
        #expect(OtherContent.mayStandAside(bytes(name), rule) == expected)
        let partners = OtherContent.partners(of: bytes(name), rule)
        #expect(partners.isEmpty != expected)
        for partner in partners {
            #expect(OtherContent.isPartner(partner, rule))
            #expect(OtherContent.isCompanion(bytes(name), of: partner, pairs: rule))
            #expect(!OtherContent.isCompanion(partner, of: bytes(name), pairs: rule))
        }
    }

    @Test("where both are processed, neither belongs to the other; of a drawing no raw file is a companion")
    func noPairs() {
        #expect(!OtherContent.isCompanion(bytes("IMG_1.CR3"), of: bytes("IMG_1.JPG"), pairs: .both))
        #expect(!OtherContent.isCompanion(bytes("IMG_1.JPG"), of: bytes("IMG_1.CR3"), pairs: .both))
        #expect(!OtherContent.isCompanion(bytes("IMG_1.CR3"), of: bytes("IMG_1.png")))
        #expect(OtherContent.isCompanion(bytes("IMG_1.xmp"), of: bytes("IMG_1.CR3"), pairs: .both))
    }
}
