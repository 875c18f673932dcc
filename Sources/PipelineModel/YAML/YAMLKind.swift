/// Which of the two YAML files of Sluice a file is.
package enum YAMLKind: Sendable, Equatable {
    case pipeline, configuration

    /// By its top-level keys; a pipeline when in doubt, also where the file cannot be read.
    package static func guess(path: String) -> YAMLKind {
        guard let text = try? ConfigurationText.read(path) else { return .pipeline }
        return guess(yaml: text)
    }

    /// Looks at the lines only, so that a file with faults is judged too.
    package static func guess(yaml: String) -> YAMLKind {
        let telling = ["inboxes:", "inbox:", "outbox:", "quarantine:", "journal:"]
        let isConfiguration = yaml.split(whereSeparator: \.isNewline).contains { line in
            telling.contains { line.hasPrefix($0) }
        }
        return isConfiguration ? .configuration : .pipeline
    }
}
