import Jobs

/// What a label or a camera says, as the name of one folder or a part of a file's: `/`, what Windows has no names with, control
/// characters and the like become `-`; it neither begins with a dot nor has dots or spaces at its ends, and is not empty.
package func namePart(_ text: String, atMost most: Int) -> String {
    let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse, .surrogate: "-"
        default: "/\\<>:\"|?*".unicodeScalars.contains(scalar) ? "-" : scalar
        }
    }
    return trimmedName(String(String.UnicodeScalarView(scalars)), atMost: most)
}

/// Without dots and spaces at its ends, and with at most so many bytes; `unknown` where nothing is left.
package func trimmedName(_ text: String, atMost most: Int) -> String {
    func isEdge(_ scalar: Unicode.Scalar?) -> Bool { scalar.map { $0 == "." || $0.properties.isWhitespace } ?? false }
    var scalars = text.unicodeScalars[...]
    while isEdge(scalars.first) { scalars.removeFirst() }
    while scalars.reduce(0, { $0 + UTF8.width($1) }) > most { scalars.removeLast() }
    while isEdge(scalars.last) { scalars.removeLast() }
    return scalars.isEmpty ? Classification.unknown : String(scalars)
}
