import Glibc

/// A label for a picture by the numbers that describe it: for each label a weighted sum of them, made a probability.
package struct LinearClassifier: Sendable, Equatable {
    /// What is done to the features first.
    package let normalisation: LinearNormalisation
    /// A row of features for each label.
    package let weights: [Float]
    /// A number for each label.
    package let bias: [Float]
    /// Sums are multiplied by it before they become probabilities: above 1 for sums that lie too close.
    package var slope: Float
    /// Whether only the direction of features counts: then those without one fit no label.
    package var comparesDirections = false

    /// Numbers that describe a picture.
    package var features: Int { normalisation.mean.count }
    /// Labels that it tells apart.
    package var labels: Int { bias.count }

    /// - Throws: `InferenceError.broken` where the numbers do not belong together.
    package init(
        weights: [Float], bias: [Float], normalisation: LinearNormalisation, slope: Float = 1
    ) throws(InferenceError) {
        guard !bias.isEmpty, !normalisation.mean.isEmpty, weights.count == bias.count * normalisation.mean.count else {
            throw .broken(
                "its \(weights.count) weights do not match \(bias.count) labels by \(normalisation.mean.count) numbers"
            )
        }
        self.weights = weights
        self.bias = bias
        self.normalisation = normalisation
        self.slope = slope
    }

    /// Probabilities of the labels, in their order; together 1, or all 0 where none can fit.
    /// - Throws: where there are not `features` numbers, or some are none.
    package func scores(of numbers: [Float]) throws(InferenceError) -> [Float] {
        let sums = try sums(of: numbers)
        if comparesDirections, numbers.allSatisfy({ $0 == 0 }) { return sums.map { _ in 0 } }
        return softmax(sums, slope: Double(slope)).map(Float.init)
    }

    /// The weighted sums, which grow with how well a label fits.
    package func sums(of numbers: [Float]) throws(InferenceError) -> [Double] {
        guard numbers.count == features else {
            throw .broken("it expects \(features) numbers per picture, but got \(numbers.count)")
        }
        var normal = [Double](repeating: 0, count: features)
        guard numbers.withUnsafeBufferPointer({ normalisation.apply(to: $0, into: &normal) }) else {
            throw .broken("the features contain invalid numbers (NaN or infinity)")
        }
        return weights.withUnsafeBufferPointer { weights in
            bias.indices.map { label in
                var sum = Double(bias[label])
                let row = label * features
                for index in 0..<features { sum += Double(weights[row + index]) * normal[index] }
                return sum
            }
        }
    }
}

/// Brought to length 1, less the mean of those that it was trained with, brought to length 1 again: so that neither
/// contrast nor what all pictures have in common counts.
package struct LinearNormalisation: Sendable, Equatable {
    package let mean: [Float]

    package init(mean: [Float]) { self.mean = mean }

    /// - Parameter result: as many numbers as there are features.
    /// - Returns: false where a number is none.
    package func apply(to numbers: UnsafeBufferPointer<Float>, into result: inout [Double]) -> Bool {
        guard let scale = inverseLength(numbers.lazy.map(Double.init)) else { return false }
        for index in result.indices { result[index] = Double(numbers[index]) * scale - Double(mean[index]) }
        guard let scale = inverseLength(result) else { return false }
        for index in result.indices { result[index] *= scale }
        return true
    }
}

/// What brings these numbers to length 1; nil where one is none. Zeros stay zeros.
func inverseLength(_ numbers: some Collection<Double>) -> Double? {
    let squares = numbers.reduce(0) { $0 + $1 * $1 }
    return squares.isFinite ? 1 / max(squares.squareRoot(), 1e-9) : nil
}

/// The exponential function of each sum times `slope`, divided by the sum of all.
package func softmax(_ sums: [Double], slope: Double) -> [Double] {
    let most = sums.max() ?? 0
    var shares = sums.map { exp(slope * ($0 - most)) }
    let total = shares.reduce(0, +)
    for index in shares.indices { shares[index] /= total }
    return shares
}
