import Text

/// Shapes of single values. Units are in `expected`, so that messages teach them.

extension Shape {
    /// A plain scalar: `parse` gives nil where the text is no such value, `hint` may add advice to the fault.
    package static func scalar(
        _ expected: String, schema: JSONValue, quotable: Bool = true,
        render: @escaping @Sendable (Value) -> JSONValue? = { _ in nil },
        hint: @escaping @Sendable (String) -> String? = { _ in nil },
        parse: @escaping @Sendable (String) -> Value?
    ) -> Shape {
        Shape(
            expected: expected, schema: schema,
            read: { node, reading in
                guard case .scalar(let text, let isQuoted) = node.content, !node.isNull else {
                    if node.isNull, let advice = hint("") {
                        reading.fault(node.place, "has no value; \(advice)")
                    } else {
                        wrongKind(node, expected: expected, &reading)
                    }
                    return nil
                }
                guard let value = parse(text) else {
                    let advice = hint(text).map { "; \($0)" } ?? ""
                    reading.fault(node.place, "\(quoted(text)) is not \(expected)\(advice)")
                    return nil
                }
                if isQuoted && !quotable {
                    reading.fault(node.place, "\(quoted(text)) in quotes is text; write \(text) without them")
                    return nil
                }
                return value
            }, render: render)
    }
}

extension Shape<Int> {
    package static func integer(_ range: ClosedRange<Int>, of unit: String = "") -> Shape {
        let unit = unit.isEmpty ? "" : " of \(unit)"
        let bound = range.upperBound == .max ? "of at least \(range.lowerBound)" : ""
        let limits = bound.isEmpty ? "from \(range.lowerBound) to \(range.upperBound)" : bound
        let isPixels = unit == " of pixels"
        var schema: JSONValue = ["type": isPixels ? ["integer", "string"] : "integer"]
        schema = schema.adding("minimum", .integer(range.lowerBound))
        if bound.isEmpty { schema = schema.adding("maximum", .integer(range.upperBound)) }
        if isPixels { schema = schema.adding("pattern", "^-?[0-9]+ ?px$") }
        return scalar(
            "a whole number\(unit) \(limits)", schema: schema, quotable: false, render: { .integer($0) }
        ) { text in
            let digits = isPixels ? withoutUnit(text, "px") : text
            return Int(digits).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension Shape<Double> {
    /// Shares of a whole, from 0 to 1, may be percentages.
    package static func number(_ range: ClosedRange<Double>) -> Shape {
        range.lowerBound >= 0 && range.upperBound <= 1 ? share(range) : plainNumber(range)
    }

    /// A number, or a hundred times that with a percent sign.
    package static func share(_ range: ClosedRange<Double>) -> Shape {
        let plain = plainNumber(range)
        let schema: JSONValue = [
            "type": ["number", "string"], "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound),
            "pattern": #"^[0-9]+(\.[0-9]+)? ?%$"#,
        ]
        return scalar(plain.expected, schema: schema, quotable: false, render: { .number($0) }) { text in
            guard text.hasSuffix("%") else { return number(text, range) }
            return number(withoutUnit(text, "%"), 0...range.upperBound * 100).map { $0 / 100 }
                .flatMap { range.contains($0) ? $0 : nil }
        }
    }

    private static func number(_ text: String, _ range: ClosedRange<Double>) -> Double? {
        guard text.utf8.allSatisfy({ "+-.0123456789eE".utf8.contains($0) }) else { return nil }
        return Double(text).flatMap { range.contains($0) ? $0 : nil }
    }

    package static func plainNumber(_ range: ClosedRange<Double>) -> Shape {
        let low = JSONValue.number(range.lowerBound)
        let high = JSONValue.number(range.upperBound)
        return scalar(
            "a number from \(low.written()) to \(high.written())",
            schema: ["type": "number", "minimum": low, "maximum": high], quotable: false, render: { .number($0) }
        ) { number($0, range) }
    }

    /// Seconds.
    package static func duration(_ range: ClosedRange<Double> = 0.001...31_536_000) -> Shape {
        let unbounded = range.lowerBound <= 0.001
        return scalar(
            unbounded
                ? "a time (500ms, 2s, 10m, 1h30m)"
                : "a time from \(JSONValue.number(range.lowerBound).written())s on (500ms, 2s, 10m, 1h30m)",
            schema: ["type": "string", "pattern": #"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$"#],
            render: { .text("\(JSONValue.number($0).written())s") },
            hint: { Double($0) == nil ? nil : "add the unit, as in \($0)s" }
        ) { text in Measure.seconds(text).flatMap { range.contains($0) ? $0 : nil } }
    }
}

extension Shape<Bool> {
    package static let flag = scalar(
        "true or false", schema: ["type": "boolean"], quotable: false, render: { .flag($0) },
        hint: { text in
            switch text.lowercased() {
            case "yes", "on", "y", "true": "did you mean 'true'?"
            case "no", "off", "n", "false": "did you mean 'false'?"
            default: nearest(text, of: ["true", "false"]).map { "did you mean '\($0)'?" }
            }
        }
    ) { text in text == "true" ? true : text == "false" ? false : nil }
}

extension Shape<UInt64> {
    /// Bytes, at least one.
    package static let size = scalar(
        "a size in bytes (64MiB, 2G, 512K, 1048576)",
        schema: ["type": ["integer", "string"], "minimum": 1, "pattern": #"^[0-9]+(\.[0-9]+)? ?([KMGT]i?B?|kB|B)?$"#],
        render: { .text(Measure.describe(bytes: $0)) }
    ) { text in Measure.bytes(text).flatMap { $0 > 0 && $0 <= UInt64(Int64.max) ? $0 : nil } }

    /// Bytes; 0 too.
    package static let sizeOrNone = scalar(
        "a size in bytes (8GiB, 512M, 0)",
        schema: ["type": ["integer", "string"], "minimum": 0, "pattern": #"^[0-9]+(\.[0-9]+)? ?([KMGT]i?B?|kB|B)?$"#],
        render: { .text(Measure.describe(bytes: $0)) }
    ) { text in Measure.bytes(text).flatMap { $0 <= UInt64(Int64.max) ? $0 : nil } }

    /// At least one.
    package static func count(of things: String) -> Shape {
        scalar(
            "a number of \(things) (500k, 100M, 2G)",
            schema: ["type": ["integer", "string"], "minimum": 1, "pattern": #"^[0-9]+(\.[0-9]+)? ?[kKMGT]?$"#],
            render: { .integer(Int(clamping: $0)) }
        ) { text in Measure.count(text).flatMap { $0 > 0 && $0 <= UInt64(Int64.max) ? $0 : nil } }
    }
}

extension Shape where Value: Sendable {
    /// One of some words. Messages list each value's first word; the others are spellings of it. `hint` is the advice where
    /// no word is near.
    package static func words(_ words: [(spellings: [String], value: Value)], hint: String? = nil) -> Shape
    where Value: Equatable {
        let shown = words.compactMap(\.spellings.first)
        let all = words.flatMap(\.spellings)
        return scalar(
            shown.count == 1 ? "'\(shown.joined())'" : "one of \(shown.joined(separator: ", "))",
            schema: ["enum": .list(all.map { .text($0) })],
            render: { value in
                words.first { $0.value == value }.flatMap { $0.spellings.first }.map { .text($0) }
            },
            hint: { text in nearest(text, of: all).map { "did you mean '\($0)'?" } ?? hint },
            parse: { text in words.first { $0.spellings.contains(text) }?.value })
    }
}

extension Shape where Value: CaseIterable & RawRepresentable & Equatable & Sendable, Value.RawValue == String {
    /// The enum's raw values.
    package static var word: Shape { .words(Value.allCases.map { ([$0.rawValue], $0) }) }
}

extension Shape<String> {
    /// Text that is not empty.
    package static func text(_ expected: String, pattern: String? = nil) -> Shape {
        var schema: JSONValue = ["type": "string", "minLength": 1]
        if let pattern { schema = schema.adding("pattern", .text(pattern)) }
        return scalar(expected, schema: schema, render: { .text($0) }) { text in
            text.isEmpty || text.utf8.contains(0) ? nil : text
        }
    }

    /// A path: relative to what the key's documentation says, or absolute.
    package static let path = text("a path")
}

extension Shape<Int> {
    /// The only version of the language so far.
    package static let version = scalar(
        "1, the only version there is", schema: ["const": 1], quotable: false
    ) { $0 == "1" ? 1 : nil }
}

/// "20 px" is "20".
private func withoutUnit(_ text: String, _ unit: String) -> String {
    guard text.hasSuffix(unit) else { return text }
    let number = text.dropLast(unit.count)
    return String(number.last == " " ? number.dropLast() : number)
}
