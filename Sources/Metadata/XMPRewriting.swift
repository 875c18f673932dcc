package import PipelineModel

/// The XMP packet that a rendition carries, in UTF-8; nil when nothing is kept.
///
/// A packet that is kept whole loses its thumbnails and the source's dimensions, and says that the picture is upright.
/// Without GPS it loses every property that is about a place on the map, under whatever prefix; if "GPS" stands in it
/// even then, it goes whole: better no packet than a leak. So does one that is not well-formed.
package func rewriteXMP(_ packet: [UInt8], policy: MetadataPolicy) -> [UInt8]? {
    let extent = MetadataExtent(of: .xmp, policy: policy)
    if case .nothing = extent { return nil }
    guard packet.count <= 4 << 20, let text = utf8(packet), let nodes = XMLNode.parse(text),
        nodes.contains(where: \.isElement)
    else { return nil }
    let kept: [UInt8]
    switch extent {
    case .nothing: return nil
    case .copyrightOnly:
        guard let properties = XMPRights.properties(in: nodes) else { return nil }
        kept = Array(XMPRights.packet(properties).utf8)
    case .whole(let cuts):
        let edited = XMPEdit(cuts: cuts).apply(to: nodes)
        kept = Array(XMLNode.text(edited).utf8)
        if cuts.gps, contains(lowercased(kept), Array("gps".utf8)) { return nil }
    }
    // What JPEG's APP1 segment holds besides the signature of XMP.
    return kept.count <= 65_500 ? kept : nil
}

/// XMP is UTF-8 nearly always; UTF-16 is allowed outside JPEG.
private func utf8(_ packet: [UInt8]) -> [UInt8]? {
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

/// The namespaces that are met by name.
private enum XMPNamespace {
    static let rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    static let dublinCore = "http://purl.org/dc/elements/1.1/"
    static let rights = "http://ns.adobe.com/xap/1.0/rights/"
    static let basic = "http://ns.adobe.com/xap/1.0/"
    static let tiff = "http://ns.adobe.com/tiff/1.0/"
    static let exif = "http://ns.adobe.com/exif/1.0/"
    static let note = "http://ns.adobe.com/xmp/note/"
    /// Depth maps and second pictures, each a whole file with metadata of its own.
    static let google = "http://ns.google.com/photos/"

    static func isRights(_ namespace: String, _ local: String) -> Bool {
        namespace == rights || namespace == dublinCore && (local == "rights" || local == "creator")
    }
}

/// Cuts a packet that is kept whole.
private struct XMPEdit {
    let cuts: MetadataCuts

    func apply(to nodes: [XMLNode]) -> [XMLNode] {
        nodes.compactMap { node in
            guard case .element(var element) = node else {
                return keepsRaw(node) ? node : nil
            }
            if drops(element.namespace, element.local) { return nil }
            element.attributes.removeAll { drops($0.namespace, $0.local) }
            for index in element.attributes.indices
            where isOrientation(element.attributes[index].namespace, element.attributes[index].local) {
                element.attributes[index].value = "1"
            }
            element.children =
                isOrientation(element.namespace, element.local) ? [.other("1")] : apply(to: element.children)
            return .element(element)
        }
    }

    /// The packet's padding, for editing in place, is not copied; nor are comments, which could hold anything.
    private func keepsRaw(_ node: XMLNode) -> Bool {
        guard case .other(let raw) = node else { return true }
        return !raw.hasPrefix("<!--") && !(raw.utf8.count > 256 && raw.utf8.allSatisfy { $0 <= 0x20 })
    }

    private func isOrientation(_ namespace: String, _ local: String) -> Bool {
        namespace == XMPNamespace.tiff && local == "Orientation"
    }

    private func drops(_ namespace: String, _ local: String) -> Bool {
        if namespace == XMPNamespace.basic && local == "Thumbnails" { return true }
        if namespace == XMPNamespace.note && local == "HasExtendedXMP" { return true }
        if namespace == XMPNamespace.tiff && ["ImageWidth", "ImageLength"].contains(local) { return true }
        if namespace == XMPNamespace.exif && ["PixelXDimension", "PixelYDimension"].contains(local) { return true }
        if cuts.copyright && XMPNamespace.isRights(namespace, local) { return true }
        guard cuts.gps else { return false }
        if namespace.hasPrefix(XMPNamespace.google) { return true }
        let name = String(decoding: lowercased(local.utf8), as: UTF8.self)
        return ["gps", "latitude", "longitude", "longtitude", "altitude", "geotag"].contains { name.contains($0) }
            || ["lat", "lon", "long", "lat_long", "latlong"].contains(name)
    }
}

/// A fresh packet that says whose the picture is, and nothing else.
private enum XMPRights {
    /// The properties as elements with the usual prefixes; nil when there is none.
    static func properties(in nodes: [XMLNode]) -> [XMLNode]? {
        var found: [XMLNode] = []
        collect(nodes, into: &found)
        return found.isEmpty ? nil : found
    }

    private static func collect(_ nodes: [XMLNode], into found: inout [XMLNode]) {
        for case .element(let element) in nodes {
            guard element.namespace == XMPNamespace.rdf, element.local == "Description" else {
                collect(element.children, into: &found)
                continue
            }
            for attribute in element.attributes where XMPNamespace.isRights(attribute.namespace, attribute.local) {
                found.append(property(attribute.namespace, attribute.local, [.other(escaped(attribute.value))]))
            }
            for case .element(let child) in element.children where XMPNamespace.isRights(child.namespace, child.local) {
                found.append(property(child.namespace, child.local, plain(child.children)))
            }
        }
    }

    private static func property(_ namespace: String, _ local: String, _ children: [XMLNode]) -> XMLNode {
        let prefix = namespace == XMPNamespace.rights ? "xmpRights:" : "dc:"
        return .element(XMLElement(name: prefix + local, attributes: [], children: children, namespace: namespace))
    }

    /// Lists of RDF and text; whatever else is nested in a property is left out.
    private static func plain(_ nodes: [XMLNode]) -> [XMLNode] {
        nodes.compactMap { node in
            switch node {
            case .other(let raw): return raw.hasPrefix("<") ? nil : node
            case .element(let element):
                guard element.namespace == XMPNamespace.rdf, ["Alt", "Bag", "Seq", "li"].contains(element.local) else {
                    return nil
                }
                return .element(
                    XMLElement(
                        name: "rdf:" + element.local, attributes: element.attributes.filter { $0.name == "xml:lang" },
                        children: plain(element.children), namespace: element.namespace))
            }
        }
    }

    /// An attribute's value is escaped already, but for what only text forbids.
    private static func escaped(_ value: String) -> String {
        value.split(separator: ">", omittingEmptySubsequences: false).joined(separator: "&gt;")
    }

    static func packet(_ properties: [XMLNode]) -> String {
        """
        <?xpacket begin="\u{FEFF}" id="W5M0MpCehiHzreSzNTczkc9d"?>
        <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="\(XMPNamespace.rdf)">\
        <rdf:Description rdf:about="" xmlns:dc="\(XMPNamespace.dublinCore)" xmlns:xmpRights="\(XMPNamespace.rights)">\
        \(XMLNode.text(properties))\
        </rdf:Description></rdf:RDF></x:xmpmeta>
        <?xpacket end="w"?>
        """
    }
}
