import LinuxIO

extension FileStatus {
    /// Of all that changes when the file does.
    var stateHash: Int {
        var hasher = Hasher()
        hasher.combine(device)
        hasher.combine(inode)
        hasher.combine(size)
        hasher.combine(mtime)
        hasher.combine(ctime)
        return hasher.finalize()
    }

    /// Nanoseconds for which neither content nor inode have changed, by the same clock as `wall`; 0 where that cannot be
    /// told. Of both times, as there are file systems whose change time is none (FAT).
    func age(wall: Int64) -> Int64 {
        let (age, overflow) = wall.subtractingReportingOverflow(max(mtime, ctime))
        return overflow ? 0 : max(0, age)
    }
}

extension StabilityTracker {
    /// A file beside another that stands for its transfer.
    package struct Companion: Sendable, Equatable {
        /// Hash of its state.
        package var identity: UInt64
        /// Nanoseconds for which it has not changed, as far as its times can be trusted.
        package var unchangedFor: Int64
    }

    package enum Verdict: Sendable, Equatable {
        /// It is complete.
        case ready
        /// It has not changed for as long as a writer may take, and counts as complete although it is open for writing.
        case readyThoughOpen
        /// What belongs to it has not been complete for as long as a writer may take.
        case readyBeforeCompanion
        /// It settles on, waits, or is gone.
        case notReady
    }
}
