/// The two packets that a long one is split into for JPEG, as one again.
enum XMPExtension {
    /// The name of the extended packet that a main one asks for; nil where it asks for none.
    static func name(in nodes: [XMLNode]) -> String? {
        for case .element(let element) in nodes {
            func isName(_ namespace: String, _ local: String) -> Bool {
                namespace == XMPNamespace.note && local == "HasExtendedXMP"
            }
            if let attribute = element.attributes.first(where: { isName($0.namespace, $0.local) }) {
                return attribute.value
            }
            if isName(element.namespace, element.local), case .other(let text)? = element.children.first { return text }
            if let name = name(in: element.children) { return name }
        }
        return nil
    }

    /// The main packet with what the extended one describes behind its own.
    static func joined(_ main: [XMLNode], with extended: [XMLNode]) -> [XMLNode] {
        var added: [XMLNode] = []
        var bindings: [String: XMLAttribute] = [:]
        collect(extended, bindings: &bindings, into: &added)
        var left: [XMLNode]? = added
        return insert(&left, into: main)
    }

    /// Descriptions, each with those of the prefixes that are bound around it that it uses.
    private static func collect(
        _ nodes: [XMLNode], bindings: inout [String: XMLAttribute], into found: inout [XMLNode]
    ) {
        for case .element(var element) in nodes {
            let own = element.attributes.filter { $0.boundPrefix != nil }
            if element.namespace == XMPNamespace.rdf, element.local == "Description" {
                var used: Set<String> = []
                addPrefixes(of: element, to: &used)
                for attribute in own { used.remove(attribute.boundPrefix ?? "") }
                element.attributes += used.sorted().compactMap { bindings[$0] }
                found.append(.element(element))
            } else {
                let outer = own.map { attribute in
                    let prefix = attribute.boundPrefix ?? ""
                    return (prefix, bindings.updateValue(attribute, forKey: prefix))
                }
                collect(element.children, bindings: &bindings, into: &found)
                for (prefix, attribute) in outer.reversed() { bindings[prefix] = attribute }
            }
        }
    }

    private static func addPrefixes(of element: XMLElement, to used: inout Set<String>) {
        for name in [element.name] + element.attributes.map(\.name) {
            used.insert(name.utf8.firstIndex(of: 0x3A).map { String(name[..<$0]) } ?? "")
        }
        for case .element(let child) in element.children { addPrefixes(of: child, to: &used) }
    }

    private static func insert(_ added: inout [XMLNode]?, into nodes: [XMLNode]) -> [XMLNode] {
        var result: [XMLNode] = []
        for node in nodes {
            guard case .element(var element) = node, let waiting = added else {
                result.append(node)
                continue
            }
            if element.namespace == XMPNamespace.rdf, element.local == "RDF" {
                element.children += waiting
                added = nil
            } else {
                element.children = insert(&added, into: element.children)
            }
            result.append(.element(element))
        }
        return result
    }
}

/// The name of the extended packet that a main one asks for; nil where it asks for none, or cannot be read.
package func nameOfExtendedXMP(in packet: [UInt8]) -> String? {
    guard contains(packet, Array("HasExtendedXMP".utf8)) else { return nil }
    return xmpNodes(packet).flatMap(XMPExtension.name)
}
