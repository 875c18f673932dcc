/// A HEIF file of one `meta` box; no coded picture.
struct HEIFSample {
    struct Item {
        var number: UInt32
        var type: String
        var isHidden = false
        /// Indices into the properties, from 1 on.
        var properties: [UInt8] = []
    }

    var brand = "heic"
    var compatible = ["mif1"]
    var primary: UInt32 = 1
    var items: [Item] = [Item(number: 1, type: "hvc1", properties: [1, 2])]
    var properties: [[UInt8]] = [size(1280, 854), hevc(chroma: 1, depth: 8)]
    /// (type, from, to)
    var references: [(type: String, from: UInt32, to: [UInt32])] = []

    static func box(_ type: String, _ content: [UInt8]) -> [UInt8] {
        Bytes.join(big(UInt32(content.count + 8)), ascii(type), content)
    }

    static func full(_ type: String, version: UInt8 = 0, flags: UInt32 = 0, _ content: [UInt8]) -> [UInt8] {
        box(type, Bytes.join([version], big(flags, bytes: 3), content))
    }

    static func size(_ width: UInt32, _ height: UInt32) -> [UInt8] { full("ispe", big(width) + big(height)) }

    static func rotation(_ quarters: UInt8) -> [UInt8] { box("irot", [quarters]) }

    static func crop(_ width: UInt32, _ height: UInt32) -> [UInt8] {
        box("clap", [width, 1, height, 1, 0, 1, 0, 1].flatMap { big($0) })
    }

    static func alpha() -> [UInt8] {
        full("auxC", ascii("urn:mpeg:mpegB:cicp:systems:auxiliary:alpha") + [0])
    }

    static func hevc(chroma: UInt8, depth: UInt8) -> [UInt8] {
        var configuration = [UInt8](repeating: 0, count: 23)
        configuration[0] = 1
        configuration[16] = 0xFC | chroma
        configuration[17] = 0xF8 | (depth - 8)
        configuration[18] = 0xF8 | (depth - 8)
        return box("hvcC", configuration)
    }

    static func av1(flags: UInt8) -> [UInt8] { box("av1C", [0x81, 0, flags, 0]) }

    var bytes: [UInt8] {
        let information = items.flatMap { item in
            Self.full(
                "infe", version: 2, flags: item.isHidden ? 1 : 0,
                Bytes.join(big(item.number, bytes: 2), [0, 0], ascii(item.type), [0]))
        }
        let associations = items.flatMap {
            Bytes.join(big($0.number, bytes: 2), [UInt8($0.properties.count)], $0.properties)
        }
        let links = references.flatMap { reference in
            Self.box(
                reference.type,
                Bytes.join(
                    big(reference.from, bytes: 2), big(UInt32(reference.to.count), bytes: 2),
                    reference.to.flatMap { big($0, bytes: 2) }))
        }
        return Bytes.join(
            Self.box("ftyp", Bytes.join(ascii(brand), [0, 0, 0, 0], compatible.flatMap(ascii))),
            Self.full(
                "meta",
                Bytes.join(
                    Self.full("pitm", big(primary, bytes: 2)),
                    Self.full("iinf", big(UInt32(items.count), bytes: 2) + information),
                    references.isEmpty ? [] : Self.full("iref", links),
                    Self.box(
                        "iprp",
                        Self.box("ipco", properties.flatMap { $0 })
                            + Self.full("ipma", big(UInt32(items.count)) + associations)))),
            Self.box("mdat", [0, 1, 2, 3]))
    }
}
