/// Pictures that a classifier is trained with, by the numbers that describe each. The memory is the caller's: a mapped
/// file, of any size.
package struct LinearSamples {
    /// Numbers of a picture.
    package let features: Int
    /// Labels that there are.
    package let labels: Int
    /// Of each picture: its label, from 0.
    package let label: UnsafeBufferPointer<UInt32>
    /// Of each picture: the part of the cross-validation in which it is held out, from 0, or `neverHeldOut`.
    package let fold: UnsafeBufferPointer<UInt32>
    /// A row of numbers for each picture.
    package let numbers: UnsafeBufferPointer<Float>

    package static let neverHeldOut = UInt32.max

    package var count: Int { label.count }

    /// - Throws: where these do not belong together, or a number is none.
    package init(
        features: Int, labels: Int, label: UnsafeBufferPointer<UInt32>, fold: UnsafeBufferPointer<UInt32>,
        numbers: UnsafeBufferPointer<Float>
    ) throws(InferenceError) {
        guard features > 0, labels > 1, fold.count == label.count,
            label.count.multipliedReportingOverflow(by: features) == (numbers.count, false),
            features < Int(Int32.max) - 2, label.count < Int(Int32.max)
        else { throw .broken("the training pictures and the feature data do not match") }
        guard label.allSatisfy({ $0 < labels }), Set(label).count == labels else {
            throw .broken("there is a label without pictures, or a picture without a label")
        }
        guard numbers.allSatisfy(\.isFinite) else {
            throw .broken("the features contain invalid numbers (NaN or infinity)")
        }
        self.features = features
        self.labels = labels
        self.label = label
        self.fold = fold
        self.numbers = numbers
    }

    /// Parts of the cross-validation; 0 where nothing can be held out.
    package var folds: Int { fold.lazy.filter { $0 != Self.neverHeldOut }.max().map { Int($0) + 1 } ?? 0 }

    package func numbers(of picture: Int) -> UnsafeBufferPointer<Float> {
        UnsafeBufferPointer(rebasing: numbers[(picture * features)..<((picture + 1) * features)])
    }
}
