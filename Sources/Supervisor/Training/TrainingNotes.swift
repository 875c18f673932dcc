import Text

extension TrainingReport {
    /// What the figures do not say by themselves, in sentences for people.
    package func judgedNotes() -> [String] {
        var notes: [String] = []
        let single = labels.filter { $0.pictures == 1 }
        if let judgement {
            if !single.isEmpty {
                notes.append(
                    "\(listed(single.map(\.label))) \(single.count == 1 ? "has" : "have") only one picture each and could not be judged: give "
                        + "each label five or more")
            }
            if judgement.accuracyFrom <= judgement.chance {
                notes.append(
                    "This may be no better than always guessing the commonest label (\(percent(judgement.chance))): more "
                        + "pictures are needed, or labels that can be told apart visually")
            }
            if judgement.pictures < 50 {
                notes.append(
                    "Judged on only \(counted(judgement.pictures, "picture")): the accuracy is a rough estimate")
            }
            if backbone == nil, judgement.accuracy < 0.9 {
                notes.append("A network usually does better than the built-in descriptor: --backbone MODEL.yaml")
            }
        } else {
            notes.append(
                "No label has a second picture: nothing could be held out, so the model's accuracy is unknown. Give "
                    + "each label five pictures or more")
        }
        if contradictionCount > 0 {
            notes.append(
                "\(counted(contradictionCount, "picture")) \(contradictionCount == 1 ? "has" : "have") more than one label: "
                    + "no model can be right about both; keep one of each")
        }
        if copies > 0 {
            notes.append(
                "\(counted(copies, "picture")) \(copies == 1 ? "is a copy" : "are copies") of another with the same label, "
                    + "or nearly so: held out together, so that none was judged by a model that had seen it")
        }
        let counts = labels.map(\.pictures)
        if let most = counts.max(), let least = counts.min(), most >= 10 * least, most >= 20 {
            let scarce = labels.filter { $0.pictures * 10 <= most }.map(\.label)
            notes.append(
                "\(listed(scarce)): a tenth as many pictures as other labels, or fewer; the others win when in doubt")
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
