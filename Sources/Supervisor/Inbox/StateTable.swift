import Jobs

/// Hashes of paths → hashes of states, in a bounded amount of memory: 8 bytes each. What has no room any more takes the
/// place of something else, at random, so that it holds most of a little more than fits. Swift seeds the hashes at
/// random in every process, so colliding names cannot be crafted.
struct StateTable {
    /// Eight slots to a bucket: a line of the processor's cache. The upper half of a slot is the key, the lower the
    /// state; 0 is free.
    private static let width = 8

    private var slots: [UInt64]
    private let most: Int
    private(set) var count = 0
    private var dice: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// - Parameter most: slots, a power of two; it begins with fewer.
    init(most: Int) {
        self.most = max(most, Self.width)
        slots = [UInt64](repeating: 0, count: min(self.most, 1024))
    }

    static func key(_ path: RelativePath) -> UInt32 { max(1, UInt32(truncatingIfNeeded: path.hashValue)) }

    subscript(key: UInt32) -> UInt32? {
        place(of: key).map { UInt32(truncatingIfNeeded: slots[$0]) }
    }

    mutating func set(_ key: UInt32, _ state: UInt32) {
        let slot = UInt64(key) << 32 | UInt64(state)
        if let place = place(of: key) {
            slots[place] = slot
            return
        }
        while slots.count < most, bucket(key).allSatisfy({ slots[$0] != 0 }) { grow() }
        insert(slot)
    }

    mutating func remove(_ key: UInt32) {
        guard let place = place(of: key) else { return }
        slots[place] = 0
        count -= 1
    }

    mutating func removeAll() { self = StateTable(most: most) }

    private func bucket(_ key: UInt32) -> Range<Int> {
        let first = (Int(key) & (slots.count / Self.width - 1)) * Self.width
        return first..<first + Self.width
    }

    private func place(of key: UInt32) -> Int? {
        bucket(key).first { UInt32(truncatingIfNeeded: slots[$0] >> 32) == key }
    }

    private mutating func insert(_ slot: UInt64) {
        let bucket = bucket(UInt32(truncatingIfNeeded: slot >> 32))
        if let free = bucket.first(where: { slots[$0] == 0 }) {
            slots[free] = slot
            count += 1
            return
        }
        // xorshift: cheap, and good enough to choose by.
        dice ^= dice << 13
        dice ^= dice >> 7
        dice ^= dice << 17
        slots[bucket.lowerBound + Int(dice % UInt64(Self.width))] = slot
    }

    private mutating func grow() {
        let old = slots
        slots = [UInt64](repeating: 0, count: old.count * 2)
        count = 0
        for slot in old where slot != 0 { insert(slot) }
    }
}
