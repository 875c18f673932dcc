import ByteReading

/// The items of a HEIF file, as its `meta` box lists them.
///
/// The tables grow with what was really read, never by a count in the file; every entry costs a step.
struct HEIFItems {
    private(set) var primary: UInt32?
    private var types: [UInt32: UInt32] = [:]
    private var hidden: Set<UInt32> = []
    private var properties: [HEIFProperty] = []
    /// Indices into `properties`, from 1 on.
    private var associations: [UInt32: [Int]] = [:]
    /// What a derived picture is made of.
    private var derivations: [UInt32: [UInt32]] = [:]
    /// Items that belong to another: thumbnails, alpha and depth maps.
    private var companions: [(item: UInt32, of: UInt32)] = []

    init(_ reader: inout ByteReader) throws(ParseFailure) {
        var offset: UInt64 = 0
        while true {
            let box = try HEIFBox(&reader, at: offset, within: .max)
            if box.type == fourCharacters("meta") {
                try readMeta(&reader, box)
                return
            }
            guard box.end < .max else { throw .malformed("no meta box") }
            offset = box.end
        }
    }

    func properties(of item: UInt32) -> HEIFProperties {
        let indices = associations[item] ?? []
        return HEIFProperties(
            list: indices.compactMap { properties.indices.contains($0 - 1) ? properties[$0 - 1] : nil })
    }

    /// The pictures that a derived picture is made of; none for a picture that is coded itself.
    func sources(of item: UInt32) -> [UInt32] {
        isDerived(item) ? derivations[item] ?? [] : []
    }

    func isGrid(_ item: UInt32) -> Bool {
        types[item] == fourCharacters("grid")
    }

    func hasAlpha(_ item: UInt32) -> Bool {
        companions.contains { $0.of == item && properties(of: $0.item).isAlpha }
    }

    /// What belongs to it, each kind once.
    func companions(of item: UInt32) -> [HEIFLayout.Companion] {
        let found = Set(companions.filter { $0.of == item }.compactMap { properties(of: $0.item).companion })
        // A picture and its gain map, put together.
        let mapped = types.contains {
            $0.value == fourCharacters("tmap") && derivations[$0.key]?.contains(item) == true
        }
        return found.union(mapped ? [.gainMap] : []).sorted { $0.rawValue < $1.rawValue }
    }

    /// Pictures that stand for themselves: neither hidden nor a thumbnail, alpha or depth map of another.
    /// In libheif's order.
    var pictures: [PagePlace] {
        let accompanying = Set(companions.map(\.item))
        return types.keys.filter { isPicture($0) && !hidden.contains($0) && !accompanying.contains($0) }.sorted()
            .enumerated().map { PagePlace(number: $0.offset, place: UInt64($0.element)) }
    }

    private func isDerived(_ item: UInt32) -> Bool {
        [fourCharacters("grid"), fourCharacters("iden"), fourCharacters("iovl")].contains(types[item] ?? 0)
    }

    private func isPicture(_ item: UInt32) -> Bool {
        isDerived(item) || [fourCharacters("hvc1"), fourCharacters("av01")].contains(types[item] ?? 0)
    }

    private mutating func readMeta(_ reader: inout ByteReader, _ meta: HEIFBox) throws(ParseFailure) {
        var items = self
        do throws(ParseFailure) {
            try HEIFBox.each(&reader, from: meta.body + 4, to: meta.end) { (reader, box) throws(ParseFailure) in
                switch box.type {
                case fourCharacters("pitm"): items.primary = try Self.identifier(&reader, box).value
                case fourCharacters("iinf"): try items.readInformation(&reader, box)
                case fourCharacters("iref"): try items.readReferences(&reader, box)
                case fourCharacters("iprp"): try items.readProperties(&reader, box)
                default: break
                }
            }
        } catch .endOfFile {
            // What was read may do.
            guard items.primary != nil else { throw .endOfFile }
        }
        self = items
    }

    /// The item number behind a full box's version, of 2 bytes in version 0, of 4 in others.
    private static func identifier(
        _ reader: inout ByteReader, _ box: HEIFBox
    ) throws(ParseFailure) -> (value: UInt32, next: UInt64) {
        let size = try reader.uint8(at: box.body) == 0 ? 2 : 4
        let value = try reader.integer(at: box.body + 4, size: size, .big)
        return (UInt32(truncatingIfNeeded: value), box.body + 4 + UInt64(size))
    }

    private mutating func readInformation(_ reader: inout ByteReader, _ box: HEIFBox) throws(ParseFailure) {
        let entries = try Self.identifier(&reader, box).next
        var (types, hidden) = (types, hidden)
        try HEIFBox.each(&reader, from: entries, to: box.end) { (reader, entry) throws(ParseFailure) in
            guard entry.type == fourCharacters("infe") else { return }
            let version = try reader.uint8(at: entry.body)
            guard version >= 2 else { return }
            let size: UInt64 = version == 2 ? 2 : 4
            let item = UInt32(
                truncatingIfNeeded: try reader.integer(at: entry.body + 4, size: Int(size), .big))
            types[item] = try reader.uint32(at: entry.body + 6 + size)
            if try reader.uint8(at: entry.body + 3) & 1 != 0 { hidden.insert(item) }
        }
        (self.types, self.hidden) = (types, hidden)
    }

    private mutating func readReferences(_ reader: inout ByteReader, _ box: HEIFBox) throws(ParseFailure) {
        let size = try reader.uint8(at: box.body) == 0 ? 2 : 4
        var (derivations, companions) = (derivations, companions)
        try HEIFBox.each(&reader, from: box.body + 4, to: box.end) { (reader, entry) throws(ParseFailure) in
            let from = UInt32(truncatingIfNeeded: try reader.integer(at: entry.body, size: size, .big))
            let count = Int(try reader.uint16(at: entry.body + UInt64(size)))
            for index in 0..<count {
                try reader.step()
                let offset = entry.body + UInt64(size + 2 + index * size)
                guard offset < entry.end else { return }
                let to = UInt32(truncatingIfNeeded: try reader.integer(at: offset, size: size, .big))
                switch entry.type {
                case fourCharacters("dimg"): derivations[from, default: []].append(to)
                case fourCharacters("auxl"), fourCharacters("thmb"): companions.append((from, of: to))
                default: break
                }
            }
        }
        (self.derivations, self.companions) = (derivations, companions)
    }

    private mutating func readProperties(_ reader: inout ByteReader, _ box: HEIFBox) throws(ParseFailure) {
        var items = self
        try HEIFBox.each(&reader, from: box.body, to: box.end) { (reader, child) throws(ParseFailure) in
            switch child.type {
            case fourCharacters("ipco"):
                try HEIFBox.each(&reader, from: child.body, to: child.end) { (reader, property) throws(ParseFailure) in
                    items.properties.append(try HEIFProperty(property, &reader))
                }
            case fourCharacters("ipma"):
                try items.readAssociations(&reader, child)
            default:
                break
            }
        }
        self = items
    }

    private mutating func readAssociations(_ reader: inout ByteReader, _ box: HEIFBox) throws(ParseFailure) {
        let identifierSize = try reader.uint8(at: box.body) == 0 ? 2 : 4
        let isWide = try reader.uint8(at: box.body + 3) & 1 != 0
        var left = try reader.uint32(at: box.body + 4)
        var offset = box.body + 8
        while left > 0, offset < box.end {
            try reader.step()
            left -= 1
            let item = UInt32(truncatingIfNeeded: try reader.integer(at: offset, size: identifierSize, .big))
            offset += UInt64(identifierSize)
            let length = try reader.uint8(at: offset)
            offset += 1
            for _ in 0..<length {
                // The top bit says that a reader must understand the property.
                let index =
                    isWide ? Int(try reader.uint16(at: offset) & 0x7FFF) : Int(try reader.uint8(at: offset) & 0x7F)
                offset += isWide ? 2 : 1
                // An entry has as many at most, and an item one entry: more would be gone through for every alpha map.
                if associations[item, default: []].count < 255 { associations[item, default: []].append(index) }
            }
        }
    }
}
