import FoundationEssentials
import Jobs
import Journal
import LinuxIO
import Outbox

// Failed sources on their way to the quarantine. Calls block.
extension Quarantine {
    /// Writes the error file first, so that no source is ever there without one; then moves the source, if its inbox
    /// allows.
    func take(
        _ source: SourceIdentity, _ file: ErrorFile, in context: InboxContext, _ disposal: SourceDisposal?
    ) throws -> Disposed {
        guard context.movesFailures else {
            try write(file, for: context.placed(source.path))
            return .gone(nil)
        }
        guard let disposal else { throw EngineFault.inboxGone(context.name) }
        let below = try context.folder.map { try root.openDirectory($0.bytes, create: true) } ?? root
        let expected = try disposal.destination(of: source, below: below)
        try write(file, for: context.placed(expected))
        let outcome = try disposal.move(source, below: below)
        if case .gone(let moved?) = outcome, moved != expected { try write(file, for: context.placed(moved)) }
        return outcome
    }

    /// Many that can never be jobs: nearly all of them are links and the like, which stay where they are. One sync for all.
    func take(_ refusals: [Journal.Refusal], in context: InboxContext, now: Double) throws -> [Journal.Refusal] {
        var files: [(error: ErrorFile, path: RelativePath)] = []
        let now = timestamp(now)
        let taken = try refusals.map { refusal in
            let source = refusal.source
            let file = ErrorFile(source, refusal.error, in: context, attempts: 0, firstSeen: now, lastSeen: now)
            var refusal = refusal
            if context.movesFailures, let disposal = context.disposal(), try disposal.isStill(source) {
                if case .gone = try take(source, file, in: context, disposal) { refusal.stay = .none }
            } else {
                files.append((file, context.placed(source.path)))
            }
            return refusal
        }
        try write(files)
        return taken
    }
}

extension ErrorFile {
    /// - Parameters:
    ///   - firstSeen: as `timestamp` gives it, as `lastSeen`.
    init(
        _ source: SourceIdentity, _ error: JobError, in context: InboxContext, attempts: Int, firstSeen: String,
        lastSeen: String
    ) {
        self.init(
            sluice: sluiceVersion, source: source.path.text,
            nameBytes: source.path.isUTF8 ? nil : Data(source.path.name).base64EncodedString(),
            inbox: context.movesFailures ? source.inbox : nil, error: error, attempts: attempts,
            firstSeen: firstSeen, lastSeen: lastSeen, pipeline: context.pipelineReference)
    }
}
