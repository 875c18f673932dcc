import CLinear
import Glibc

/// Trains linear classifiers with liblinear: logistic regression, one label against the rest.
package struct LinearTraining {
    private let library: LinearLibrary
    private let samples: LinearSamples
    private let nodes: LinearNodes

    /// How much a wrong picture costs against large weights. From 30 to 300 it makes less than half a point.
    private static let cost = 50.0
    private static let tolerance = 0.01

    /// - Throws: `InferenceError.noMemory`.
    package init(_ library: LinearLibrary, _ samples: LinearSamples) throws(InferenceError) {
        self.library = library
        self.samples = samples
        nodes = try LinearNodes(rows: samples.count, features: samples.features)
    }

    /// Trained with all pictures. Its sums are not calibrated.
    package func classifier() throws(InferenceError) -> LinearClassifier { try train { _ in true } }

    /// The sums of every picture that can be held out, by a classifier that was trained without its part.
    /// - Parameters:
    ///   - sums: a row of `samples.labels` for each picture; rows of others stay as they are.
    ///   - onFold: told how many parts are done.
    package func crossValidate(
        into sums: UnsafeMutableBufferPointer<Float>, onFold: (Int) -> Void = { _ in }
    ) throws(InferenceError) {
        for fold in 0..<samples.folds {
            let classifier = try train { samples.fold[$0] != fold }
            for picture in 0..<samples.count where samples.fold[picture] == fold {
                let row = try classifier.sums(of: Array(samples.numbers(of: picture)))
                for label in row.indices { sums[picture * samples.labels + label] = Float(row[label]) }
            }
            onFold(fold + 1)
        }
    }

    private func train(_ isIn: (Int) -> Bool) throws(InferenceError) -> LinearClassifier {
        let pictures = (0..<samples.count).filter(isIn)
        let normalisation = LinearNormalisation(mean: mean(of: pictures))
        var normal = [Double](repeating: 0, count: samples.features)
        for (row, picture) in pictures.enumerated() {
            guard normalisation.apply(to: samples.numbers(of: picture), into: &normal) else {
                throw .broken("the features contain invalid numbers (NaN or infinity)")
            }
            nodes.set(row, to: normal)
        }
        var targets = pictures.map { Double(samples.label[$0]) }
        let weights = try targets.withUnsafeMutableBufferPointer { targets throws(InferenceError) in
            try solve(targets)
        }
        return try LinearClassifier(weights: weights.weights, bias: weights.bias, normalisation: normalisation)
    }

    /// Of the pictures' numbers, each picture's brought to length 1.
    private func mean(of pictures: [Int]) -> [Float] {
        var sums = [Double](repeating: 0, count: samples.features)
        for picture in pictures {
            let numbers = samples.numbers(of: picture)
            guard let scale = inverseLength(numbers.lazy.map(Double.init)) else { continue }
            for index in sums.indices { sums[index] += Double(numbers[index]) * scale }
        }
        return sums.map { Float($0 / Double(max(pictures.count, 1))) }
    }

    private func solve(
        _ targets: UnsafeMutableBufferPointer<Double>
    ) throws(InferenceError) -> (weights: [Float], bias: [Float]) {
        var task = problem()
        task.l = Int32(targets.count)
        task.n = Int32(samples.features + 1)
        task.y = targets.baseAddress
        task.x = nodes.rows
        task.bias = 1
        var how = parameter()
        // The dual solver finds the same, and takes five times as long where pictures contradict each other.
        how.solver_type = Int32(L2R_LR)
        how.C = Self.cost
        how.eps = Self.tolerance
        var result = library.train(&task, &how)
        guard let found = result else { throw .noMemory }
        defer { library.destroy(&result) }
        return weights(of: found.pointee)
    }

    /// A row of `w` for each number, bias last; a column for each label in the order in which they appeared. For two
    /// labels there is one column: the other's is its opposite.
    private func weights(of model: model) -> (weights: [Float], bias: [Float]) {
        let columns = model.nr_class == 2 ? 1 : Int(model.nr_class)
        var weights = [Float](repeating: 0, count: samples.labels * samples.features)
        var bias = [Float](repeating: 0, count: samples.labels)
        for place in 0..<Int(model.nr_class) {
            let label = Int(model.label[place])
            let (column, sign) = columns == 1 ? (0, place == 0 ? 1.0 : -1.0) : (place, 1.0)
            for feature in 0..<samples.features {
                weights[label * samples.features + feature] = Float(sign * model.w[feature * columns + column])
            }
            bias[label] = Float(sign * model.w[samples.features * columns + column])
        }
        return (weights, bias)
    }
}

/// Numbers as liblinear takes them: 16 bytes each, and the way to each picture's.
private final class LinearNodes {
    /// One for each picture.
    let rows: UnsafeMutablePointer<UnsafeMutablePointer<feature_node>?>
    private let nodes: UnsafeMutablePointer<feature_node>
    private let features: Int

    /// One block, so that the allocator may put it into a file where memory has no room for it.
    init(rows count: Int, features: Int) throws(InferenceError) {
        // Two more a picture: the bias, and the end.
        let wanted = count.multipliedReportingOverflow(by: (features + 2) * MemoryLayout<feature_node>.stride)
        guard !wanted.overflow, let nodes = malloc(wanted.partialValue) else { throw .noMemory }
        guard let rows = calloc(count, MemoryLayout<UnsafeMutableRawPointer>.stride) else {
            free(nodes)
            throw .noMemory
        }
        self.features = features
        self.nodes = nodes.bindMemory(to: feature_node.self, capacity: count * (features + 2))
        self.rows = rows.bindMemory(to: UnsafeMutablePointer<feature_node>?.self, capacity: count)
        for row in 0..<count {
            let start = self.nodes + row * (features + 2)
            self.rows[row] = start
            for index in 0...features { start[index] = feature_node(index: Int32(index + 1), value: 1) }
            start[features + 1] = feature_node(index: -1, value: 0)
        }
    }

    deinit {
        free(nodes)
        free(rows)
    }

    func set(_ row: Int, to numbers: [Double]) {
        let start = nodes + row * (features + 2)
        for index in 0..<features { start[index].value = numbers[index] }
    }
}
