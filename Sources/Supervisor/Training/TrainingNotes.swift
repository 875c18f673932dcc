extension TrainingReport {
    /// What the figures do not say by themselves, in sentences for people.
    package func judgedNotes() -> [String] {
        var notes: [String] = []
        let single = labels.filter { $0.pictures == 1 }
        if let judgement {
            if !single.isEmpty {
                notes.append(
                    "\(listed(single.map(\.label))) \(single.count == 1 ? "has" : "have") one picture each and could not be judged: give "
                        + "each label five or more")
            }
            if judgement.accuracyFrom <= judgement.chance {
                notes.append(
                    "This may be no better than always saying the commonest label (\(percent(judgement.chance))): more "
                        + "pictures are needed, or labels that can be told apart by what is seen")
            }
            if judgement.pictures < 50 {
                notes.append("Judged by \(judgement.pictures) pictures only: the accuracy is a rough guess")
            }
            if backbone == nil, judgement.accuracy < 0.9 {
                notes.append("A network usually sees more than the built-in descriptor: --backbone MODEL.yaml")
            }
        } else {
            notes.append(
                "No label has a second picture: nothing could be held out, so that nobody knows how good this model is. Give "
                    + "each label five pictures or more")
        }
        let counts = labels.map(\.pictures)
        if let most = counts.max(), let least = counts.min(), most >= 10 * least, most >= 20 {
            let scarce = labels.filter { $0.pictures * 10 <= most }.map(\.label)
            notes.append("\(listed(scarce)): a tenth of the pictures of others, or less; when in doubt the others win")
        }
        return notes
    }

    private func listed(_ names: [String]) -> String {
        names.count > 4
            ? names.prefix(3).joined(separator: ", ") + " and \(names.count - 3) others" : names.joined(separator: ", ")
    }
}

/// `87.3 %`
package func percent(_ share: Double) -> String { "\(decimals(share * 100, 1)) %" }

/// With so many digits after the point.
package func decimals(_ value: Double, _ digits: Int) -> String {
    let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
    let whole = Int((abs(value) * scale).rounded())
    let (front, rest) = (whole / Int(scale), whole % Int(scale))
    let sign = value < 0 && whole > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(front)" }
    let text = String(rest)
    return "\(sign)\(front).\(String(repeating: "0", count: digits - text.count))\(text)"
}
