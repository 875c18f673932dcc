/// A confusion matrix as SVG: a row per actual label, a column per predicted label, the share of the row as
/// colour, and the number in it where there is room.
package struct ConfusionPicture {
    private let names: [String]
    private let confusion: Confusion
    private let title: String
    /// Pixels of a cell's side.
    private let cell: Double
    private let font: Double
    /// Pixels beside and above the cells, for names.
    private let margin: Double

    private static let padding = 24.0
    private static let header = 56.0
    /// Names are cut to so many characters; the whole name is the cell's title.
    private static let longestName = 28

    package init(_ confusion: Confusion, names: [String], title: String) {
        self.confusion = confusion
        self.names = names
        self.title = title
        cell = min(44, max(11, 900 / Double(max(names.count, 1))))
        font = min(13, max(8, cell * 0.8))
        let longest = names.map { Self.short($0).count }.max() ?? 0
        margin = Double(longest) * font * 0.6 + 14
    }

    package var svg: String {
        let side = cell * Double(names.count)
        let (left, top) = (Self.padding + margin + 18, Self.header + margin + 18)
        let (width, height) = (max(left + side + Self.padding + 40, 420), top + side + Self.padding + 34)
        var lines = [
            #"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \#(number(width)) \#(number(height))" "#
                + #"width="\#(number(width))" height="\#(number(height))" role="img" aria-labelledby="title" "#
                + ##"font-family="system-ui, sans-serif" fill="#1f2933">"##,
            #"<title id="title">\#(xmlText(title))</title>"#,
            ##"<rect width="100%" height="100%" fill="#ffffff"/>"##,
            text(title, x: Self.padding, y: 30, size: 15, more: #" font-weight="600""#),
            text(
                "rows: actual; columns: predicted; numbers: pictures", x: Self.padding, y: 48, size: 11,
                more: ##" fill="#52606d""##),
        ]
        for place in names.indices {
            let middle = (Double(place) + 0.5) * cell
            let name = Self.short(names[place])
            lines.append(
                text(name, x: left - 6, y: top + middle + font * 0.35, size: font, more: #" text-anchor="end""#))
            let (x, y) = (number(left + middle + font * 0.35), number(top - 6))
            lines.append(
                #"<text font-size="\#(number(font))" transform="translate(\#(x) \#(y)) rotate(-90)">\#(xmlText(name))</text>"#
            )
        }
        for row in names.indices { lines += cells(of: row, left: left, top: top) }
        lines.append(
            ##"<rect x="\##(number(left))" y="\##(number(top))" width="\##(number(side))" height="\##(number(side))" "##
                + ##"fill="none" stroke="#9aa5b1"/>"##)
        lines.append(legend(x: left, y: top + side + 14))
        return (lines + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    private func cells(of row: Int, left: Double, top: Double) -> [String] {
        let all = confusion.count(of: row)
        return names.indices.compactMap { column in
            let count = confusion.counts[row][column]
            let share = all > 0 ? Double(count) / Double(all) : 0
            // Nothing is drawn where nothing is, but on the diagonal: a hundred labels have ten thousand cells.
            guard count > 0 || row == column else { return nil }
            let (x, y) = (left + Double(column) * cell, top + Double(row) * cell)
            let words =
                row == column
                ? "\(names[row]): \(count) of \(all) correct (\(percent(share)))"
                : "\(names[row]) predicted as \(names[column]): \(count) of \(all) (\(percent(share)))"
            var group =
                ##"<g><title>\##(xmlText(words))</title><rect x="\##(number(x))" y="\##(number(y))" width="\##(number(cell))" "##
                + ##"height="\##(number(cell))" fill="\##(colour(share, isRight: row == column))" stroke="#ffffff" stroke-width="1"/>"##
            let digits = Double(String(count).count)
            let size = min(font, (cell - 4) / (digits * 0.6))
            if size >= 7, count > 0 {
                let ink = share > 0.55 ? "#ffffff" : "#1f2933"
                group += text(
                    "\(count)", x: x + cell / 2, y: y + cell / 2 + size * 0.35, size: size,
                    more: #" text-anchor="middle" fill="\#(ink)""#)
            }
            return group + "</g>"
        }
    }

    /// From white to blue for what is right, to orange for what is not: told apart by the colour-blind, too.
    private func colour(_ share: Double, isRight: Bool) -> String {
        let full = isRight ? (18.0, 78.0, 140.0) : (180.0, 68.0, 8.0)
        // The root: a few mistakes among many are seen.
        let depth = share > 0 ? 0.08 + 0.92 * (isRight ? share : share.squareRoot()) : 0.03
        func mix(_ value: Double) -> Int { Int((255 + (value - 255) * depth).rounded()) }
        return "rgb(\(mix(full.0)),\(mix(full.1)),\(mix(full.2)))"
    }

    private func legend(x: Double, y: Double) -> String {
        var parts = ""
        var x = max(x - margin, Self.padding)
        for (words, isRight) in [("correct", true), ("wrong", false)] {
            for share in [0.1, 0.4, 0.7, 1] {
                parts +=
                    #"<rect x="\#(number(x))" y="\#(number(y))" width="14" height="14" fill="\#(colour(share, isRight: isRight))"/>"#
                x += 14
            }
            parts += text(words, x: x + 6, y: y + 11, size: 11)
            x += Double(words.count) * 6.2 + 26
        }
        return parts
    }

    private func text(_ words: String, x: Double, y: Double, size: Double, more: String = "") -> String {
        #"<text x="\#(number(x))" y="\#(number(y))" font-size="\#(number(size))"\#(more)>\#(xmlText(words))</text>"#
    }

    private func number(_ value: Double) -> String { decimals(value, 1) }

    private static func short(_ name: String) -> String {
        name.count > longestName ? name.prefix(longestName - 1) + "…" : name
    }
}

/// As it stands between tags and in attributes. Characters that XML has no place for become a question mark.
package func xmlText(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        case "'": result += "&#39;"
        case "\u{9}", "\u{A}", "\u{D}", "\u{20}"..."\u{FFFD}", "\u{10000}"...: result.unicodeScalars.append(scalar)
        default: result += "?"
        }
    }
    return result
}
