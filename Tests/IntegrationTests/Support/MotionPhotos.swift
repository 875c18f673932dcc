/// Files of phones and cameras that hold more than a picture, put together from a JPEG.
enum MotionPhotos {
    /// A video of a few boxes. Behind a QuickTime brand it is a MOV.
    static func video(brand: String = "isom", bytes: Int = 700, seed: UInt8 = 7) -> [UInt8] {
        let content = (0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 13) &+ seed }
        return box("ftyp", Array("\(brand)\0\0\0\0mp42".utf8))
            + box("moov", box("mvhd", [UInt8](repeating: 0, count: 100)))
            + box("mdat", content)
    }

    static func box(_ type: String, _ content: [UInt8]) -> [UInt8] {
        big(content.count + 8, 4) + Array(type.utf8) + content
    }

    /// As Pixel phones write them: a directory of parts, a gain map among them where there is one.
    static func google(_ jpeg: [UInt8], video: [UInt8], gainMap: [UInt8] = [], behind: [UInt8] = []) -> [UInt8] {
        func item(_ semantic: String, _ mime: String, _ length: Int) -> String {
            "<rdf:li rdf:parseType=\"Resource\"><Container:Item Item:Mime=\"\(mime)\" Item:Semantic=\"\(semantic)\" "
                + "Item:Length=\"\(length)\" Item:Padding=\"0\"/></rdf:li>"
        }
        let items =
            item("Primary", "image/jpeg", 0) + (gainMap.isEmpty ? "" : item("GainMap", "image/jpeg", gainMap.count))
            + item("MotionPhoto", "video/mp4", video.count + behind.count)
        let properties =
            "GCamera:MotionPhoto=\"1\" GCamera:MotionPhotoVersion=\"1\""
            + (gainMap.isEmpty ? "" : " hdrgm:Version=\"1.0\"")
        return withXMP(
            jpeg, properties, "<Container:Directory><rdf:Seq>\(items)</rdf:Seq></Container:Directory>") + gainMap
            + video
            + behind
    }

    /// As phones before them did.
    static func micro(_ jpeg: [UInt8], video: [UInt8]) -> [UInt8] {
        withXMP(jpeg, "GCamera:MicroVideo=\"1\" GCamera:MicroVideoOffset=\"\(video.count)\"", "") + video
    }

    /// As Samsung's do: blocks with names, a list of them, and an end mark. XMP says nothing.
    static func samsung(_ jpeg: [UInt8], video: [UInt8]) -> [UInt8] {
        func block(_ kind: Int, _ name: String, _ data: [UInt8]) -> [UInt8] {
            little(0, 2) + little(kind, 2) + little(name.utf8.count, 4) + Array(name.utf8) + data
        }
        let blocks = [
            block(0xA01, "Image_UTC_Data", Array("1714979289000".utf8)), block(0xA30, "MotionPhoto_Data", video),
        ]
        var list = Array("SEFH".utf8) + little(106, 4) + little(blocks.count, 4)
        for (index, block) in blocks.enumerated() {
            let back = blocks[index...].reduce(0) { $0 + $1.count }
            list += Array(block[..<4]) + little(back, 4) + little(block.count, 4)
        }
        return jpeg + blocks.joined() + list + little(list.count, 4) + Array("SEFT".utf8)
    }

    /// With an index of pictures (CIPA DC-007) before, and those behind.
    static func mpo(_ jpeg: [UInt8], further: [[UInt8]]) -> [UInt8] {
        let entries = ([jpeg] + further).flatMap { big(0x02_0002, 4) + big($0.count, 4) + big(0, 8) }
        let index =
            Array("MM\0*".utf8) + big(8, 4) + big(1, 2) + big(0xB002, 2) + big(7, 2) + big(entries.count, 4)
            + big(26, 4) + big(0, 4) + entries
        return inserted(into: jpeg, segment(0xE2, Array("MPF\0".utf8) + index)) + further.joined()
    }

    private static func withXMP(_ jpeg: [UInt8], _ properties: String, _ content: String) -> [UInt8] {
        let packet = """
            <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
            <rdf:Description xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" \
            xmlns:Container="http://ns.google.com/photos/1.0/container/" \
            xmlns:Item="http://ns.google.com/photos/1.0/container/item/" \
            xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" \
            xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="kept" \(properties)>\(content)</rdf:Description>\
            </rdf:RDF></x:xmpmeta>
            """
        return inserted(into: jpeg, segment(0xE1, Array("http://ns.adobe.com/xap/1.0/\0".utf8) + Array(packet.utf8)))
    }

    private static func segment(_ marker: UInt8, _ content: [UInt8]) -> [UInt8] {
        [0xFF, marker] + big(content.count + 2, 2) + content
    }

    private static func inserted(into jpeg: [UInt8], _ segment: [UInt8]) -> [UInt8] {
        Array(jpeg[..<2]) + segment + Array(jpeg[2...])
    }

    private static func big(_ number: Int, _ count: Int) -> [UInt8] { little(number, count).reversed() }

    private static func little(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { $0 < 8 ? UInt8(truncatingIfNeeded: number >> (8 * $0)) : 0 }
    }
}
