import Text

/// What `sluice doctor` found out, in the order in which people read it.
package struct DoctorReport: Encodable, Sendable {
    package struct Finding: Encodable, Sendable, Equatable {
        package enum State: String, Encodable, Sendable {
            /// As it should be.
            case ok
            /// Sluice works, less well or less safely than it could.
            case warn
            /// Sluice does not work.
            case fail
        }

        package var section: Section
        package var name: String
        package var state: State
        package var detail: String
        /// What to do about it; nil where there is nothing to do.
        package var advice: String?
        /// Of a fault.
        package var trouble: Trouble?
    }

    package enum Section: String, Encodable, Sendable, CaseIterable {
        case machine, service, worker, sandbox, configuration, directories
    }

    /// Why Sluice does not work; decides the exit code.
    package enum Trouble: String, Encodable, Sendable, CaseIterable {
        case missingDependency = "missing-dependency"
        case badConfiguration = "bad-configuration"
        case unwritable
    }

    package private(set) var findings: [Finding] = []

    /// Whether Sluice would work; and what is worst where it would not.
    package var trouble: Trouble? {
        Trouble.allCases.first { trouble in findings.contains { $0.trouble == trouble } }
    }

    mutating func add(_ section: Section, _ name: String, _ detail: String) {
        findings.append(Finding(section: section, name: name, state: .ok, detail: detail))
    }

    mutating func warn(_ section: Section, _ name: String, _ detail: String, advice: String) {
        findings.append(Finding(section: section, name: name, state: .warn, detail: detail, advice: advice))
    }

    mutating func fault(_ section: Section, _ name: String, _ detail: String, _ trouble: Trouble, advice: String) {
        findings.append(
            Finding(section: section, name: name, state: .fail, detail: detail, advice: advice, trouble: trouble))
    }

    private enum CodingKeys: String, CodingKey {
        case usable, trouble, findings
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(trouble == nil, forKey: .usable)
        try container.encodeIfPresent(trouble, forKey: .trouble)
        try container.encode(findings, forKey: .findings)
    }

    /// For people: a heading per section, then a line per finding, columns aligned, advice below.
    package var text: String {
        let width = findings.map(\.name.count).max() ?? 0
        var lines: [String] = []
        for section in Section.allCases {
            let here = findings.filter { $0.section == section }
            if here.isEmpty { continue }
            if !lines.isEmpty { lines.append("") }
            lines.append(section.rawValue)
            for finding in here {
                lines.append(
                    "  \(padded(finding.state.rawValue, 4))  \(padded(finding.name, width))  \(finding.detail)")
                if let advice = finding.advice { lines.append("\(padded("", 8 + width))  → \(advice)") }
            }
        }
        lines += ["", summary]
        return lines.joined(separator: "\n")
    }

    private var summary: String {
        let warnings = findings.count { $0.state == .warn }
        let faults = findings.count { $0.state == .fail }
        let words = warnings == 0 ? "no problems found" : counted(warnings, "warning")
        if faults > 0 {
            return "Sluice does not work here: \(counted(faults, "fault"))\(warnings == 0 ? "" : ", \(words)")."
        }
        return "Sluice works here: \(words)."
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
