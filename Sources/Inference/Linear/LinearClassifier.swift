import Glibc

/// A label for a picture by the numbers that describe it: for each label a weighted sum of them, made a probability.
package struct LinearClassifier: Sendable, Equatable {
    /// Numbers that describe a picture.
    package let features: Int
    /// Labels that it tells apart.
    package let labels: Int
    /// What is done to the features first.
    package var normalisation: Normalisation
    /// A row of `features` for each label.
    package private(set) var weights: [Float]
    /// A number for each label.
    package private(set) var bias: [Float]
    package var calibration: Calibration

    package enum Normalisation: String, Sendable, CaseIterable {
        case none
        /// Divided by their length, so that it is 1; zeros stay zeros.
        case unit
    }

    /// How sums become probabilities.
    package enum Calibration: Sendable, Equatable {
        /// The exponential function of each sum times `slope`, divided by the sum of all.
        case softmax(slope: Float)
        /// 1 / (1 + exp(-(slope x sum + offset))) of each label's own, divided by the sum of all.
        case sigmoid(slope: [Float], offset: [Float])
    }

    /// - Throws: `InferenceError.broken` where the numbers do not belong together.
    package init(
        weights: [Float], bias: [Float], normalisation: Normalisation = .unit,
        calibration: Calibration = .softmax(slope: 1)
    ) throws(InferenceError) {
        labels = bias.count
        guard labels > 0, !weights.isEmpty, weights.count.isMultiple(of: labels) else {
            throw .broken("its \(weights.count) weights are not those of \(bias.count) labels")
        }
        features = weights.count / labels
        self.weights = weights
        self.bias = bias
        self.normalisation = normalisation
        self.calibration = calibration
        if case .sigmoid(let slope, let offset) = calibration {
            guard slope.count == labels, offset.count == labels else {
                throw .broken("its calibration is not that of \(labels) labels")
            }
        }
    }

    /// Probabilities of the labels, in their order; together 1.
    /// - Throws: where there are not `features` numbers, or some are none.
    package func scores(of numbers: [Float]) throws(InferenceError) -> [Float] {
        calibrated(try sums(of: numbers)).map(Float.init)
    }

    /// The weighted sums, which grow with how well a label fits.
    package func sums(of numbers: [Float]) throws(InferenceError) -> [Double] {
        guard numbers.count == features else {
            throw .broken("it goes by \(features) numbers a picture, and was given \(numbers.count)")
        }
        guard let numbers = normalisation.applied(to: numbers) else {
            throw .broken("what describes the picture has numbers that are none")
        }
        return weights.withUnsafeBufferPointer { weights in
            (0..<labels).map { label in
                var sum = Double(bias[label])
                let row = weights[(label * features)..<((label + 1) * features)]
                for (weight, number) in zip(row, numbers) { sum += Double(weight) * Double(number) }
                return sum
            }
        }
    }

    package func calibrated(_ sums: [Double]) -> [Double] {
        var shares: [Double]
        switch calibration {
        case .softmax(let slope):
            let scaled = sums.map { $0 * Double(slope) }
            let most = scaled.max() ?? 0
            shares = scaled.map { exp($0 - most) }
        case .sigmoid(let slope, let offset):
            shares = sums.indices.map { 1 / (1 + exp(-(sums[$0] * Double(slope[$0]) + Double(offset[$0])))) }
        }
        let total = shares.reduce(0, +)
        // Where nothing fits at all, every label fits as badly as the others.
        guard total > 0, total.isFinite else { return sums.map { _ in 1 / Double(sums.count) } }
        for index in shares.indices { shares[index] /= total }
        return shares
    }
}

extension LinearClassifier.Normalisation {
    /// Nil where a number is none.
    package func applied(to numbers: [Float]) -> [Float]? {
        let squares = numbers.reduce(into: 0.0) { $0 += Double($1) * Double($1) }
        guard squares.isFinite else { return nil }
        switch self {
        case .none: return numbers
        case .unit:
            guard squares > 0 else { return numbers }
            let length = squares.squareRoot()
            return numbers.map { Float(Double($0) / length) }
        }
    }
}
