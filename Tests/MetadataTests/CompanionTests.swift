import Jobs
import Pipeline
import Testing

@testable import Metadata

@Suite("What files beside a picture tell of it")
struct CompanionTests {
    private func xmp(_ properties: String, attributes: String = "") throws -> CompanionRecord {
        let text = """
            <?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/">\
            <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" \
            xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" \
            xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" \(attributes)>\
            \(properties)</rdf:Description></rdf:RDF></x:xmpmeta>
            """
        return try CompanionRecord(Array(text.utf8), name: "IMG_1.xmp")
    }

    private func json(_ text: String) throws -> CompanionRecord {
        try CompanionRecord(Array(text.utf8), name: "IMG_1.jpg.json")
    }

    @Test("Google's export: the time in UTC, a place unless it is 0, 0, and the words")
    func takeout() throws {
        let record = try json(
            """
            {"title": "IMG_1.jpg", "description": "At the lake\\u0000 ", "photoTakenTime": {"timestamp": "1583064000",
             "formatted": "1 Mar 2020"}, "geoData": {"latitude": 0.0, "longitude": 0.0, "altitude": 0.0},
             "geoDataExif": {"latitude": -33.5, "longitude": 151.25, "altitude": 12.5}, "people": [{"name": "A"}]}
            """)
        #expect(record.taken == "2020-03-01T12:00:00Z")
        #expect(record.gps == .init(latitude: -33.5, longitude: 151.25, altitude: 12.5))
        #expect(record.description == "At the lake")
    }

    @Test(
        "days are counted right",
        arguments: [
            ("951782399", "2000-02-28T23:59:59Z"), ("951782400", "2000-02-29T00:00:00Z"),
            ("-1", "1969-12-31T23:59:59Z"), ("-2203977600", "1900-02-28T00:00:00Z"),
            ("1735689599", "2024-12-31T23:59:59Z"), ("0", nil), ("99999999999999", nil), ("-9999999999", nil),
            ("yesterday", nil), ("-9223372036854775808", nil),
        ] as [(String, String?)])
    func days(_ timestamp: String, _ expected: String?) throws {
        #expect(try json("{\"photoTakenTime\": {\"timestamp\": \"\(timestamp)\"}}").taken == expected)
        if Int64(timestamp) != nil {
            #expect(try json("{\"photoTakenTime\": {\"timestamp\": \(timestamp)}}").taken == expected)
        }
    }

    @Test(
        "another program's JSON tells nothing, and is no error",
        arguments: [
            "{}", "{\"photoTakenTime\": 12, \"geoData\": [1, 2], \"description\": {\"a\": 1}}",
            "{\"geoData\": {\"latitude\": 91, \"longitude\": 1}, \"photoTakenTime\": {\"timestamp\": null}}",
            "{\"description\": \"  \", \"geoData\": {\"latitude\": \"48\", \"longitude\": \"16\"}}",
        ])
    func foreign(_ text: String) throws {
        #expect(try json(text) == CompanionRecord(name: "IMG_1.jpg.json"))
    }

    @Test("an editor's XMP: date, place in degrees and minutes, words with XML's entities")
    func editor() throws {
        let record = try xmp(
            """
            <exif:GPSLatitude>51,30.5N</exif:GPSLatitude><exif:GPSLongitude>0,7,30W</exif:GPSLongitude>\
            <exif:GPSAltitude>205/10</exif:GPSAltitude><exif:GPSAltitudeRef>1</exif:GPSAltitudeRef>\
            <dc:description><rdf:Alt><rdf:li xml:lang="de">Am See</rdf:li>\
            <rdf:li xml:lang="x-default">Fish &amp; chips &#x2014; &lt;1 &nbsp;<![CDATA[ & more]]></rdf:li></rdf:Alt></dc:description>
            """, attributes: #"exif:DateTimeOriginal="2009-06-24T09:41:07+01:00""#)
        #expect(record.taken == "2009-06-24T09:41:07+01:00")
        let gps = try #require(record.gps)
        #expect(abs(gps.latitude - 51.508333) < 1e-5 && abs(gps.longitude + 0.125) < 1e-9 && gps.altitude == -20.5)
        #expect(record.description == "Fish & chips — <1 &nbsp; & more")
        let plain = try xmp("<tiff:ImageDescription>Plain</tiff:ImageDescription>", attributes: "xmp:Rating=\"4\"")
        #expect(plain.description == "Plain" && plain.taken == nil && plain.gps == nil)
    }

    @Test(
        "what is no place is none",
        arguments: [
            ("91,0N", "1,0E"), ("51", ""), ("51,30.5N", "181,0E"), ("51,61N", "1,0E"), ("51,x", "1,0E"),
            ("51,1,2,3N", "1,0E"), ("nan", "1,0E"), ("N", "E"), ("", ""),
        ])
    func noPlace(_ latitude: String, _ longitude: String) throws {
        let record = try xmp(
            "<exif:GPSLatitude>\(latitude)</exif:GPSLatitude><exif:GPSLongitude>\(longitude)</exif:GPSLongitude>")
        #expect(record.gps == nil)
    }

    @Test("what cannot be read says so, and what would take much memory is not read")
    func hostile() {
        let deep = String(repeating: "[", count: 10_000)
        let wide = "{\"a\": [" + String(repeating: "1,", count: 30_000) + "1]}"
        for (bytes, name) in [
            (Array("[1".utf8), "a.json"), (Array(deep.utf8), "a.json"), (Array(wide.utf8), "a.json"),
            (Array("[]".utf8), "a.json"), ([], "a.json"), ([0xFF, 0x00], "a.json"),
            ([], "a.xmp"), (Array("<a>".utf8), "a.xmp"),
            (Array("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>".utf8), "a.xmp"),
            (Array(("<a>" + String(repeating: "<b/>", count: 30_000) + "</a>").utf8), "a.xmp"),
            ([UInt8](repeating: 0x20, count: Filled.largestCompanion + 1), "a.xmp"),
        ] as [([UInt8], String)] {
            #expect(throws: CompanionFault.self, "\(name): \(bytes.prefix(20))") {
                try CompanionRecord(bytes, name: name)
            }
        }
    }

    @Test("long words are cut")
    func longWords() throws {
        let record = try json("{\"description\": \"\(String(repeating: "é", count: 9_000))\"}")
        let length = try #require(record.description?.utf8.count)
        #expect(length <= 3_410 && record.description?.hasSuffix("…") == true)
    }

    // MARK: Filling

    private let full = CompanionRecord(
        name: "a.json", taken: "2020-03-01T12:00:00Z", gps: .init(latitude: -33.5, longitude: 151.25, altitude: -3),
        description: "At the lake")

    @Test("fills what is lacking, and nothing else; the first that knows it is taken")
    func lacking() throws {
        var record = ExifRecord()
        (record.taken, record.takenFrom) = ("2021-01-01T00:00:00", .dateTimeOriginal)
        let first = CompanionRecord(name: "a.xmp", description: "By hand")
        let filling = try #require(ExifFilling(lackedBy: record, from: [first, full]))
        #expect(filling.taken == nil && filling.description == "By hand" && filling.gps == full.gps)
        #expect(
            filling.sources.description == "a.xmp" && filling.sources.gps == "a.json" && filling.sources.taken == nil)
        // The date of the last change is none.
        record.takenFrom = .modifyDate
        #expect(ExifFilling(lackedBy: record, from: [full])?.taken == full.taken)
        record = ExifRecord()
        full.apply(to: &record)
        #expect(ExifFilling(lackedBy: record, from: [full, first]) == nil)
    }

    @Test("a filled block reads as if a camera had written it", arguments: [true, false])
    func block(_ hasBlock: Bool) throws {
        let filling = try #require(ExifFilling(lackedBy: ExifRecord(), from: [full]))
        var builder = ExifBuilder()
        builder.primary = [builder.text(0x0110, "Model 1"), builder.short(0x0112, 6)]
        let filled = try #require(filling.filled(hasBlock ? builder.structure() : nil))
        var record = readExif(filled).record
        #expect(record.taken == "2020-03-01T12:00:00+00:00" && record.takenFrom == .dateTimeOriginal)
        #expect(record.description == "At the lake")
        let gps = try #require(record.gps)
        #expect(abs(gps.latitude + 33.5) < 1e-7 && abs(gps.longitude - 151.25) < 1e-7 && gps.altitude == -3)
        #expect(record.model == (hasBlock ? "Model 1" : nil) && record.orientation == (hasBlock ? 6 : nil))
        #expect(exifCoordinates(filled).count == 2)
        filling.apply(to: &record)
        #expect(record.taken == full.taken && record.takenFrom == .companion && record.gps == full.gps)
    }

    @Test("the metadata policy holds for what was filled")
    func policy() throws {
        var told = full
        told.description = "Near -33.5012, 151.2497"
        let filling = try #require(ExifFilling(lackedBy: ExifRecord(), from: [told]))
        let block = try #require(filling.filled(nil))
        #expect(rewriteExif(block, policy: MetadataPolicy()) == nil)
        #expect(rewriteExif(block, policy: MetadataPolicy(keep: [])) == nil)
        let kept = try #require(rewriteExif(block, policy: MetadataPolicy(keep: [.exif], drop: [.gps])))
        let record = readExif(kept).record
        #expect(record.gps == nil && record.description == nil && record.taken != nil)
        let whole = try #require(rewriteExif(block, policy: MetadataPolicy(keep: [.exif])))
        #expect(readExif(whole).record.gps != nil && readExif(whole).record.description != nil)
        var sidecar = ExifRecord()
        filling.apply(to: &sidecar)
        sidecar.removePlace()
        #expect(sidecar.gps == nil && sidecar.description == nil && sidecar.taken == told.taken)
    }

    @Test("a block that has no room loses its maker note, else is left as it is")
    func room() throws {
        let filling = try #require(ExifFilling(lackedBy: ExifRecord(), from: [full]))
        var builder = ExifBuilder()
        builder.exif = [builder.bytes(0x927C, [UInt8](repeating: 1, count: 65_400))]
        #expect(try readExif(#require(filling.filled(builder.structure()))).record.taken != nil)
        builder.exif = [builder.bytes(0x9286, [UInt8](repeating: 1, count: 65_400))]
        #expect(filling.filled(builder.structure()) == nil)
    }
}

extension CompanionRecord {
    fileprivate func apply(to record: inout ExifRecord) {
        (record.taken, record.takenFrom, record.gps, record.description) = (taken, .dateTimeOriginal, gps, description)
    }
}
