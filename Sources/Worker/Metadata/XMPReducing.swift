/// Makes a packet small enough for its place by leaving out whole properties, the largest first; what says whose the
/// picture is and what it is called goes last.
struct XMPReducing {
    /// Names of what was left out, as written.
    private(set) var leftOut: [String] = []

    /// Nil where even an empty packet is too large.
    mutating func reduce(_ nodes: [XMLNode], to limit: Int) -> [UInt8]? {
        var properties: [Property] = []
        var counter = 0
        _ = visit(nodes, &counter) { property in
            properties.append(property)
            return true
        }
        var excess = XMLNode.text(nodes).utf8.count - limit
        var gone: Set<Int> = []
        for property in properties.sorted(by: {
            ($0.isProtected ? 1 : 0, -$0.size) < ($1.isProtected ? 1 : 0, -$1.size)
        })
        where excess > 0 {
            excess -= property.size
            gone.insert(property.index)
            leftOut.append(property.name)
        }
        guard excess <= 0 else { return nil }
        counter = 0
        return Array(XMLNode.text(visit(nodes, &counter) { !gone.contains($0.index) }).utf8)
    }

    private struct Property {
        var index: Int
        var name: String
        /// Bytes.
        var size: Int
        var isProtected: Bool
    }

    /// Hands over every property of every `rdf:Description` that is not within another, and leaves out those that are not
    /// to be kept.
    private func visit(_ nodes: [XMLNode], _ counter: inout Int, _ keeps: (Property) -> Bool) -> [XMLNode] {
        var kept: [XMLNode] = []
        for node in nodes {
            guard case .element(var element) = node else {
                kept.append(node)
                continue
            }
            guard element.namespace == XMPNamespace.rdf, element.local == "Description" else {
                element.children = visit(element.children, &counter, keeps)
                kept.append(.element(element))
                continue
            }
            var attributes: [XMLAttribute] = []
            for attribute in element.attributes {
                let isProperty = attribute.namespace != XMPNamespace.rdf && !attribute.name.hasPrefix("xmlns")
                let size = attribute.name.utf8.count + attribute.value.utf8.count + 4
                if !isProperty || keeps(property(attribute.name, attribute.namespace, attribute.local, size, &counter))
                {
                    attributes.append(attribute)
                }
            }
            var children: [XMLNode] = []
            for child in element.children {
                guard case .element(let inner) = child else {
                    children.append(child)
                    continue
                }
                let size = XMLNode.text([child]).utf8.count
                if keeps(property(inner.name, inner.namespace, inner.local, size, &counter)) { children.append(child) }
            }
            (element.attributes, element.children) = (attributes, children)
            kept.append(.element(element))
        }
        return kept
    }

    private func property(
        _ name: String, _ namespace: String, _ local: String, _ size: Int, _ counter: inout Int
    ) -> Property {
        defer { counter += 1 }
        let isTitle = namespace == XMPNamespace.dublinCore && ["title", "description", "subject"].contains(local)
        return Property(
            index: counter, name: name, size: size, isProtected: isTitle || XMPNamespace.isRights(namespace, local))
    }
}
