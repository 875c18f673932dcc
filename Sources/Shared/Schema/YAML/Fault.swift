/// One thing wrong with a file that a person wrote.
package struct Fault: Error, Sendable, Equatable, CustomStringConvertible {
    /// As the caller named it.
    package var file: String
    /// From 1; 0 where the fault is about the file as a whole.
    package var line: Int
    package var column: Int
    /// `renditions.large.quality`, `stages[1].resize.fit`; empty at the root.
    package var path: String
    /// What is wrong, what is allowed, and the nearest valid word where one is near.
    package var message: String

    package init(file: String, line: Int = 0, column: Int = 0, path: String = "", message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.path = path
        self.message = message
    }

    package var description: String {
        let place = line > 0 ? "\(file):\(line):\(column): " : "\(file): "
        return place + (path.isEmpty ? "" : "\(path): ") + message
    }
}

/// Everything that is wrong with a file and the files it refers to; at least one fault.
package struct ConfigurationFaults: Error, Sendable, Equatable, CustomStringConvertible {
    /// By place; the first fault's file first, the files it refers to after it.
    package var faults: [Fault]

    package init(_ faults: [Fault]) {
        var order: [String: Int] = [:]
        for fault in faults where order[fault.file] == nil { order[fault.file] = order.count }
        self.faults = faults.enumerated().sorted { left, right in
            let leftKey = (order[left.element.file] ?? 0, left.element.line, left.element.column, left.offset)
            let rightKey = (order[right.element.file] ?? 0, right.element.line, right.element.column, right.offset)
            return leftKey < rightKey
        }.map(\.element)
    }

    /// A fault a line.
    package var description: String { faults.map(\.description).joined(separator: "\n") }
}
