import Glibc
package import LinuxIO
import Outbox

/// How an outbox's sources are divided among the runs that fill it.
package struct Division: Sendable, Equatable {
    /// 0: not at all.
    var shards = 0
    /// Changes with `shards`: a run that has seen another value may have missed results of others.
    package var generation: Int32 = 0

    init(shards: Int = 0, generation: Int32 = 0) {
        self.shards = shards
        self.generation = generation
    }

    /// Fixed length, so that overwriting is a single write.
    var line: [UInt8] {
        Array("shards \(padded(shards, 4)) generation \(padded(Int(generation), 10))\n".utf8)
    }

    /// Empty if there is no valid text: an outbox that has never been divided.
    init(_ text: [UInt8]) {
        let words = String(decoding: text.prefix(64), as: UTF8.self).split(whereSeparator: \.isWhitespace)
        let isWhole = words.count == 4
        self.init(
            shards: isWhole ? Int(words[1]).flatMap { (0...Shard.most).contains($0) ? $0 : nil } ?? 0 : 0,
            generation: isWhole ? Int32(words[3]) ?? 0 : 0)
    }
}

private func padded(_ number: Int, _ width: Int) -> String {
    let digits = "\(number)"
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// Excludes runs of one outbox that must not coincide: a run over everything, and runs of shards unless all have the
/// same number of shards. A kernel lock on a file that all of them share, so that it holds between machines too, as far
/// as their file system has such locks (NFS makes them its server's).
package final class DivisionLock: Sendable {
    static let file = Array("division".utf8)

    let division: Division
    private let lock: DirectoryLock

    /// - Parameters:
    ///   - state: the directory that all runs of the outbox share.
    ///   - shards: how many there are; 0: a run over everything; nil: exclude all others for a moment.
    /// - Throws: `WorkspaceError` if other runs are in progress; SystemCallError.
    package init(in state: Directory, shards: Int?) throws {
        let isShared = (shards ?? 0) > 0
        // Other starting runs hold it for a moment; working ones for long.
        for _ in 0..<(isShared ? 100 : 10) {
            if let lock = try DirectoryLock.acquire(in: state, name: Self.file, isShared: isShared) {
                let known = Self.division(in: state)
                if shards == nil || known.shards == shards {
                    self.lock = lock
                    division = known
                    return
                }
            }
            // Only a run that is alone may change it.
            if let shards, let alone = try DirectoryLock.acquire(in: state, name: Self.file, isShared: false) {
                if Self.division(in: state).shards != shards {
                    try Self.write(Division(shards: shards, generation: .random(in: 1 ... .max)), in: state)
                }
                withExtendedLifetime(alone) {}
            }
            usleep(.random(in: 5_000...30_000))
        }
        let known = Self.division(in: state)
        if known.shards > 0, known.shards != shards {
            throw WorkspaceError.shardsAtWork(known.shards, asked: shards ?? 0)
        }
        let holder = try state.stat(Self.file).flatMap(DirectoryLock.holder)
        throw WorkspaceError.inUse("the outbox's state \(state.path)", process: holder)
    }

    /// As the last run left it.
    static func division(in state: Directory) -> Division {
        guard let file = try? state.openFile(Self.file) else { return Division() }
        var text: [UInt8] = []
        try? file.forEachPiece(subject: "division") { text += $0.prefix(64) }
        return Division(text)
    }

    private static func write(_ division: Division, in state: Directory) throws {
        let file = try state.openOrCreateFile(Self.file, mode: 0o666, writable: true)
        let subject = "\(state.path)/division"
        let line = division.line
        guard pwrite(file.number, line, line.count, 0) == line.count else { throw SystemCallError("write", subject) }
        try file.sync(subject: subject)
    }
}
