import Testing

extension WatchedPlace {
    /// Every picture of `dropLongLine` hangs its worker.
    static let hangingWorker: [String: String?] = ["SLUICE_CRASH": "hang:stuck"]

    /// More jobs than a supervisor holds in memory: the rest waits in the journal.
    static let overfull = 400

    /// Several times more pictures than fit in the line of waiting jobs.
    /// - Returns: their names.
    @discardableResult
    func dropLongLine() throws -> [String] {
        let names = (0..<1500).map { "stuck-\($0).png" }
        for name in names { try scratch.drop(Pictures.pngHeader(width: 9, height: 9), at: "inbox/\(name)") }
        return names
    }

    /// How many jobs the journal has; none while there is no journal yet.
    func jobs() async throws -> Int {
        try await journal("SELECT count(*) FROM job").first.flatMap { Int($0) } ?? 0
    }
}
