import Jobs
import Pipeline
import Testing

@testable import Metadata

@Suite("IPTC and libvips' fields on output")
struct IPTCRewritingTests {
    private static func dataset(_ record: UInt8, _ number: UInt8, _ text: String) -> [UInt8] {
        [0x1C, record, number, 0, UInt8(text.utf8.count)] + Array(text.utf8)
    }
    private static let characterSet = dataset(1, 90, "\u{1B}%G")
    private static let byline = dataset(2, 80, "Jane")
    private static let caption = dataset(2, 120, "A caption")
    private static let notice = dataset(2, 116, "(c) Jane")
    private static let bare = characterSet + byline + caption + dataset(2, 202, "preview") + notice

    private static func photoshop(_ iptc: [UInt8]) -> [UInt8] {
        Array("Photoshop 3.0\0".utf8) + Array("8BIM".utf8) + [4, 4, 0, 0] + ByteOrder.big.bytes(iptc.count, width: 4)
            + iptc + (iptc.count % 2 == 1 ? [0] : [])
    }
    /// A thumbnail resource with an odd name and odd length stands first.
    private static let wrapped: [UInt8] = {
        let plain = photoshop(bare)
        let thumbnail: [UInt8] = Array("8BIM".utf8) + [4, 0x0C, 2, 0x61, 0x62, 0] + [0, 0, 0, 3, 9, 9, 9, 0]
        return Array(plain.prefix(14)) + thumbnail + plain.dropFirst(14)
    }()

    @Test("Copyright alone is notice and by-line, in the wrapping of the format", arguments: [true, false])
    func copyright(isWrapped: Bool) {
        let blob = isWrapped ? Self.wrapped : Self.bare
        let kept = Self.characterSet + Self.byline + Self.notice
        #expect(rewriteIPTC(blob, policy: MetadataPolicy(), for: .jpeg) == Self.photoshop(kept))
        #expect(rewriteIPTC(blob, policy: MetadataPolicy(), for: .tiff) == kept)
    }

    @Test("Kept whole, only previews go; a caption that tells of GPS goes with GPS")
    func whole() {
        let kept = Self.characterSet + Self.byline + Self.caption + Self.notice
        let policy = MetadataPolicy(keep: [.iptc])
        #expect(rewriteIPTC(Self.wrapped, policy: policy, for: .jpeg) == Self.photoshop(kept))
        let telling = Self.bare + Self.dataset(2, 40, "GPS 1,2")
        let withoutGPS = MetadataPolicy(keep: [.all], drop: [.gps])
        #expect(rewriteIPTC(telling, policy: withoutGPS, for: .jpeg) == Self.photoshop(kept))
    }

    @Test("Other formats, other policies and damage leave nothing")
    func nothing() {
        #expect(rewriteIPTC(Self.bare, policy: MetadataPolicy(), for: .png) == nil)
        #expect(rewriteIPTC(Self.bare, policy: MetadataPolicy(keep: [.icc]), for: .jpeg) == nil)
        for end in 0..<Self.wrapped.count {
            _ = rewriteIPTC(Array(Self.wrapped[..<end]), policy: MetadataPolicy(keep: [.all]), for: .jpeg)
        }
        #expect(rewriteIPTC([], policy: MetadataPolicy(keep: [.all]), for: .tiff) == nil)
        #expect(rewriteIPTC(Self.caption, policy: MetadataPolicy(), for: .tiff) == nil)
    }

    @Test("All of libvips' fields go but the profile and what describes the pixels")
    func fields() {
        let names = [
            "vips-loader", "exif-data", "exif-ifd0-Make", "orientation", "xmp-data", "iptc-data", "photoshop-data",
            "png-comment-0-Comment", "gif-comment", "icc-profile-data", "page-height", "n-pages", "delay", "loop",
            "jpeg-thumbnail-data", "image-description", "heif-primary", "something-new",
        ]
        let structural: Set = ["page-height", "n-pages", "delay", "loop"]
        let kept = { (policy: MetadataPolicy) in
            Set(names).subtracting(fieldsToRemove(names: names, policy: policy)).subtracting(structural)
        }
        #expect(kept(MetadataPolicy(keep: [.all])) == ["icc-profile-data"])
        #expect(kept(MetadataPolicy(keep: [], drop: [.all])) == ["icc-profile-data"])
        #expect(kept(MetadataPolicy(keep: [.all], drop: [.icc])) == [])
    }
}
