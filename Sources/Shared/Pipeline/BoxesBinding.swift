import Models
import Schema

/// A name of boxes that was read before all classify stages were.
private struct WrittenName {
    let name: String
    let place: Place
    /// Of its key, for faults.
    let path: String
}

/// In the order they were read.
private enum WrittenNames: ReadingKey {
    static var initial: [WrittenName] { [] }
}

extension Reading {
    /// Keeps a name of boxes until it can be looked up.
    mutating func rememberBoxes(_ name: String, _ node: YAMLValue) {
        self[WrittenNames.self].append(WrittenName(name: name, place: node.place, path: path))
    }
}

extension Shape<String> {
    /// The name of a classify stage; looked up by `Pipeline.checkBoxes`.
    static let boxes = Shape.text("the name of a classify stage").map { name, node, reading -> String? in
        reading.rememberBoxes(name, node)
        return name
    }
}

extension Stage {
    /// The classify stage whose boxes it blurs, or keeps in view where it cuts.
    package var boxes: String? {
        switch unconditional {
        case .blur(let blur): blur.boxes
        case .crop(let crop): crop.boxes
        case .resize(let resize): resize.boxes
        default: nil
        }
    }

    package var blursBoxes: Bool {
        if case .blur = unconditional { boxes != nil && !isSkipped } else { false }
    }
}

extension Pipeline {
    /// Finds names of boxes that no earlier stage finds.
    ///
    /// - Parameter place: of faults whose own place is unknown.
    func checkBoxes(at place: Place, _ reading: inout Reading) {
        check(stages, after: [], path: "stages[", place, &reading)
        for rendition in renditions {
            check(rendition.stages, after: stages, path: "renditions.\(rendition.name).", place, &reading)
        }
    }

    private func check(
        _ own: [Stage], after shared: [Stage], path: String, _ place: Place, _ reading: inout Reading
    ) {
        var written = reading[WrittenNames.self].filter { $0.path.hasPrefix(path) }
        for (index, stage) in own.enumerated() {
            guard let name = stage.boxes else { continue }
            let found = written.firstIndex { $0.name == name }.map { written.remove(at: $0) }
            guard let fault = fault(of: name, in: stage, after: shared + own[..<index], among: shared + own) else {
                continue
            }
            reading.fault(found?.place ?? place, path: found?.path ?? "stages", fault)
        }
    }

    /// What is wrong with a name of boxes; nil where nothing is.
    private func fault(of name: String, in stage: Stage, after earlier: [Stage], among all: [Stage]) -> String? {
        if let model = earlier.last(where: { $0.classify?.name == name })?.classify?.model {
            return model.isKnown && !model.detects
                ? "the model of '\(name)' finds no boxes (output: { boxes: …, scores: … }, yolo, yunet)" : nil
        }
        if all.contains(where: { $0.classify?.name == name }) {
            return "the classify stage '\(name)' comes after this one; put it before"
        }
        if let other = renditions.first(where: { $0.stages.contains { $0.classify?.name == name } }) {
            return
                "the classify stage '\(name)' belongs to rendition '\(other.name)'; put it in 'stages', before all renditions"
        }
        let names = earlier.compactMap(\.classify).filter { $0.model.detects }.map(\.name)
        let known = names.isEmpty ? "there is none" : names.joined(separator: ", ")
        if case .blur = stage {
            return
                "'\(name)' is not an earlier classify stage that finds boxes (\(known))\(suggestion(name, of: names))"
        }
        return "'\(name)' is not a position (\(Shape<Position>.shown)), nor an earlier classify stage that finds boxes "
            + "(\(known))\(suggestion(name, of: Shape<Position>.spellings + names))"
    }

    private func suggestion(_ name: String, of known: [String]) -> String {
        nearest(name, of: known).map { "; did you mean '\($0)'?" } ?? ""
    }
}
