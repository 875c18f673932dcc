import Text

extension TrainingReport {
    /// For people, on a terminal.
    /// - Parameter width: characters of a line.
    package func text(width: Int = 80) -> String {
        var parts = [summary]
        if judgement != nil {
            parts.append(table(width: width) ?? recalls(width: width))
            parts.append(figures)
            if !mistakes.isEmpty { parts.append(worst(10)) }
            parts.append(choices)
        }
        if contradictionCount > 0 { parts.append(contradictionText(10)) }
        if leftOutCount > 0 { parts.append(leftOutText(10)) }
        if !notes.isEmpty { parts.append(notes.map { "Note: \($0)." }.joined(separator: "\n")) }
        return parts.joined(separator: "\n\n")
    }

    private var summary: String {
        let seen = backbone.map { "from \($0)" } ?? "from the built-in descriptor"
        var line =
            "\(labels.count) labels, \(counted(pictures, "picture")), \(counted(features, "feature")) each, \(seen)."
        if folds > 0 {
            line += "\n\(folds)-fold cross-validation: each picture judged by a model that had not seen it."
        }
        return line
    }

    // MARK: Confusions

    private var confusionCounts: Confusion {
        var counts = Confusion(labels: labels.count)
        counts.fill(confusion)
        return counts
    }

    /// The confusion matrix, with numbered labels; nil if the line is too short for it.
    func table(width: Int) -> String? {
        let widest = confusion.flatMap(\.self).max() ?? 0
        let cell = max(String(widest).count, String(labels.count).count) + 1
        // Wide enough for the heading.
        let name = max(18, min(labels.map(\.label.count).max() ?? 0, 24))
        let front = String(labels.count).count + 1 + name + 1
        guard front + labels.count * cell + 9 <= width, labels.count <= 40 else { return nil }
        var lines = [
            padded("actual ↓ predicted →", front)
                + labels.indices.map { padLeft("\($0 + 1)", cell) }.joined() + "   recall"
        ]
        for (row, label) in labels.enumerated() {
            let counts = confusion[row].map { padLeft($0 == 0 ? "·" : "\($0)", cell) }.joined()
            let number = padLeft("\(row + 1)", String(labels.count).count)
            lines.append(
                "\(number) \(padded(label.label, name)) \(counts)\(padLeft(label.recall.map(percent) ?? "–", 9))")
        }
        return lines.joined(separator: "\n")
    }

    private func recalls(width: Int) -> String {
        let name = min(labels.map(\.label.count).max() ?? 0, 30)
        let cell = name + 18
        let columns = max(1, min(3, width / cell))
        let rows = (labels.count + columns - 1) / columns
        var lines = ["Recall per label:"]
        for row in 0..<rows {
            let line = stride(from: row, to: labels.count, by: rows).map { place in
                let label = labels[place]
                return padded(
                    "\(padded(label.label, name)) \(padLeft(label.recall.map(percent) ?? "–", 7)) of \(label.pictures)",
                    cell)
            }
            lines.append(("  " + line.joined()).trimmedEnd)
        }
        let pairs = confusionCounts.mixedUp.prefix(10)
        if !pairs.isEmpty {
            lines.append("Most often confused:")
            lines += pairs.map { "  \(labels[$0.label].label) → \(labels[$0.other].label): \($0.count)" }
        }
        return lines.joined(separator: "\n")
    }

    private var figures: String {
        guard let judgement else { return "" }
        return
            "Accuracy \(percent(judgement.accuracy)) (\(percent(judgement.accuracyFrom)) to \(percent(judgement.accuracyTo)) with "
            + "95 % confidence; always guessing the commonest label: \(percent(judgement.chance)))\n"
            + "Macro F1 \(decimals(judgement.macroF1, 3)), mean calibration error \(decimals(judgement.calibrationError, 2))"
    }

    private func worst(_ count: Int) -> String {
        let shown = mistakes.prefix(count)
        let lines = shown.map { "  \($0.path): \($0.label), predicted \($0.takenFor) (\(decimals($0.score, 2)))" }
        return (["Worst mistakes\(mistakeCount > shown.count ? " of \(mistakeCount)" : ""):"] + lines).joined(
            separator: "\n")
    }

    private var choices: String {
        let lines = thresholds.map { threshold in
            let right = threshold.accuracy.map { "\(percent($0)) of them correct" } ?? "none"
            let mark = threshold.score == minScore ? "  (as requested)" : ""
            return
                "  \(decimals(threshold.score, 2)): \(padLeft(percent(threshold.coverage), 7)) of pictures labelled, \(right)\(mark)"
        }
        return (["With --min-score:"] + lines).joined(separator: "\n")
    }

    private func contradictionText(_ count: Int) -> String {
        let shown = contradictions.prefix(count)
        var lines = ["\(counted(contradictionCount, "picture")) with more than one label:"]
        lines += shown.map { twins in
            let paths = twins.pictures.prefix(4).map(\.path).joined(separator: " = ")
            let more = twins.pictures.count > 4 ? " and more" : ""
            return "  \(paths)\(more): \(twins.identical ? "the same file" : "nearly the same")"
        }
        if contradictionCount > shown.count { lines.append("  … and \(contradictionCount - shown.count) more") }
        return lines.joined(separator: "\n")
    }

    private func leftOutText(_ count: Int) -> String {
        let shown = leftOut.prefix(count)
        var lines = ["\(counted(leftOutCount, "file")) skipped:"]
        lines += shown.map { "  \($0.path): \($0.code): \($0.message)" }
        if leftOutCount > shown.count { lines.append("  … and \(leftOutCount - shown.count) more") }
        return lines.joined(separator: "\n")
    }
}

extension Confusion {
    fileprivate mutating func fill(_ rows: [[Int]]) {
        for (label, row) in rows.enumerated() {
            for (other, count) in row.enumerated() { add(label, takenFor: other, count) }
        }
    }
}

/// Cut, or filled up with spaces.
private func padded(_ text: String, _ width: Int) -> String {
    text.count > width ? text.prefix(max(0, width - 1)) + "…" : text + String(repeating: " ", count: width - text.count)
}

private func padLeft(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
}

extension String {
    fileprivate var trimmedEnd: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
