import Jobs

/// Counts of the last minute, second by second, in sixty slots. Pure: the current second is passed in.
struct MinuteOfThroughput: Sendable {
    private struct Second: Sendable {
        var number: Int64 = -1
        var counts = SupervisorStatus.Throughput()
    }
    private var seconds = [Second](repeating: Second(), count: 60)

    /// - Parameter now: seconds of a clock that never goes back.
    mutating func add(_ counts: SupervisorStatus.Throughput, at now: Int64) {
        let place = Int(now % 60)
        if seconds[place].number != now { seconds[place] = Second(number: now) }
        seconds[place].counts.add(counts)
    }

    /// - Parameter age: seconds since counting began.
    func sum(at now: Int64, age: Double) -> SupervisorStatus.Throughput {
        var sum = SupervisorStatus.Throughput()
        for second in seconds where second.number > now - 60 && second.number >= 0 { sum.add(second.counts) }
        return sum.perSecond(over: min(60, age))
    }
}

extension SupervisorStatus.Throughput {
    init(_ sidecar: Sidecar) {
        self.init(
            pictures: 1, renditions: sidecar.renditions.count, bytesRead: sidecar.source.bytes,
            bytesWritten: sidecar.files.reduce(0) { $0 + $1.bytes })
    }

    mutating func add(_ other: Self) {
        pictures += other.pictures
        renditions += other.renditions
        bytesRead &+= other.bytesRead
        bytesWritten &+= other.bytesWritten
    }

    func perSecond(over seconds: Double) -> Self {
        var result = self
        // Unknown in the first second.
        result.picturesPerSecond = seconds >= 1 ? (Double(pictures) / seconds * 1000).rounded() / 1000 : 0
        return result
    }
}
