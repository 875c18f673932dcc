import Yams

/// Parses one YAML document, bounded in size and depth. The only file that knows Yams.
package struct YAMLDocument {
    /// Bytes of a file. What people write is a few kilobytes.
    package static let largestFile = 1 << 20
    /// Values after aliases are expanded.
    private static let mostValues = 20_000
    /// Aliases in a file. Nested, n of them multiply a file by at most e^(n/e); this keeps that under 2000 even inside
    /// Yams, which compares whole keys.
    private static let mostAliases = 20
    private static let deepest = 50

    private let file: String
    private var values = 0
    private var lines: [Substring] = []
    /// Stand-ins for keys that come twice, which Yams refuses at the first: scalar → the key's first scalar.
    private var standIns: [Unicode.Scalar: Unicode.Scalar] = [:]

    private init(file: String) { self.file = file }

    /// Throws one fault: YAML that cannot be parsed has no values to look at.
    package static func parse(_ yaml: String, file: String) throws(ConfigurationFaults) -> YAMLValue {
        var document = YAMLDocument(file: file)
        do throws(Fault) {
            return try document.parse(yaml)
        } catch {
            throw ConfigurationFaults([error])
        }
    }

    private mutating func parse(_ yaml: String) throws(Fault) -> YAMLValue {
        guard yaml.utf8.count <= Self.largestFile else {
            throw Fault(file: file, message: "is larger than 1 MiB, too large for a configuration")
        }
        lines = yaml.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard let node = try composed(yaml) else {
            throw fault(.start, "the file is empty; it must start with 'version: 1'")
        }
        return try value(node, depth: 0)
    }

    private mutating func composed(_ yaml: String) throws(Fault) -> Node? {
        if let place = bracketsTooDeep(yaml) { throw fault(place, "nested more than \(Self.deepest) levels deep") }
        switch YAMLNesting.fault(in: yaml) {
        case .tooDeep(let place): throw fault(place, "nested more than \(Self.deepest) levels deep")
        case .tooManyBrackets:
            throw fault(.start, "too many brackets; write lists and maps in block style, one item per line")
        case nil: break
        }
        if YAMLNesting.aliases(in: yaml) > Self.mostAliases {
            throw fault(.start, "more than \(Self.mostAliases) aliases (*name); write the values out")
        }
        var text = yaml
        // Each round takes one duplicate out of the way, so that all of them and all other faults are found.
        for round in 0..<50 {
            do {
                // What a scalar means is decided here: Yams' rules for it are regular expressions, 200 KB of them compiled.
                return try compose(yaml: text, .basic)
            } catch let YamlError.duplicatedKeysInMapping(duplicates, context) {
                let place = Place(line: context.mark.line, column: context.mark.column)
                guard let renamed = rename(text, at: place, round: round) else {
                    throw fault(place, "the key '\(duplicates.first ?? "")' is given twice")
                }
                text = renamed
            } catch {
                throw syntaxFault(error, yaml: yaml)
            }
        }
        throw fault(.start, "more than 50 keys are given twice")
    }

    /// Replaces the first character of the key at `place` by a private-use one, keeping all columns.
    private mutating func rename(_ yaml: String, at place: Place, round: Int) -> String? {
        var scalars = Array(yaml.unicodeScalars)
        var line = 1
        guard
            var index = place.line == 1
                ? 0
                : scalars.firstIndex(where: { scalar in
                    if scalar == "\n" { line += 1 }
                    return line == place.line
                }).map({ $0 + 1 })
        else { return nil }
        index += place.column - 1
        if scalars.indices.contains(index), scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
        guard scalars.indices.contains(index), let standIn = Unicode.Scalar(UInt32(0xE000 + round)),
            scalars[index].isASCII, scalars[index].properties.isAlphabetic || ("0"..."9").contains(scalars[index])
        else { return nil }
        standIns[standIn] = scalars[index]
        scalars[index] = standIn
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    private mutating func value(_ node: Node, depth: Int) throws(Fault) -> YAMLValue {
        let mark = node.mark.map { Place(line: $0.line, column: $0.column) } ?? .start
        values += 1
        if values > Self.mostValues {
            throw fault(mark, "more than \(Self.mostValues) values, counting expanded aliases")
        }
        if depth > Self.deepest { throw fault(mark, "nested more than \(Self.deepest) levels deep") }
        switch node {
        case .scalar(let scalar):
            let quoted = scalar.style != .plain && scalar.style != .any
            return YAMLValue(
                content: .scalar(scalar.string, quoted: quoted), place: mark, style: style(of: scalar, at: mark))
        case .sequence(let sequence):
            var items: [YAMLValue] = []
            for item in sequence { items.append(try value(item, depth: depth + 1)) }
            return YAMLValue(content: .list(items), place: mark)
        case .mapping(let mapping):
            return YAMLValue(content: .map(try entries(mapping, depth: depth)), place: mark)
        case .alias:
            throw fault(mark, "an alias without an anchor")
        }
    }

    /// Nil unless the text stands on one line as it would be written.
    private func style(of scalar: Node.Scalar, at mark: Place) -> YAMLValue.Style? {
        let style: YAMLValue.Style
        switch scalar.style {
        case .plain, .any: style = .plain
        case .singleQuoted: style = .singleQuoted
        case .doubleQuoted: style = .doubleQuoted
        case .literal, .folded: return nil
        }
        guard lines.indices.contains(mark.line - 1) else { return nil }
        let line = lines[mark.line - 1].unicodeScalars.dropFirst(mark.column - 1)
        return line.starts(with: style.written(scalar.string).unicodeScalars) ? style : nil
    }

    private mutating func entries(_ mapping: Node.Mapping, depth: Int) throws(Fault) -> [YAMLValue.Entry] {
        var entries: [YAMLValue.Entry] = []
        for (key, item) in mapping {
            guard case .scalar(let scalar) = key else {
                let place = key.mark.map { Place(line: $0.line, column: $0.column) } ?? .start
                throw fault(place, "a key is text, not a list or a map")
            }
            let place = scalar.mark.map { Place(line: $0.line, column: $0.column) } ?? .start
            var name = scalar.string
            if let first = name.unicodeScalars.first, let original = standIns[first] {
                name = String(original) + String(name.dropFirst())
            }
            if let earlier = entries.lastIndex(where: { $0.key == name }) {
                // The later one is reported, and read, as the earlier one's place is in the message.
                let line = entries[earlier].place.line
                entries.remove(at: earlier)
                entries.append(
                    .init(key: name, place: place, value: try value(item, depth: depth + 1), duplicateOf: line))
            } else {
                entries.append(.init(key: name, place: place, value: try value(item, depth: depth + 1)))
            }
        }
        return entries
    }

    private func fault(_ place: Place, _ message: String) -> Fault {
        Fault(file: file, line: place.line, column: place.column, message: message)
    }

    private func syntaxFault(_ error: any Error, yaml: String) -> Fault {
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _):
            return fault(Place(line: mark.line, column: mark.column), "not YAML: \(problem)")
        case YamlError.composer(_, let problem, let mark, _):
            let place = Place(line: mark.line, column: mark.column)
            if problem.contains("another document") {
                return fault(place, "a second document starts here; a file holds only one")
            }
            return fault(place, "not YAML: \(problem)")
        case YamlError.reader(let problem, let offset, _, _):
            let before = yaml.prefix(offset ?? 0)
            let line = before.count(where: \.isNewline) + 1
            let column = before.reversed().prefix { !$0.isNewline }.count + 1
            return fault(Place(line: line, column: column), "not YAML: \(problem)")
        default:
            return fault(.start, "not YAML: \(error)")
        }
    }
}

/// The place where brackets are nested too deep for people, as far as can be told without Yams.
private func bracketsTooDeep(_ yaml: String) -> Place? {
    var depth = 0
    var found: Place?
    scanPlain(yaml) { byte, _, place in
        if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") { depth += 1 }
        if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { depth = max(0, depth - 1) }
        if depth > 100 { found = place }
        return found == nil
    }
    return found
}

/// Calls `body` with every byte outside quotes and comments, the one before it, and its place, until it says false.
private func scanPlain(_ yaml: String, _ body: (UInt8, UInt8, Place) -> Bool) {
    var quote: UInt8?
    var comment = false
    var previous = UInt8(ascii: "\n")
    var place = Place.start
    for byte in yaml.utf8 {
        if byte == UInt8(ascii: "\n") {
            comment = false
        } else if let open = quote {
            if byte == open && previous != UInt8(ascii: "\\") { quote = nil }
        } else if !comment {
            let starts = " \n[{,:-?\t".utf8.contains(previous)
            if starts, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if starts, byte == UInt8(ascii: "#") {
                comment = true
            } else if !body(byte, previous, place) {
                return
            }
        }
        previous = byte
        if byte == UInt8(ascii: "\n") {
            place = Place(line: place.line + 1, column: 1)
        } else if byte & 0xC0 != 0x80 {
            place.column += 1
        }
    }
}
