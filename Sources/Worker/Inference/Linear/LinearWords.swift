import Models

// Words for labels as a classifier: how similar a picture's direction is to that of each label's words.
extension LinearClassifier {
    /// - Throws: where the bytes are no words for labels.
    package init(words bytes: [UInt8], labels names: [String] = []) throws(InferenceError) {
        let file: SafeTensors
        do {
            file = try bytes.withUnsafeBytes { try SafeTensors($0) }
        } catch {
            throw (error as? InferenceError) ?? .broken("\(error)")
        }
        let words = file.tensors[WordsFile.tensor]
        if let fault = WordsFile.fault(in: file.metadata, shape: words?.shape) { throw .broken("it \(fault)") }
        let labels = WordsFile.labels(in: file.metadata)
        guard names.isEmpty || names == labels else {
            throw .broken("it has other labels than those that were checked")
        }
        guard let words, let scale = file.metadata[WordsFile.scaleKey].flatMap(Float.init) else {
            throw .broken("it has no words")
        }
        let length = words.shape[1]
        var weights: [Float] = []
        weights.reserveCapacity(words.values.count)
        for (label, start) in stride(from: 0, to: words.values.count, by: length).enumerated() {
            let row = words.values[start..<(start + length)]
            // Numbers too small to have a direction are as good as none.
            let squares = row.reduce(0) { $0 + Double($1) * Double($1) }
            guard squares > 1e-18, let inverse = inverseLength(row.lazy.map(Double.init)) else {
                throw .broken("its label '\(labels[label])' is described by zeros")
            }
            weights += row.map { Float(Double($0) * inverse) }
        }
        try self.init(
            weights: weights, bias: Array(repeating: 0, count: labels.count),
            normalisation: LinearNormalisation(mean: Array(repeating: 0, count: length)), slope: scale)
        comparesDirections = true
    }
}
