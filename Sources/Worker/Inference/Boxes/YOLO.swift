// The boxes of YOLO networks, as their authors' exports give them.
extension BoxDecoder {
    /// Rows or columns of centre, size, perhaps how sure it is that there is anything, and a score for each label.
    func yolo(_ output: Output, objectness: Bool, _ threshold: Double) throws(InferenceError) -> [Detection] {
        let first = objectness ? 5 : 4
        let (count, fields, toBox, toField) = try layout(of: output, first: first)
        let values = output.values
        var found: [Detection] = []
        for index in 0..<count {
            let start = index * toBox
            guard let best = best(in: values, from: start + first * toField, step: toField, count: fields - first)
            else { continue }
            let score = best.score * (objectness ? Double(values[start + 4 * toField]) : 1)
            guard score >= threshold else { continue }
            func side(_ field: Int) -> Double {
                Double(values[start + field * toField]) / Double(field % 2 == 0 ? width : height)
            }
            found.append(
                Detection(
                    x: side(0), y: side(1), width: side(2), height: side(3), score: min(score, 1), label: best.label))
        }
        return found
    }

    /// How many boxes there are, of how many numbers each, and the steps from one to the next.
    private func layout(
        of output: Output, first: Int
    ) throws(InferenceError) -> (count: Int, fields: Int, toBox: Int, toField: Int) {
        let shape = output.shape
        let expected =
            labels.isEmpty
            ? "boxes of \(first) numbers and a score per label"
            : "boxes of \(first) numbers and \(labels.count == 1 ? "1 score" : "\(labels.count) scores") (labels)"
        guard shape.count == 3, shape[0] == 1, output.values.count == shape[1] * shape[2] else {
            throw .broken("its output \(name(0))is \(shape.words), not \(expected)")
        }
        let wanted: Int
        if labels.isEmpty {
            // There are more boxes than numbers of each.
            wanted = min(shape[1], shape[2])
        } else {
            wanted = first + labels.count
        }
        guard wanted > first, shape[1] == wanted || shape[2] == wanted else {
            throw .broken("its output \(name(0))is \(shape.words), not \(expected)\(advice(shape))")
        }
        // Where both would do, the one that this version of YOLO has.
        let inColumns = first == 4 ? shape[1] == wanted : shape[2] != wanted
        return inColumns ? (shape[2], wanted, 1, shape[2]) : (shape[1], wanted, wanted, 1)
    }

    /// What else it could be.
    private func advice(_ shape: [Int]) -> String {
        let sides = [shape[1], shape[2]]
        if labels.isEmpty { return "" }
        if sides.contains(4 + labels.count) { return "; write yolo" }
        if sides.contains(5 + labels.count) { return "; write yolov5" }
        return sides[1] == 6 ? "; it may be yolov10" : ""
    }

    /// Rows of left, top, right, bottom, score and label.
    func yoloWithoutDoubles(_ output: Output, _ threshold: Double) throws(InferenceError) -> [Detection] {
        let shape = output.shape
        guard shape.count == 3, shape[0] == 1, shape[2] == 6, output.values.count == shape[1] * 6 else {
            throw .broken("its output \(name(0))is \(shape.words), not 1 x boxes x 6 (corners, score, label)")
        }
        let values = output.values
        var found: [Detection] = []
        for start in stride(from: 0, to: values.count, by: 6) {
            let score = Double(values[start + 4])
            guard score >= threshold else { continue }
            let sides = (0..<4).map { Double(values[start + $0]) / Double($0 % 2 == 0 ? width : height) }
            let label = values[start + 5].rounded()
            guard label >= 0, label < 1_000_000 else {
                throw .broken("its output \(name(0))has a label \(values[start + 5])")
            }
            if Int(label) < labels.count, labels[Int(label)] == "background" { continue }
            found.append(
                .init(
                    left: sides[0], top: sides[1], right: sides[2], bottom: sides[3], score: min(score, 1),
                    label: Int(label)))
        }
        return found
    }

    /// What messages call an output.
    func name(_ index: Int) -> String { names[index].isEmpty ? "" : "'\(names[index])' " }
}
