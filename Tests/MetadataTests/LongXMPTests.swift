import Jobs
import Pipeline
import Testing

@testable import Metadata

@Suite("XMP of any length, and of other files in a container")
struct LongXMPTests {
    private static let everything = MetadataPolicy(keep: [.all])

    private static func packet(_ properties: String) -> [UInt8] {
        Array(
            """
            <?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/" \
            xmlns:p="http://ns.adobe.com/photoshop/1.0/">\
            <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" \
            xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:note="http://ns.adobe.com/xmp/note/">\
            \(properties)</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>
            """.utf8)
    }
    private static let rights =
        "<dc:rights><rdf:Alt><rdf:li xml:lang=\"x-default\">(c) Ann</rdf:li></rdf:Alt></dc:rights>"
    private static let title = "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">Sunset</rdf:li></rdf:Alt></dc:title>"
    private static func history(_ count: Int) -> String {
        "<p:History>\(String(repeating: "a brush stroke ", count: count))</p:History>"
    }

    @Test("where the format has no limit it is kept whole", arguments: [PictureFormat.png, .webp, .avif, .tiff])
    func unlimited(format: PictureFormat) throws {
        let packet = Self.packet(Self.rights + Self.title + Self.history(20_000))
        let rewritten = rewriteXMP(SourceXMP(packet: packet), policy: Self.everything, for: format)
        #expect(rewritten.warnings.isEmpty)
        #expect(try #require(rewritten.packet).count >= packet.count - 10)
    }

    @Test("in a JPEG the largest properties go, and a warning names them; rights and title stay")
    func reduced() throws {
        let packet = Self.packet(Self.rights + Self.history(20_000) + Self.title + "<p:City>Passau</p:City>")
        let rewritten = rewriteXMP(SourceXMP(packet: packet), policy: Self.everything, for: .jpeg)
        let text = String(decoding: try #require(rewritten.packet), as: UTF8.self)
        #expect(text.contains("(c) Ann") && text.contains("Sunset") && text.contains("Passau"))
        #expect(!text.contains("History") && text.utf8.count <= 65_500)
        #expect(rewritten.warnings.count == 1)
        #expect(rewritten.warnings.first?.contains("p:History") == true)
    }

    @Test("title and rights go last of all")
    func protected() throws {
        let long = Self.title.replacing("Sunset", with: String(repeating: "Sunset ", count: 20_000))
        let packet = Self.packet(Self.rights + long + "<p:City>Passau</p:City>")
        let rewritten = rewriteXMP(SourceXMP(packet: packet), policy: Self.everything, for: .jpeg)
        let text = String(decoding: try #require(rewritten.packet), as: UTF8.self)
        #expect(text.contains("(c) Ann") && !text.contains("Sunset"))
    }

    @Test("what is too long to be read, or damaged, goes with a warning")
    func unreadable() {
        let long = Self.packet(Self.history(400_000))
        for packet in [long, Array("<a></b>".utf8)] {
            let rewritten = rewriteXMP(SourceXMP(packet: packet), policy: Self.everything, for: .tiff)
            #expect(rewritten.packet == nil && rewritten.warnings.count == 1)
        }
        #expect(rewriteXMP(SourceXMP(packet: long), policy: MetadataPolicy(keep: [.icc]), for: .tiff) == RewrittenXMP())
    }

    @Test("the letters of GPS in the midst of what is encoded are no place; a word of it takes the packet along")
    func encoded() {
        let policy = MetadataPolicy(keep: [.all], drop: [.gps])
        let encoded = String(repeating: "QkZhoqFWC", count: 10) + "gPs" + String(repeating: "xEPyYngF", count: 10)
        #expect(rewriteXMP(Self.packet("<p:History>\(encoded)</p:History>"), policy: policy) != nil)
        #expect(rewriteXMP(Self.packet("<p:History>\(encoded) GPS</p:History>"), policy: policy) == nil)
        #expect(rewriteXMP(Self.packet("<p:History>a tGPSx b</p:History>"), policy: policy) == nil)
    }

    // MARK: Extended packets

    private static let guid = "D16A87A4524EEB2456DBEB0340A85F7E"

    private static func segment(_ marker: UInt8, _ content: [UInt8]) -> [UInt8] {
        [0xFF, marker] + ByteOrder.big.bytes(content.count + 2, width: 2) + content
    }

    private static func jpeg(_ parts: [(length: Int, place: Int, bytes: ArraySlice<UInt8>)], guid: String = guid)
        -> PictureBytes
    {
        let signature = Array("http://ns.adobe.com/xmp/extension/\0".utf8)
        let segments = parts.flatMap { part in
            segment(
                0xE1,
                signature + Array(guid.utf8) + ByteOrder.big.bytes(part.length, width: 4)
                    + ByteOrder.big.bytes(part.place, width: 4) + part.bytes)
        }
        return PictureBytes([0xFF, 0xD8] + segment(0xE0, [1, 2, 3]) + segments + [0xFF, 0xDA, 0, 2])
    }

    @Test("parts are put together in any order, and joined to the main packet with their prefixes")
    func extended() throws {
        let main = Self.packet(Self.rights + "<note:HasExtendedXMP>\(Self.guid)</note:HasExtendedXMP>")
        #expect(nameOfExtendedXMP(in: main) == Self.guid)
        let whole = Self.packet(Self.history(5_000) + Self.title)
        let half = whole.count / 2
        let source = Self.jpeg([(whole.count, half, whole[half...]), (whole.count, 0, whole[..<half])])
        let extended = try JPEGExtras(in: source, guid: Self.guid).extendedXMP
        #expect(extended == whole)
        let rewritten = rewriteXMP(
            SourceXMP(packet: main, extended: extended), policy: Self.everything, for: .png)
        let packet = try #require(rewritten.packet)
        let text = String(decoding: packet, as: UTF8.self)
        #expect(text.contains("(c) Ann") && text.contains("Sunset") && text.contains("<p:History>"))
        #expect(!text.contains("HasExtendedXMP"))
        // Prefixes are bound where they have come to.
        #expect(rewriteXMP(packet, policy: Self.everything) == packet)
    }

    @Test("what is incomplete, another's or too long is left out")
    func incomplete() throws {
        let whole = Self.packet(Self.title)
        let half = whole.count / 2
        #expect(try JPEGExtras(in: Self.jpeg([(whole.count, 0, whole[..<half])]), guid: Self.guid).extendedXMP == nil)
        #expect(
            try JPEGExtras(in: Self.jpeg([(whole.count, half, whole[half...])]), guid: Self.guid).extendedXMP == nil)
        #expect(try JPEGExtras(in: Self.jpeg([(5 << 20, 0, whole[...])]), guid: Self.guid).extendedXMP == nil)
        let other = Self.jpeg([(whole.count, 0, whole[...])], guid: String(repeating: "A", count: 32))
        #expect(try JPEGExtras(in: other, guid: Self.guid).extendedXMP == nil)
        #expect(try JPEGExtras(in: other, guid: nil).extendedXMP == nil)
        #expect(
            try JPEGExtras(in: PictureBytes([0xFF, 0xD8, 0xFF]), guid: Self.guid) == JPEGExtras(in: other, guid: nil))
    }

    @Test("an index of further pictures is counted, thumbnails are not")
    func index() throws {
        let kinds = [0x03_0000, 0x01_0002, 0, 0x02_0002]
        var index: [UInt8] = Array("MPF\0MM\0*".utf8) + ByteOrder.big.bytes(8, width: 4)
        index +=
            [0, 1, 0xB0, 0x02, 0, 7] + ByteOrder.big.bytes(kinds.count * 16, width: 4) + [0, 0, 0, 26, 0, 0, 0, 0]
        for kind in kinds { index += ByteOrder.big.bytes(kind, width: 4) + [UInt8](repeating: 0, count: 12) }
        let source = PictureBytes([0xFF, 0xD8] + Self.segment(0xE2, index) + [0xFF, 0xDA, 0, 2])
        #expect(try JPEGExtras(in: source, guid: nil).pictures == 3)
    }

    @Test("more than it says to be, or than is read, is not put together")
    func overlong() throws {
        let whole = Self.packet(Self.title)
        let part = (length: whole.count, place: 0, bytes: whole[...])
        #expect(try JPEGExtras(in: Self.jpeg([part]), guid: Self.guid).extendedXMP == whole)
        #expect(try JPEGExtras(in: Self.jpeg([part, part, part]), guid: Self.guid).extendedXMP == nil)
        for (length, isRead) in [(1 << 20, true), (1 << 20 + 1, false)] {
            let long = [UInt8](repeating: 0x20, count: length)
            let parts = stride(from: 0, to: length, by: 60_000).map { place in
                (length: length, place: place, bytes: long[place..<min(length, place + 60_000)])
            }
            #expect(try (JPEGExtras(in: Self.jpeg(parts), guid: Self.guid).extendedXMP != nil) == isRead)
        }
    }

    @Test("descriptions get the prefixes they use, not all that are bound around them")
    func prefixes() throws {
        let unused = (0..<300).map { " xmlns:u\($0)=\"http://example.com/\($0)/\"" }.joined()
        let one = "<rdf:Description><dc:format>image/jpeg</dc:format></rdf:Description>"
        let text =
            "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" "
            + "xmlns:dc=\"http://purl.org/dc/elements/1.1/\"\(unused)>"
            + String(repeating: one, count: 20) + "</rdf:RDF>"
        let main = try #require(xmpNodes(Self.packet(Self.rights)))
        let joined = XMLNode.text(XMPExtension.joined(main, with: try #require(xmpNodes(Array(text.utf8)))))
        #expect(!joined.contains("xmlns:u"))
        #expect(XMLNode.parse(Array(joined.utf8)) != nil)
        #expect(joined.components(of: "<dc:format>") == 20 && joined.components(of: "xmlns:dc=") == 21)
    }

    // MARK: Hostile packets

    @Test("prefixes hold to the end of the element that binds them")
    func scopes() throws {
        let nodes = try #require(
            XMLNode.parse(Array("<a xmlns:p=\"1\"><p:b xmlns:p=\"2\" xmlns:q=\"3\"/><p:c/><q:d/></a>".utf8)))
        guard case .element(let root)? = nodes.first else { return #expect(Bool(false)) }
        let found = root.children.map { node in if case .element(let child) = node { child.namespace } else { "-" } }
        #expect(found == ["2", "1", ""])
    }

    @Test("too many attributes or prefixes make a packet unreadable; many that come and go do not")
    func bounds() {
        func bound(_ numbers: Range<Int>) -> String { numbers.map { " xmlns:p\($0)=\"\"" }.joined() }
        func isReadable(_ text: String) -> Bool { xmpNodes(Array(text.utf8)) != nil }
        #expect(isReadable("<a\(bound(0..<500))/>"))
        #expect(!isReadable("<a\(bound(0..<501))/>"))
        #expect(!isReadable("<a\(bound(0..<85_000))>\(String(repeating: "<b xmlns:c=\"\"/>", count: 100_000))</a>"))
        let inner = String(repeating: "<b xmlns:c=\"\"/>", count: 50_000)
        #expect(isReadable("<a\(bound(0..<500))><a\(bound(500..<999))>\(inner)</a></a>"))
        #expect(!isReadable("<a\(bound(0..<500))><a\(bound(500..<1000))>\(inner)</a></a>"))
    }

    // MARK: Other files in the container

    private static let container = """
        <rdf:Description rdf:about="" xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" \
        xmlns:Container="http://ns.google.com/photos/1.0/container/" \
        xmlns:Item="http://ns.google.com/photos/1.0/container/item/" \
        xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" xmlns:q="http://ns.adobe.com/xap/1.0/" \
        GCamera:MotionPhoto="1" GCamera:MotionPhotoVersion="1" hdrgm:Version="1.0" q:Rating="4">\
        <Container:Directory><rdf:Seq><rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="image/jpeg" \
        Item:Semantic="Primary" Item:Length="0"/></rdf:li><rdf:li rdf:parseType="Resource"><Container:Item \
        Item:Mime="video/mp4" Item:Semantic="MotionPhoto" Item:Length="7352"/></rdf:li></rdf:Seq>\
        </Container:Directory></rdf:Description>
        """

    @Test("what describes a motion photo, a gain map and their places goes, the picture's own stays")
    func container() throws {
        let packet = Array(
            String(decoding: Self.packet(""), as: UTF8.self)
                .replacing("</rdf:RDF>", with: Self.container + "</rdf:RDF>").utf8)
        #expect(partsDescribed(by: [packet]) == ["gain map", "motion photo"])
        let kept = try #require(rewriteXMP(packet, policy: Self.everything))
        let text = String(decoding: kept, as: UTF8.self)
        for gone in ["MotionPhoto=", "hdrgm:Version", "Directory", "7352", "Semantic"] { #expect(!text.contains(gone)) }
        #expect(text.contains("q:Rating=\"4\""))
        #expect(partsDescribed(by: [kept]).isEmpty)
        #expect(partsDescribed(by: [Self.packet(Self.title), [1, 2, 3]]).isEmpty)
    }

    @Test("a motion photo's video begins as many bytes before the end as all parts from it on take")
    func videoPlaces() {
        let packet = Array(
            String(decoding: Self.packet(""), as: UTF8.self).replacing(
                "</rdf:RDF>",
                with: Self.container.replacing(
                    "</rdf:Seq>",
                    with: "<rdf:li><Container:Item Item:Mime=\"image/jpeg\" Item:Length=\"100\"/></rdf:li></rdf:Seq>")
                    + "</rdf:RDF>"
            ).utf8)
        #expect(motionVideoPlaces(describedBy: [packet]) == [7452, 7352])
        let micro = Self.packet(
            "<g:MicroVideoOffset xmlns:g=\"http://ns.google.com/photos/1.0/camera/\">9</g:MicroVideoOffset>")
        #expect(motionVideoPlaces(describedBy: [micro, [1]]) == [9])
        #expect(motionVideoPlaces(describedBy: [Self.packet(Self.title)]).isEmpty)
    }

    @Test("a directory of nothing but the picture itself tells of no other file")
    func pictureAlone() {
        func parts(_ items: String) -> [String] {
            partsDescribed(by: [
                Self.packet(
                    "<c:Directory xmlns:c=\"http://ns.google.com/photos/1.0/container/\" "
                        + "xmlns:i=\"http://ns.google.com/photos/1.0/container/item/\"><rdf:Seq>\(items)</rdf:Seq>"
                        + "</c:Directory>")
            ])
        }
        let picture = "<rdf:li><c:Item i:Mime=\"image/jpeg\" i:Semantic=\"Primary\"/></rdf:li>"
        #expect(parts(picture).isEmpty)
        #expect(parts(picture + "<rdf:li><c:Item i:Mime=\"video/mp4\"/></rdf:li>") == ["other files"])
        #expect(parts("") == ["other files"])
    }
}

extension String {
    fileprivate func components(of needle: String) -> Int { ranges(of: needle).count }
}
