import Jobs
import Pipeline
import Text

/// Names of folders that become labels.
package enum LabelName {
    package static let longest = 200
    /// More labels than anyone sorts by hand; the data per pair of them has to stay small.
    package static let most = 1000

    /// - Returns: why a folder's name cannot be a label, as the end of a sentence; nil where it can.
    package static func fault(_ name: [UInt8]) -> String? {
        guard let text = String(validating: name, as: UTF8.self) else { return "is not UTF-8" }
        if escaped(name) != text { return "has control characters or a backslash" }
        if text.allSatisfy(\.isWhitespace) { return "is blank" }
        if text.first?.isWhitespace == true || text.last?.isWhitespace == true { return "begins or ends with a space" }
        if text == Classification.unknown { return "is reserved for pictures that fit no label" }
        if name.count > longest { return "is longer than \(longest) bytes" }
        return nil
    }
}
