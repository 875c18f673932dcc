import Jobs
import Pipeline
import Testing

@testable import Metadata

@Suite("Coordinates, by their values")
struct CoordinateTests {
    @Test(
        "places are found however they are written",
        arguments: [
            "Lincoln Memorial|10|121.0|38.889269|-77.049932", "38.889269, -77.049932", "(38.889269;-77.0499)",
            "+38.889269-077.049932/", "38.8893N 77.0499W", "38,53.4141N", "70,15W", "38,53,24N 77,2,57W",
            "38\u{B0} 53' 24.85\" N", "38 deg 53' 24.85\"", "geo:38.9,-77",
            "https://maps.example/@38.889269,-77.049932,17z",
            "at -33.8567,151.2153!",
        ])
    func found(text: String) {
        #expect(CoordinateSearch().finds(in: text))
    }

    @Test(
        "other numbers are none",
        arguments: [
            "", "Lincoln Memorial", "70.0-200.0 mm f/2.8", "0.123456 0.654321", "4000,3000", "2024-05-06T07:08:09.123",
            "1/160", "adobe:docid:photoshop:5f1c-38.889", "sRGB IEC61966-2.1", "0, 0", "255, 255",
            "centerX = 12.123456, centerY = 3.654321", "200.123 300.456", "12.5 13.5", "45\u{B0}",
        ])
    func notFound(text: String) {
        #expect(!CoordinateSearch().finds(in: text))
    }

    @Test("a number near to one that is known is a place, even alone")
    func known() {
        let search = CoordinateSearch(near: [38.8902, -77.0493])
        #expect(search.finds(in: "38.889269") && search.finds(in: "-77.05") == false && search.finds(in: "-77.050"))
        #expect(!search.finds(in: "37.889269") && !search.finds(in: "38.9"))
    }

    private static func packet(_ properties: String, attributes: String = "") -> [UInt8] {
        Array(
            """
            <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
            <rdf:Description rdf:about="" xmlns:g="http://example.org/g/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" \
            xmp:Rating="4" \(attributes)>\(properties)</rdf:Description></rdf:RDF></x:xmpmeta>
            """.utf8)
    }

    @Test(
        "without GPS they are in no property of XMP, whatever it is called",
        arguments: [
            packet("<g:POI><rdf:Seq><rdf:li>Memorial|10|121.0|38.889269|-77.049932</rdf:li></rdf:Seq></g:POI>"),
            packet("<g:Pair><rdf:Seq><rdf:li>38.889269</rdf:li><rdf:li>-77.049932</rdf:li></rdf:Seq></g:Pair>"),
            packet("<g:A>38.889269</g:A>", attributes: "g:B=\"-77.049932\""),
            packet("<g:A><![CDATA[38.889269,-77.049932]]></g:A>"), packet("", attributes: "g:At='38,53.4141N'"),
        ])
    func packets(packet: [UInt8]) throws {
        let source = SourceXMP(packet: packet, coordinates: [38.8902, -77.0493])
        let rewritten = rewriteXMP(source, policy: MetadataPolicy(keep: [.all], drop: [.gps]), for: .png)
        let text = String(decoding: try #require(rewritten.packet), as: UTF8.self)
        for digits in ["38.88", "77.04", "53.4141"] { #expect(!text.contains(digits)) }
        #expect(text.contains("xmp:Rating=\"4\""))
        #expect(rewriteXMP(packet, policy: MetadataPolicy(keep: [.all])).map { $0.count > text.utf8.count } == true)
    }
}
