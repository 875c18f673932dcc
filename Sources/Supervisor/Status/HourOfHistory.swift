/// Memory and throughput of the last hour, in 240 slots of 15 seconds. Pure: time is passed in.
package struct HourOfHistory: Sendable {
    private struct Place: Sendable {
        var number: Int64 = -1
        /// KiB; the most that was seen.
        var used: UInt32 = 0
        var reserved: UInt32 = 0
        /// KiB; what was seen last.
        var lastUsed: UInt32 = 0
        var lastReserved: UInt32 = 0
        var pictures: UInt32 = 0
        var hasMemory = false
    }

    /// The oldest first; nil before there was anything. While nothing runs there are no samples, and nothing changes:
    /// what was seen last holds.
    package struct Samples: Sendable, Equatable, Encodable {
        /// Seconds since 1970, of the last sample's end.
        var until: Double
        var every = HourOfHistory.seconds
        /// Bytes.
        var used: [UInt64?]
        var reserved: [UInt64?]
        var pictures: [UInt32?]
    }

    static let places = 240
    static let seconds: Int64 = 15

    private var ring = [Place](repeating: Place(), count: Self.places)
    private var first: Int64?

    /// - Parameters:
    ///   - used: bytes.
    ///   - now: seconds of a clock that never goes back.
    mutating func add(used: UInt64, reserved: UInt64, at now: Int64) {
        update(now) { place in
            place.lastUsed = UInt32(clamping: used >> 10)
            place.lastReserved = UInt32(clamping: reserved >> 10)
            place.used = max(place.used, place.lastUsed)
            place.reserved = max(place.reserved, place.lastReserved)
            place.hasMemory = true
        }
    }

    mutating func addPicture(at now: Int64) { update(now) { $0.pictures += 1 } }

    private mutating func update(_ now: Int64, _ change: (inout Place) -> Void) {
        let number = now / Self.seconds
        let index = Int(number % Int64(Self.places))
        if ring[index].number != number { ring[index] = Place(number: number) }
        if first == nil { first = number }
        change(&ring[index])
    }

    /// - Parameter wall: the same moment, in seconds since 1970.
    func samples(at now: Int64, wall: Double) -> Samples {
        let last = now / Self.seconds
        var samples = Samples(until: wall, used: [], reserved: [], pictures: [])
        var (used, reserved): (UInt32?, UInt32?)
        for number in (last - Int64(Self.places) + 1)...last {
            let place = number < 0 ? Place() : ring[Int(number % Int64(Self.places))]
            let isThere = place.number == number
            if isThere, place.hasMemory {
                samples.used.append(UInt64(place.used) << 10)
                samples.reserved.append(UInt64(place.reserved) << 10)
                (used, reserved) = (place.lastUsed, place.lastReserved)
            } else {
                samples.used.append(used.map { UInt64($0) << 10 })
                samples.reserved.append(reserved.map { UInt64($0) << 10 })
            }
            let began = first.map { number >= $0 } ?? false
            samples.pictures.append(isThere ? place.pictures : began ? 0 : nil)
        }
        return samples
    }
}
