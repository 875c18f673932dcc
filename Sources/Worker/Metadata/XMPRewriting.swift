package import Jobs
package import Pipeline

/// Bytes of a packet, and of what extends it, that are looked at.
let xmpLimit = 4 << 20
/// Bytes of a packet that JPEG's APP1 segment holds besides the signature of XMP.
private let jpegLimit = 65_500

/// What a source says of itself in XMP, and what is needed to cut it.
package struct SourceXMP: Sendable {
    /// As it stands in the file.
    package var packet: [UInt8]
    /// The rest of it, where it is longer than a JPEG's segment.
    package var extended: [UInt8]?
    /// Decimal degrees that the picture was taken at, where they are known.
    package var coordinates: [Double]

    package init(packet: [UInt8], extended: [UInt8]? = nil, coordinates: [Double] = []) {
        self.packet = packet
        self.extended = extended
        self.coordinates = coordinates
    }
}

/// The XMP packet that a rendition carries, and what was left out of it that was to be kept.
package struct RewrittenXMP: Sendable, Equatable {
    /// UTF-8; nil when nothing is kept.
    package var packet: [UInt8]?
    /// For the sidecar.
    package var warnings: [String] = []
}

/// The XMP packet that a rendition carries, in UTF-8; nil when nothing is kept.
package func rewriteXMP(_ packet: [UInt8], policy: MetadataPolicy) -> [UInt8]? {
    rewriteXMP(SourceXMP(packet: packet), policy: policy, for: .png).packet
}

/// The XMP packet that a rendition carries.
///
/// A packet that is kept whole loses its thumbnails, the source's dimensions and what describes other files in the
/// source's container, and says how the picture lies now. Without GPS it loses every property that is about a place on
/// the map, by its name under whatever prefix or by its value; if "GPS" stands in it even then, it goes whole: better no
/// packet than a leak. So does one that is not well-formed. For JPEG the largest properties go until it fits.
///
/// - Parameter orientation: of the rendition's pixels, 1…8.
package func rewriteXMP(
    _ source: SourceXMP, policy: MetadataPolicy, for format: PictureFormat, orientation: Int = 1
) -> RewrittenXMP {
    let extent = MetadataExtent(of: .xmp, policy: policy)
    if case .nothing = extent { return RewrittenXMP() }
    guard source.packet.count <= xmpLimit else {
        return RewrittenXMP(warnings: ["xmp: \(source.packet.count) bytes, too long to read: dropped"])
    }
    guard var nodes = xmpNodes(source.packet) else {
        return RewrittenXMP(warnings: ["xmp: the packet is damaged: dropped"])
    }
    var result = RewrittenXMP()
    if let extended = source.extended {
        if let more = xmpNodes(extended) {
            nodes = XMPExtension.joined(nodes, with: more)
        } else {
            result.warnings.append("xmp: the extended packet is damaged: dropped")
        }
    }
    switch extent {
    case .nothing: return result
    case .copyrightOnly:
        guard let properties = XMPRights.properties(in: nodes) else { return result }
        result.packet = Array(XMPRights.packet(properties).utf8)
    case .whole(let cuts):
        let search = CoordinateSearch(near: source.coordinates)
        nodes = XMPEdit(cuts: cuts, search: search, orientation: orientation).apply(to: nodes)
        var kept = Array(XMLNode.text(nodes).utf8)
        if cuts.gps, namesGPS(kept) {
            result.warnings.append("xmp: GPS data cannot be removed from it: the packet was dropped")
            return result
        }
        if format == .jpeg, kept.count > jpegLimit {
            var reducing = XMPReducing()
            guard let reduced = reducing.reduce(nodes, to: jpegLimit) else {
                result.warnings.append("xmp: \(kept.count) bytes, more than a JPEG can hold: dropped")
                return result
            }
            let names = listed(reducing.leftOut)
            result.warnings.append("xmp: \(kept.count) bytes, more than a JPEG can hold: without \(names)")
            kept = reduced
        }
        result.packet = kept
    }
    if format == .jpeg, let count = result.packet?.count, count > jpegLimit {
        result.packet = nil
        result.warnings.append("xmp: rights of \(count) bytes, more than a JPEG can hold: dropped")
    }
    return result
}

/// Whether "GPS" stands anywhere but in the midst of what is encoded: a long run of letters and digits has any three
/// letters somewhere.
private func namesGPS(_ bytes: [UInt8]) -> Bool {
    let leastEncoded = 64
    let (text, name) = (lowercased(bytes), Array("gps".utf8))
    func isEncoding(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2B || byte == 0x2F
    }
    var start = 0
    for offset in text.indices {
        guard isEncoding(text[offset]) else {
            start = offset + 1
            continue
        }
        guard text[offset] == name[0], text[offset...].starts(with: name) else { continue }
        let run = text[offset...].prefix(leastEncoded).prefix(while: isEncoding).count + offset - start
        if run < leastEncoded { return true }
    }
    return false
}

/// The first few, and how many more.
private func listed(_ names: [String]) -> String {
    let most = 5
    let first = names.prefix(most).map { $0.shortened(to: 60) }.joined(separator: ", ")
    return names.count > most ? "\(first) and \(names.count - most) more" : first
}

/// The tree of a packet; nil where it is too large, not well-formed, or has no element.
func xmpNodes(_ packet: [UInt8]) -> [XMLNode]? {
    guard packet.count <= xmpLimit, let text = xmpText(packet), let nodes = XMLNode.parse(text),
        nodes.contains(where: \.isElement)
    else { return nil }
    return nodes
}

/// XMP is UTF-8 nearly always; UTF-16 is allowed outside JPEG.
func xmpText(_ packet: [UInt8]) -> [UInt8]? {
    var bytes = packet[...]
    while bytes.last == 0 { bytes.removeLast() }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    guard bytes.prefix(64).contains(0) || bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) else {
        return String(validating: bytes, as: UTF8.self).map { Array($0.utf8) }
    }
    let order: ByteOrder = bytes.starts(with: [0xFF, 0xFE]) || bytes.first == 0x3C ? .little : .big
    if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) { bytes.removeFirst(2) }
    if bytes.count % 2 == 1 { bytes.append(0) }
    let units = stride(from: 0, to: bytes.count, by: 2).map { UInt16(order.uint16(bytes, at: $0) ?? 0) }
    return String(validating: units, as: UTF16.self).map { Array($0.utf8) }
}
