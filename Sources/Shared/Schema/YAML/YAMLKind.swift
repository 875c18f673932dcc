/// Which kind of Sluice YAML file a file is.
package enum YAMLKind: Sendable, Equatable {
    case pipeline, configuration, model

    /// By its top-level keys; a pipeline when in doubt, also where the file cannot be read.
    package static func guess(path: String) -> YAMLKind {
        guard let text = try? ConfigurationText.read(path) else { return .pipeline }
        return guess(yaml: text)
    }

    /// Looks at the lines only, so that a file with faults is judged too.
    package static func guess(yaml: String) -> YAMLKind {
        let lines = yaml.split(whereSeparator: \.isNewline)
        func has(_ telling: [String]) -> Bool {
            lines.contains { line in telling.contains { line.hasPrefix($0) } }
        }
        if has(["inboxes:", "inbox:", "outbox:", "quarantine:", "journal:"]) { return .configuration }
        return has(["file:", "input:", "labels:"]) && !has(["renditions:", "stages:"]) ? .model : .pipeline
    }
}
