/// One pass over a file: the current position, and the faults found.
package struct Reading {
    /// As the caller named it; for faults.
    package let file: String
    /// Where relative paths start.
    package let directory: String
    /// SHA-256 of a file; nil where files that are named are not looked at.
    package let digest: FileDigest?
    package private(set) var path = ""
    package private(set) var faults: [Fault] = []
    /// By key.
    private var kept: [ObjectIdentifier: Any] = [:]
    /// Faults of files that this one refers to.
    package var elsewhere: [Fault] = []

    /// More than that would not help.
    private static let mostFaults = 200

    package init(file: String, directory: String = ".", digest: FileDigest? = nil) {
        self.file = file
        self.directory = directory
        self.digest = digest
    }

    package mutating func fault(_ place: Place, _ message: String) {
        guard faults.count < Self.mostFaults else { return }
        let fault = Fault(file: file, line: place.line, column: place.column, path: path, message: message)
        // What is read for several formats is told once.
        if !faults.contains(fault) { faults.append(fault) }
    }

    /// A fault about something below the current path: `step` is a key, or `[index]`.
    package mutating func fault(_ place: Place, at step: String, _ message: String) {
        inside(step) { $0.fault(place, message) }
    }

    /// A fault about something that was read before.
    package mutating func fault(_ place: Place, path: String, _ message: String) {
        let current = self.path
        self.path = path
        defer { self.path = current }
        fault(place, message)
    }

    /// What those keep with it who know more than shapes.
    package subscript<Key: ReadingKey>(_ key: Key.Type) -> Key.Value {
        get { kept[ObjectIdentifier(key)] as? Key.Value ?? Key.initial }
        set { kept[ObjectIdentifier(key)] = newValue }
    }

    package mutating func inside<Result>(_ step: String, _ body: (inout Reading) -> Result) -> Result {
        let outer = path
        path += path.isEmpty || step.hasPrefix("[") ? step : ".\(step)"
        defer { path = outer }
        return body(&self)
    }

    /// Reads the whole document; throws everything found.
    package consuming func reading<Value>(
        _ shape: Shape<Value>, _ node: YAMLValue
    ) throws(ConfigurationFaults) -> Value {
        let value = shape.read(node, &self)
        return try finish(value)
    }

    /// Throws everything found, this file's faults first.
    package consuming func finish<Value>(_ value: Value?) throws(ConfigurationFaults) -> Value {
        guard faults.isEmpty, elsewhere.isEmpty, let value else {
            throw ConfigurationFaults(faults.isEmpty && elsewhere.isEmpty ? [unexplained] : faults + elsewhere)
        }
        return value
    }

    /// A shape that gives neither a value nor a fault is a mistake of ours; say so instead of carrying on.
    private var unexplained: Fault { Fault(file: file, message: "cannot be read; please report this file") }
}

/// A key for data kept with a reading: the conditions of a pipeline, the pipelines of a configuration.
package protocol ReadingKey {
    associatedtype Value
    static var initial: Value { get }
}

/// SHA-256 of the whole file at a path, in hex.
package typealias FileDigest = (_ path: String) throws -> String
