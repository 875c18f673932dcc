import Testing

@testable import Training

@Suite("Pictures that are the same")
struct LookalikesTests {
    private func groups(_ contents: [UInt64], _ looks: [UInt64], isAlike: (Int, Int) -> Bool = { _, _ in true })
        -> [[Int]]
    {
        Lookalikes(contents: contents, looks: looks, isAlike: isAlike).groups
    }

    @Test("The same file is found whatever is known of its looks, and others are left alone")
    func files() {
        #expect(groups([7, 8, 7, 9, 8, 7], [0, 0, 0, 0, 0, 0]) == [[0, 2, 5], [1, 4]])
        #expect(groups([], []).isEmpty && groups([1], [1]).isEmpty && groups([1, 2, 3], [0, 0, 0]).isEmpty)
        #expect(Lookalikes(contents: [7, 8, 7], looks: [0, 0, 0]) { _, _ in false }.group == [0, 1, 0])
    }

    @Test("Fingerprints that differ in four bits, wherever these are, are one picture if what describes them agrees")
    func looks() {
        let first: UInt64 = 0x0123_4567_89ab_cdef
        for bits: [UInt64] in [[0], [0, 1, 2, 3], [0, 13, 26, 39], [12, 25, 38, 63], [60, 61, 62, 63]] {
            let other = bits.reduce(first) { $0 ^ (1 << $1) }
            #expect(groups([1, 2], [first, other]) == [[0, 1]], "\(bits)")
            #expect(groups([1, 2], [first, other]) { _, _ in false }.isEmpty)
        }
        #expect(groups([1, 2], [first, first ^ 0b11111]).isEmpty)
        // By way of a third one, and of a file that is there twice.
        #expect(groups([1, 2, 3, 2], [first, first ^ 0b1111, first ^ 0b1111_1111, 0]) == [[0, 1, 2, 3]])
    }

    @Test("Many pictures, half of them alike, take few comparisons")
    func many() {
        let count = 10_000
        var (generator, checks) = (SplitMix(state: 5), 0)
        let looks = (0..<count).map {
            $0 % 2 == 0 ? generator.next() : 0xff00_ff00_ff00_ff00 ^ (1 << (generator.next() % 3))
        }
        let alike = Lookalikes(contents: (0..<count).map { UInt64($0) }, looks: looks) { one, other in
            checks += 1
            return one % 2 == other % 2
        }
        #expect(checks <= count * 10 + 1000)
        #expect(alike.groups.map(\.count).max() == count / 2)
    }
}

/// Numbers that are the same in each run.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
