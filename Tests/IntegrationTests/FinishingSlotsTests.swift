import Testing

@testable import Engine

@Suite("Places for jobs on their way to the outbox")
struct FinishingSlotsTests {
    private let share: UInt64 = 10 << 20

    @Test("more while there is memory, up to as many as there are descriptors for")
    func grows() {
        var slots = FinishingSlots(descriptors: 1024, share: share)
        #expect(slots.count == 64)
        for _ in 0..<100 { slots.adapt(to: 6 << 20) }
        #expect(slots.count == FinishingSlots.most)
        var few = FinishingSlots(descriptors: 400, share: share)
        for _ in 0..<100 { few.adapt(to: 6 << 20) }
        #expect(few.count == 54)
        #expect(FinishingSlots(descriptors: 64, share: share).count == FinishingSlots.least)
    }

    @Test("fewer where memory is short, but never so few that nothing goes on; in between it stays")
    func shrinks() {
        var slots = FinishingSlots(descriptors: 1024, share: share)
        slots.adapt(to: 9 << 20)
        #expect(slots.count == 64)
        slots.adapt(to: share)
        #expect(slots.count == 60)
        for _ in 0..<100 { slots.adapt(to: 2 * share) }
        #expect(slots.count == FinishingSlots.least)
    }
}
