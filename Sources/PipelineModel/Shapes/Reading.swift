/// One pass over a file: where it is, and what was found wrong.
struct Reading {
    /// As the caller named it; for faults.
    let file: String
    /// Where relative paths start.
    let directory: String
    /// SHA-256 of a file; nil where files that are named are not looked at.
    let digest: FileDigest?
    /// The pipeline of a name, and its file. Only for configurations.
    var pipeline: ((String) throws(ConfigurationFaults) -> (Pipeline, file: String))?
    private(set) var path = ""
    private(set) var faults: [Fault] = []
    /// In the order they were read.
    private(set) var conditions: [PendingCondition] = []
    /// Faults of files that this one refers to.
    var elsewhere: [Fault] = []

    /// More than that help nobody.
    private static let mostFaults = 200

    init(file: String, directory: String = ".", digest: FileDigest? = nil) {
        self.file = file
        self.directory = directory
        self.digest = digest
    }

    mutating func fault(_ place: Place, _ message: String) {
        guard faults.count < Self.mostFaults else { return }
        faults.append(
            Fault(file: file, line: place.line, column: place.column, path: path, message: message))
    }

    /// A fault about something below the current path: `step` is a key, or `[index]`.
    mutating func fault(_ place: Place, at step: String, _ message: String) {
        inside(step) { $0.fault(place, message) }
    }

    /// A fault about something that was read before.
    mutating func fault(_ place: Place, path: String, _ message: String) {
        let current = self.path
        self.path = path
        defer { self.path = current }
        fault(place, message)
    }

    /// Keeps a condition until its names can be looked up; gives its index.
    mutating func remember(_ syntax: ConditionSyntax, _ node: YAMLValue) -> Int {
        conditions.append(PendingCondition(syntax: syntax, node: node, path: path))
        return conditions.count - 1
    }

    mutating func inside<Result>(_ step: String, _ body: (inout Reading) -> Result) -> Result {
        let outer = path
        path += path.isEmpty || step.hasPrefix("[") ? step : ".\(step)"
        defer { path = outer }
        return body(&self)
    }

    /// Throws everything found, this file's faults first.
    consuming func finish<Value>(_ value: Value?) throws(ConfigurationFaults) -> Value {
        guard faults.isEmpty, elsewhere.isEmpty, let value else {
            throw ConfigurationFaults(faults.isEmpty && elsewhere.isEmpty ? [unexplained] : faults + elsewhere)
        }
        return value
    }

    /// A shape that gives neither a value nor a fault is a mistake of ours; say so instead of carrying on.
    private var unexplained: Fault { Fault(file: file, message: "cannot be read; please report this file") }
}

/// SHA-256 of the whole file at a path, in hex.
package typealias FileDigest = (_ path: String) throws -> String

/// What a person wrote, for a message: in quotes, short, without control characters.
func quote(_ text: String) -> String {
    let short = text.count > 60 ? text.prefix(57) + "..." : text[...]
    return "'\(escaped(short.utf8))'"
}
