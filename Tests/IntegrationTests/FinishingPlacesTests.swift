import Testing

@testable import Engine

@Suite("Places for jobs on their way to the outbox")
struct FinishingPlacesTests {
    private let share: UInt64 = 10 << 20

    @Test("more while there is memory, up to as many as there are descriptors for")
    func grows() {
        var places = FinishingPlaces(descriptors: 1024, share: share)
        #expect(places.count == 64)
        for _ in 0..<100 { places.adapt(to: 6 << 20) }
        #expect(places.count == FinishingPlaces.most)
        var few = FinishingPlaces(descriptors: 400, share: share)
        for _ in 0..<100 { few.adapt(to: 6 << 20) }
        #expect(few.count == 54)
        #expect(FinishingPlaces(descriptors: 64, share: share).count == FinishingPlaces.least)
    }

    @Test("fewer where memory is short, but never so few that nothing goes on; in between it stays")
    func shrinks() {
        var places = FinishingPlaces(descriptors: 1024, share: share)
        places.adapt(to: 9 << 20)
        #expect(places.count == 64)
        places.adapt(to: share)
        #expect(places.count == 60)
        for _ in 0..<100 { places.adapt(to: 2 * share) }
        #expect(places.count == FinishingPlaces.least)
    }
}
