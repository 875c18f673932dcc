import Testing

@testable import Training

@Suite("Parts of a cross-validation")
struct FoldsTests {
    @Test("Every label is spread evenly, and what has no second picture is never held out")
    func stratified() {
        // Ten pictures, three, one.
        let labels = [UInt32](repeating: 0, count: 10) + [1, 1, 1, 2]
        let keys = labels.indices.map { Folds.key("\($0)".utf8) }
        let parts = Folds.assign(labels: labels, keys: keys, labelCount: 3, folds: 5)
        for part in 0..<5 { #expect(parts[..<10].filter { $0 == part }.count == 2) }
        #expect(Set(parts[10..<13]).count == 3 && parts[10..<13].allSatisfy { $0 < 5 })
        #expect(parts[13] == Folds.never)
    }

    @Test("Copies are held out together, and what has nothing but copies never")
    func copies() {
        // Of one label ten pictures, four of them the same; of another three that are all the same.
        let labels = [UInt32](repeating: 0, count: 10) + [1, 1, 1]
        let groups: [UInt32] = [0, 1, 2, 0, 4, 5, 0, 7, 8, 0, 10, 10, 10]
        let keys = labels.indices.map { Folds.key("\($0)".utf8) }
        let parts = Folds.assign(labels: labels, keys: keys, groups: groups, labelCount: 2, folds: 5)
        #expect(Set([0, 3, 6, 9].map { parts[$0] }).count == 1)
        #expect(Set(parts[..<10]) == [0, 1, 2, 3, 4])
        #expect(parts[10...].allSatisfy { $0 == Folds.never })
        // The same picture with another label is in no way held together with it.
        let crossed = Folds.assign(
            labels: [0, 0, 1, 1], keys: [1, 2, 3, 4], groups: [0, 1, 0, 3], labelCount: 2, folds: 2)
        #expect(Set(crossed[..<2]) == [0, 1] && Set(crossed[2...]) == [0, 1])
    }

    @Test("The order in which pictures come changes nothing")
    func order() {
        let names = (0..<40).map { "label\($0 % 3)/picture\($0).jpg" }
        func parts(_ names: [String]) -> [String: UInt32] {
            let labels = names.map { UInt32($0.dropFirst(5).first?.wholeNumberValue ?? 0) }
            let parts = Folds.assign(labels: labels, keys: names.map { Folds.key($0.utf8) }, labelCount: 3, folds: 5)
            return Dictionary(uniqueKeysWithValues: zip(names, parts))
        }
        #expect(parts(names) == parts(names.reversed()))
    }

    @Test("Where no label has so many pictures there are fewer parts, and none where each has one")
    func few() {
        let keys = [UInt64](0..<4)
        #expect(Set(Folds.assign(labels: [0, 0, 1, 1], keys: keys, labelCount: 2, folds: 5)) == [0, 1])
        #expect(
            Folds.assign(labels: [0, 1, 2, 3], keys: keys, labelCount: 4, folds: 5).allSatisfy { $0 == Folds.never })
    }
}
