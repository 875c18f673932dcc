/// A small XML tree, enough for XMP packets: elements with attributes, and everything else as it stands.
///
/// Foundation's parser would bring libxml2 into the worker. Entities are left as they are written; a document type
/// declaration, which could define some, makes a document unreadable here.
indirect enum XMLNode {
    case element(XMLElement)
    /// Text, character data, comments and processing instructions, as written.
    case other(String)

    var isElement: Bool {
        if case .element = self { true } else { false }
    }
}

struct XMLElement {
    /// As written, with its prefix.
    var name: String
    var attributes: [XMLAttribute]
    var children: [XMLNode]
    /// The namespace its prefix is bound to here; empty for none.
    var namespace: String

    var local: String { localPart(name) }
}

struct XMLAttribute {
    var name: String
    /// As written between the quotes.
    var value: String
    var quote: UInt8
    var namespace: String

    var local: String { localPart(name) }

    /// The prefix that it binds to a namespace, empty for that of names without one; nil for any other attribute.
    var boundPrefix: String? { name == "xmlns" ? "" : name.hasPrefix("xmlns:") ? local : nil }
}

private func localPart(_ name: String) -> String {
    name.utf8.firstIndex(of: 0x3A).map { String(name[name.index(after: $0)...]) } ?? name
}

// MARK: Writing

extension XMLNode {
    static func text(_ nodes: [XMLNode]) -> String {
        var text = ""
        for node in nodes { node.write(to: &text) }
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .other(let raw): text += raw
        case .element(let element):
            text += "<" + element.name
            for attribute in element.attributes {
                let quote = String(Unicode.Scalar(attribute.quote))
                text += " " + attribute.name + "=" + quote + attribute.value + quote
            }
            if element.children.isEmpty {
                text += "/>"
            } else {
                text += ">"
                for child in element.children { child.write(to: &text) }
                text += "</" + element.name + ">"
            }
        }
    }
}

// MARK: Reading

extension XMLNode {
    /// - Returns: nil when the text is not well-formed, is nested deeper than 100 levels, has more than 500 attributes on an
    ///   element or 1,000 prefixes bound in one place, or declares a document type.
    static func parse(_ bytes: [UInt8]) -> [XMLNode]? {
        var parser = XMLParser(bytes: bytes)
        guard let nodes = parser.nodes(inside: nil, depth: 0), parser.position == bytes.count else {
            return nil
        }
        return nodes
    }
}

private struct XMLParser {
    static let depthLimit = 100
    static let mostAttributes = 500
    static let mostBindings = 1000

    let bytes: [UInt8]
    var position = 0
    /// Namespaces by the prefixes that are bound here.
    var bindings: [String: String] = [:]

    /// Everything up to the end tag of `parent`, which is taken too, or up to the end.
    mutating func nodes(inside parent: String?, depth: Int) -> [XMLNode]? {
        guard depth <= Self.depthLimit else { return nil }
        var nodes: [XMLNode] = []
        while position < bytes.count {
            guard bytes[position] == 0x3C else {
                let start = position
                position = bytes[position...].firstIndex(of: 0x3C) ?? bytes.count
                nodes.append(.other(string(start..<position)))
                continue
            }
            if starts(with: "</") {
                position += 2
                guard let name = name(), name == parent, take(">", afterSpace: true) else { return nil }
                return nodes
            }
            let raw = [("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>")].first { starts(with: $0.0) }
            if let (opening, closing) = raw {
                let start = position
                position += opening.utf8.count
                guard skip(past: Array(closing.utf8)) else { return nil }
                nodes.append(.other(string(start..<position)))
                continue
            }
            if starts(with: "<!") { return nil }
            guard let element = element(depth: depth) else { return nil }
            nodes.append(.element(element))
        }
        return parent == nil ? nodes : nil
    }

    private mutating func element(depth: Int) -> XMLElement? {
        position += 1
        guard let name = name() else { return nil }
        // What this element binds holds to its end: no copy of all bindings is taken for it.
        var outer: [(prefix: String, namespace: String?)] = []
        defer { for (prefix, namespace) in outer.reversed() { bindings[prefix] = namespace } }
        var attributes: [XMLAttribute] = []
        while true {
            let hadSpace = skipSpace()
            guard position < bytes.count else { return nil }
            if bytes[position] == 0x3E || bytes[position] == 0x2F { break }
            guard hadSpace, attributes.count < Self.mostAttributes, let attribute = attribute() else { return nil }
            if let prefix = attribute.boundPrefix {
                outer.append((prefix, bindings.updateValue(attribute.value, forKey: prefix)))
                guard bindings.count <= Self.mostBindings else { return nil }
            }
            attributes.append(attribute)
        }
        for index in attributes.indices {
            attributes[index].namespace = namespace(of: attributes[index].name, isAttribute: true)
        }
        var element = XMLElement(
            name: name, attributes: attributes, children: [],
            namespace: namespace(of: name, isAttribute: false))
        if bytes[position] == 0x2F {
            position += 1
            return take(">", afterSpace: false) ? element : nil
        }
        position += 1
        guard let children = nodes(inside: name, depth: depth + 1) else { return nil }
        element.children = children
        return element
    }

    private mutating func attribute() -> XMLAttribute? {
        guard let name = name(), take("=", afterSpace: true) else { return nil }
        _ = skipSpace()
        guard position < bytes.count, bytes[position] == 0x22 || bytes[position] == 0x27 else { return nil }
        let quote = bytes[position]
        position += 1
        guard let end = bytes[position...].firstIndex(of: quote) else { return nil }
        let value = string(position..<end)
        position = end + 1
        return XMLAttribute(name: name, value: value, quote: quote, namespace: "")
    }

    private func namespace(of name: String, isAttribute: Bool) -> String {
        guard let colon = name.utf8.firstIndex(of: 0x3A) else { return isAttribute ? "" : bindings[""] ?? "" }
        return bindings[String(name[..<colon])] ?? ""
    }

    // MARK: Pieces

    private func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private func starts(with text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

    private mutating func name() -> String? {
        let start = position
        while position < bytes.count, !isSpace(bytes[position]),
            ![0x3E, 0x2F, 0x3D, 0x3C, 0x22, 0x27].contains(bytes[position])
        {
            position += 1
        }
        return position > start ? string(start..<position) : nil
    }

    private mutating func skipSpace() -> Bool {
        let start = position
        while position < bytes.count, isSpace(bytes[position]) { position += 1 }
        return position > start
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private mutating func take(_ text: String, afterSpace: Bool) -> Bool {
        if afterSpace { _ = skipSpace() }
        guard starts(with: text) else { return false }
        position += text.utf8.count
        return true
    }

    private mutating func skip(past end: [UInt8]) -> Bool {
        while position + end.count <= bytes.count {
            if bytes[position] == end[0], bytes[position..<position + end.count].elementsEqual(end) {
                position += end.count
                return true
            }
            position += 1
        }
        return false
    }
}
