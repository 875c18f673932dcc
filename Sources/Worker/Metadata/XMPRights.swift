/// The namespaces that are met by name.
enum XMPNamespace {
    static let rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    static let dublinCore = "http://purl.org/dc/elements/1.1/"
    static let rights = "http://ns.adobe.com/xap/1.0/rights/"
    static let basic = "http://ns.adobe.com/xap/1.0/"
    static let tiff = "http://ns.adobe.com/tiff/1.0/"
    static let exif = "http://ns.adobe.com/exif/1.0/"
    static let photoshop = "http://ns.adobe.com/photoshop/1.0/"
    static let note = "http://ns.adobe.com/xmp/note/"
    /// Of cameras; with depth maps and second pictures, each a whole file with metadata of its own.
    static let google = "http://ns.google.com/photos/"

    static func isRights(_ namespace: String, _ local: String) -> Bool {
        namespace == rights || namespace == dublinCore && (local == "rights" || local == "creator")
    }
}

/// A fresh packet that says whose the picture is, and nothing else.
enum XMPRights {
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
