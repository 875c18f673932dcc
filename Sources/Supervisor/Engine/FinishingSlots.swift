import LinuxIO

/// How many jobs may be being published at the same time, so that they share commits and fsyncs: a slow disk
/// takes seconds for each. Each takes a few kilobytes: there are fewer while the supervisor is short of memory.
/// Pure: memory is passed in.
struct FinishingSlots {
    static let least = 16
    static let most = 128
    private static let step = 4

    private(set) var count: Int
    private let most: Int
    /// Bytes of anonymous memory that the supervisor may have.
    private let share: UInt64

    /// - Parameters:
    ///   - descriptors: that the process may have; a job has three, and there are others.
    ///   - share: bytes.
    init(descriptors: Int, share: UInt64) {
        most = min(Self.most, max(Self.least, (descriptors - 128) / 5))
        count = min(most, Self.most / 2)
        self.share = share
    }

    /// One step a look: memory follows slowly.
    mutating func adapt(to anonymous: UInt64) {
        if anonymous > share - share / 16 {
            count = max(Self.least, count - Self.step)
        } else if anonymous < share - share / 8 {
            count = min(most, count + Self.step)
        }
    }
}

extension Engine {
    /// Looks at the supervisor's memory, some times a second while jobs finish.
    func adaptSlots(_ now: Int64) {
        guard now - slotsCheckedAt > 100_000_000, let anonymous = anonymousMemory() else { return }
        slotsCheckedAt = now
        finishingSlots.adapt(to: anonymous)
    }
}
