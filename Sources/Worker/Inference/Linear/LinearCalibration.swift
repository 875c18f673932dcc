import Glibc

/// How far the sums of pictures that were held out have to be stretched so that their probabilities are right: the slope
/// that makes the labels as likely as can be. A penalty keeps it near 1 where there are few pictures.
/// - Parameters:
///   - sums: a row of `samples.labels` for each picture; of those that were never held out anything.
package func calibratedSlope(of sums: UnsafeMutableBufferPointer<Float>, _ samples: LinearSamples) -> Double {
    guard samples.folds > 0 else { return 1 }
    func loss(_ logarithm: Double) -> Double {
        let slope = exp(logarithm)
        var total = 0.5 * logarithm * logarithm
        for picture in 0..<samples.count where samples.fold[picture] != LinearSamples.neverHeldOut {
            let row = sums[(picture * samples.labels)..<((picture + 1) * samples.labels)]
            let most = Double(row.max() ?? 0)
            let shares = row.reduce(0) { $0 + exp(slope * (Double($1) - most)) }
            let own = Double(row[row.startIndex + Int(samples.label[picture])])
            total += log(shares) - slope * (own - most)
        }
        return total
    }
    return exp(minimum(of: loss, in: -3...3))
}

/// By golden section, of a function that has one minimum.
func minimum(of function: (Double) -> Double, in range: ClosedRange<Double>, steps: Int = 60) -> Double {
    let share = (5.0.squareRoot() - 1) / 2
    var (low, high) = (range.lowerBound, range.upperBound)
    var (left, right) = (high - share * (high - low), low + share * (high - low))
    var (atLeft, atRight) = (function(left), function(right))
    for _ in 0..<steps {
        if atLeft < atRight {
            (high, right, atRight) = (right, left, atLeft)
            left = high - share * (high - low)
            atLeft = function(left)
        } else {
            (low, left, atLeft) = (left, right, atRight)
            right = low + share * (high - low)
            atRight = function(right)
        }
    }
    return (low + high) / 2
}
