/// How a source was noticed; determines how long it has to stay unchanged.
package enum Sighting: Sendable, Equatable {
    /// It was renamed to its name: whole, as a rule.
    case renamed
    /// A writer closed it: whole, as a rule.
    case closedAfterWriting
    /// Found by a scan, or just created: it may still be written to.
    case other
}

/// How long a file has to stay unchanged before it counts as a source. Zero is allowed.
package struct SettleTimes: Sendable, Equatable {
    package var afterRenameOrClose: Duration
    package var otherwise: Duration

    package init(afterRenameOrClose: Duration = .seconds(2), otherwise: Duration = .seconds(5)) {
        self.afterRenameOrClose = afterRenameOrClose
        self.otherwise = otherwise
    }

    /// In nanoseconds.
    func time(for sighting: Sighting) -> Int64 {
        (sighting == .other ? otherwise : afterRenameOrClose).nanoseconds
    }
}

/// Why a file that has settled is not taken yet.
package enum HoldReason: String, Sendable, Equatable, CaseIterable {
    /// It is open for writing.
    case writer
    /// It is empty, or a file that stands for its transfer lies beside it (`IMG.JPG.part`).
    case placeholder
    /// A file that belongs to it is still being written, or came a moment ago.
    case companion
}

/// Bounds on how long a file is held.
package struct HoldTimes: Sendable, Equatable {
    /// An empty file is taken when it has not changed for so long.
    package var settleEmpty: Duration
    /// What is held is taken all the same when it has not changed for so long.
    package var writerLimit: Duration

    package init(settleEmpty: Duration = .seconds(60), writerLimit: Duration = .seconds(600)) {
        self.settleEmpty = settleEmpty
        self.writerLimit = writerLimit
    }
}

extension Duration {
    /// Whole nanoseconds, up to 292 years.
    var nanoseconds: Int64 {
        Int64(clamping: Int128(components.seconds) * 1_000_000_000 + Int128(components.attoseconds) / 1_000_000_000)
    }
}
