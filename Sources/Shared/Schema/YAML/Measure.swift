/// Quantities as people write them; also for command line options. All are nil where the text is no such quantity.
package enum Measure {
    /// Bytes: `64MiB`, `2G` (K, M, G and T are binary, as for systemd), `10MB` (decimal), `1048576`.
    package static func bytes(_ text: String) -> UInt64? {
        scaled(
            text,
            units: [
                "": 1, "B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40, "KiB": 1 << 10, "MiB": 1 << 20,
                "GiB": 1 << 30, "TiB": 1 << 40, "kB": 1000, "KB": 1000, "MB": 1_000_000, "GB": 1_000_000_000,
                "TB": 1_000_000_000_000,
            ])
    }

    /// Things counted: `2G` is two thousand million, `500k` five hundred thousand.
    package static func count(_ text: String) -> UInt64? {
        scaled(
            text,
            units: [
                "": 1, "k": 1000, "K": 1000, "M": 1_000_000, "G": 1_000_000_000, "T": 1_000_000_000_000,
            ])
    }

    /// Seconds: `10m`, `2s`, `500ms`, `1h30m`, `2d`.
    package static func seconds(_ text: String) -> Double? {
        var rest = text[...]
        var total = 0.0
        var last = Double.infinity
        while !rest.isEmpty {
            guard let number = takeNumber(&rest) else { return nil }
            let unit = String(rest.prefix { $0.isASCII && $0.isLetter })
            rest = rest.dropFirst(unit.count)
            let seconds: [String: Double] = ["ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400]
            // Larger units first, each once: `30m1h` is a slip.
            guard let scale = seconds[unit], scale < last else { return nil }
            last = scale
            total += number * scale
        }
        return text.isEmpty ? nil : total
    }

    /// `64MiB`, `1GiB`, `1500` for messages: the largest binary unit that divides it.
    package static func describe(bytes: UInt64) -> String {
        for (unit, scale) in [("GiB", UInt64(1) << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        where bytes >= scale && bytes.isMultiple(of: scale) {
            return "\(bytes / scale)\(unit)"
        }
        return "\(bytes)"
    }

    private static func scaled(_ text: String, units: [String: UInt64]) -> UInt64? {
        var rest = text[...]
        guard let number = takeNumber(&rest) else { return nil }
        if rest.first == " " { rest = rest.dropFirst() }
        guard let scale = units[String(rest)] else { return nil }
        // Whole numbers exactly; fractions only of a unit (`1.5G`).
        if let whole = UInt64(text.prefix { $0.isASCII && $0.isNumber }), Double(whole) == number {
            let (value, overflow) = whole.multipliedReportingOverflow(by: scale)
            return overflow ? nil : value
        }
        let value = number * Double(scale)
        return scale > 1 && value < 9e18 ? UInt64(value) : nil
    }

    private static func takeNumber(_ rest: inout Substring) -> Double? {
        let digits = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
        guard let first = digits.first, first != ".", digits.last != ".", let number = Double(digits) else {
            return nil
        }
        rest = rest.dropFirst(digits.count)
        return number
    }
}
