import Pipeline
import Testing

@testable import Metadata

@Suite("XMP on output")
struct XMPRewritingTests {
    private static let packet = """
        <?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
        <x:xmpmeta xmlns:x="adobe:ns:meta/">
         <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
          <rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
            xmlns:e='http://ns.adobe.com/exif/1.0/' xmlns:xmp="http://ns.adobe.com/xap/1.0/"
            xmlns:drone="http://www.dji.com/drone-dji/1.0/" xmlns:r="http://ns.adobe.com/xap/1.0/rights/"
            xmlns:d="http://purl.org/dc/elements/1.1/" tiff:Orientation="6" e:GPSLatitude="33,30S"
            drone:GpsLongtitude="70.1" drone:RelativeAltitude="+3" xmp:Rating="4" r:Marked="True"
            e:PixelXDimension="4000">
           <tiff:Orientation>8</tiff:Orientation>
           <e:GPSLongitude>70,15W</e:GPSLongitude>
           <xmp:Thumbnails><rdf:Alt><rdf:li>/9j/4AAQ</rdf:li></rdf:Alt></xmp:Thumbnails>
           <d:rights><rdf:Alt><rdf:li xml:lang="x-default">&#169; Jane &amp; Co</rdf:li></rdf:Alt></d:rights>
           <d:creator><rdf:Seq><rdf:li>Jane Doe</rdf:li></rdf:Seq></d:creator>
           <d:subject><rdf:Bag><rdf:li>beach</rdf:li></rdf:Bag></d:subject>
           <empty></empty>
          </rdf:Description>
         </rdf:RDF>
        </x:xmpmeta>
        <?xpacket end="w"?>
        """
    private static let withoutGPS = MetadataPolicy(keep: [.all], drop: [.gps])

    private func rewrite(_ packet: String, _ policy: MetadataPolicy) -> String? {
        rewriteXMP(Array(packet.utf8), policy: policy).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("Nothing is kept where nothing is to be kept")
    func nothing() {
        #expect(rewrite(Self.packet, MetadataPolicy(keep: [.icc])) == nil)
        #expect(rewrite(Self.packet, MetadataPolicy(keep: [.all], drop: [.all])) == nil)
    }

    @Test("Kept whole, it is upright and without thumbnails and dimensions; GPS stays")
    func whole() throws {
        let text = try #require(rewrite(Self.packet, MetadataPolicy(keep: [.xmp])))
        #expect(text.contains("tiff:Orientation=\"1\""))
        #expect(text.contains("<tiff:Orientation>1</tiff:Orientation>"))
        #expect(text.contains("e:GPSLatitude=\"33,30S\"") && text.contains("<e:GPSLongitude>70,15W</e:GPSLongitude>"))
        #expect(text.contains("xmp:Rating=\"4\"") && text.contains("<rdf:li>beach</rdf:li>"))
        #expect(!text.contains("Thumbnails") && !text.contains("PixelXDimension"))
    }

    @Test("Without GPS no property about a place on the map stays, whatever its prefix")
    func withoutGPS() throws {
        let text = try #require(rewrite(Self.packet, Self.withoutGPS))
        #expect(!text.lowercased().contains("gps"))
        #expect(!text.contains("RelativeAltitude"))
        #expect(text.contains("xmp:Rating=\"4\"") && text.contains("Jane Doe"))
    }

    @Test("If GPS stands anywhere even then, the packet goes whole")
    func gpsInText() {
        let text = Self.packet.replacingOccurrences("beach", "position by GPS")
        #expect(rewrite(text, Self.withoutGPS) == nil)
        #expect(rewrite(text, MetadataPolicy(keep: [.xmp])) != nil)
    }

    @Test("Copyright alone is a fresh packet of rights and creator")
    func copyright() throws {
        let text = try #require(rewrite(Self.packet, MetadataPolicy()))
        #expect(text.contains("<dc:rights><rdf:Alt><rdf:li xml:lang=\"x-default\">&#169; Jane &amp; Co</rdf:li>"))
        #expect(text.contains("<dc:creator><rdf:Seq><rdf:li>Jane Doe</rdf:li></rdf:Seq></dc:creator>"))
        #expect(text.contains("<xmpRights:Marked>True</xmpRights:Marked>"))
        for gone in ["beach", "GPS", "Rating", "Orientation", "Thumbnails"] { #expect(!text.contains(gone)) }
        // What was written can be read again.
        #expect(rewrite(text, MetadataPolicy()) == text)
    }

    @Test("A packet that names nobody leaves nothing")
    func noCopyright() {
        let text = "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><r:Description r:about=''/></r:RDF>"
        #expect(rewrite(text, MetadataPolicy()) == nil)
    }

    @Test("UTF-16 packets are read too", arguments: [true, false])
    func utf16(isLittle: Bool) throws {
        let order = isLittle ? ByteOrder.little : .big
        let bytes = Self.packet.utf16.flatMap { order.bytes(Int($0), width: 2) }
        let kept = try #require(rewriteXMP(bytes, policy: Self.withoutGPS))
        #expect(kept == rewriteXMP(Array(Self.packet.utf8), policy: Self.withoutGPS))
    }

    @Test(
        "What is not well-formed, or defines entities, goes whole",
        arguments: [
            "", "text", "<a>", "<a></b>", "<a b></a>", "<a b='1'", "<a/", "<", "</a>",
            "<!DOCTYPE a [<!ENTITY g 'GPS'>]><a/>",
            "<a><![CDATA[</a>", String(repeating: "<a>", count: 101) + String(repeating: "</a>", count: 101),
        ])
    func malformed(packet: String) {
        #expect(rewrite(packet, MetadataPolicy(keep: [.all])) == nil)
        #expect(rewrite(packet, MetadataPolicy()) == nil)
    }

    @Test("5,000 damaged packets are rewritten without a crash and without GPS")
    func mutations() {
        var generator = SeededGenerator(state: 3)
        let original = Array(Self.packet.utf8)
        for _ in 0..<5_000 {
            var packet = original
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let index = Int.random(in: packet.indices, using: &generator)
                packet[index] = Array("<>/='\" x:&\0G".utf8).randomElement(using: &generator) ?? 0
            }
            if let kept = rewriteXMP(packet, policy: Self.withoutGPS) {
                #expect(!contains(lowercased(kept), Array("gps".utf8)))
            }
            _ = rewriteXMP(packet, policy: MetadataPolicy())
        }
    }
}

extension String {
    fileprivate func replacingOccurrences(_ old: String, _ new: String) -> String {
        split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
    }
}
