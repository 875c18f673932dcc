import Glibc
import LinuxIO

extension TrainingFeatures {
    /// Which pictures are the same, or nearly. Read from the collected numbers, two pictures at a time.
    func lookalikes(in directory: Directory) throws -> Lookalikes {
        let file = try directory.openFile(Self.numbersName)
        defer { withExtendedLifetime(file) {} }
        func numbers(of picture: Int) throws -> [Float] {
            try [Float](unsafeUninitializedCapacity: features) { numbers, count in
                let bytes = features * MemoryLayout<Float>.stride
                guard pread(file.number, numbers.baseAddress, bytes, off_t(picture * bytes)) == bytes else {
                    throw SystemCallError("pread", "features")
                }
                count = features
            }
        }
        return try Lookalikes(contents: contents, looks: looks) { one, other in
            let (a, b) = try (numbers(of: one), numbers(of: other))
            var (product, left, right) = (0.0, 0.0, 0.0)
            for index in a.indices {
                let (x, y) = (Double(a[index]), Double(b[index]))
                product += x * y
                left += x * x
                right += y * y
            }
            return product >= Lookalikes.leastCosine * (left * right).squareRoot()
        }
    }
}

extension TrainingReport {
    /// Groups that are listed, and pictures of each; all are counted.
    private static let mostTwins = 1000
    private static let mostOfGroup = 20

    /// - Parameter directory: where the paths were collected.
    mutating func tell(of alike: Lookalikes, _ features: TrainingFeatures, in directory: Directory) throws {
        var shown: [[Int]] = []
        for group in alike.groups {
            let labels = Set(group.map { features.label[$0] })
            copies += group.count - labels.count
            guard labels.count > 1 else { continue }
            contradictionCount += 1
            guard shown.count < Self.mostTwins else { continue }
            // Of each label one first, so that the contradiction is seen.
            var left = labels
            let firsts = group.filter { left.remove(features.label[$0]) != nil }
            shown.append(Array((firsts + group.filter { !firsts.contains($0) }).prefix(Self.mostOfGroup)))
        }
        guard !shown.isEmpty else { return }
        let paths = try TrainingFeatures.paths(of: shown.flatMap(\.self), in: directory)
        contradictions = shown.map { group in
            Twins(
                identical: Set(group.map { features.contents[$0] }).count == 1,
                pictures: group.map {
                    .init(path: paths[$0] ?? "?", label: features.labels[Int(features.label[$0])])
                })
        }
    }
}
