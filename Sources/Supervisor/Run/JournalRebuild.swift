import Engine
import Inbox
import Jobs
import Journal
import LinuxIO
import Outbox
import Pipeline
import Text

/// Finds what was published in the sidecars of an outbox, for a journal that is new, that took the place of a lost one, or
/// that has not seen what others did since the sources were divided in another way.
struct JournalRebuild {
    let outbox: Directory
    /// Folders of the outbox to skip (staging, say).
    let excluded: Set<RelativePath>
    let contexts: [InboxContext]
    /// Changes when the sources are divided differently; see `Division`.
    var generation: Int32 = 0
    /// Only these sources'.
    var isOurs: @Sendable (RelativePath) -> Bool = { _ in true }
    /// Whether to give up: then nothing is imported, and the next start does it.
    var isStopping: @Sendable () -> Bool = { false }

    /// - Returns: how many jobs were added to the journal from sidecars; 0 if none were needed.
    func run(_ journal: Journal, now: Double) throws -> Int {
        guard try journal.isBlank || journal.generation != generation else { return 0 }
        // Hidden files are never results, but for sidecars.
        let folders = contexts.compactMap(\.pipeline.sidecar.folder) + [RelativePath(SidecarRules.hiddenFolder)]
        var walk = OutboxWalk(outbox, sidecars: folders.compactMap(\.self), excluded: excluded)
        // Without a route a sidecar has its source's path, and need not be read to be attributed.
        let isPlain = contexts.allSatisfy {
            $0.folder == nil && $0.pipeline.output.route == nil && $0.pipeline.sidecar.folder == nil
        }
        return try journal.rebuild(now: now, generation: generation) {
            while let path = walk.next() {
                if isStopping() { throw CancellationError() }
                if isPlain, let source = RelativePath(bytes: path.bytes.dropLast(ending.count)), !isOurs(source) {
                    continue
                }
                if let result = try result(at: path), isOurs(result.path) { return result }
            }
            return nil
        }
    }

    /// The result recorded in a file of the outbox, if it is a sidecar of one of these inboxes.
    private func result(at path: RelativePath) throws -> PublishedResult? {
        guard path.bytes.suffix(ending.count).elementsEqual(ending),
            let sidecar = try SidecarFile.read(path.bytes, in: outbox), sidecar.replacing == nil,
            let (context, source) = origin(of: sidecar, at: path)
        else { return nil }
        var outputs = [OutputName(path: path, rendition: nil)]
        for file in sidecar.files {
            guard let path = RelativePath(bytes: unescaped(file.path)) else { return nil }
            outputs.append(OutputName(path: path, rendition: file.name.key, bytes: file.bytes, sha256: file.sha256))
        }
        return PublishedResult(
            inbox: context.name, path: source, size: Int64(clamping: sidecar.source.bytes),
            sha256: sidecar.source.sha256, pipelineName: sidecar.pipeline.name,
            pipelineDigest: sidecar.pipeline.digest, attempts: sidecar.attempts, outputs: outputs,
            number: sidecar.counter)
    }

    /// The inbox that the source was in, and its path there: the sidecar's own path less the folders of inbox and route, or
    /// those of `sidecar.where` and inbox, and `.json`.
    private func origin(of sidecar: Sidecar, at path: RelativePath) -> (InboxContext, RelativePath)? {
        func folder(_ path: String?) -> [UInt8] { path.map { unescaped($0) + [UInt8(ascii: "/")] } ?? [] }
        let own = folder(sidecar.folder)
        let route = sidecar.folder == nil ? folder(sidecar.route) : []
        let candidates = contexts.compactMap { context -> (context: InboxContext, source: RelativePath)? in
            let folder = own + (context.folder.map { $0.bytes + [UInt8(ascii: "/")] } ?? []) + route
            guard path.bytes.starts(with: folder),
                let source = RelativePath(bytes: path.bytes.dropFirst(folder.count).dropLast(ending.count)),
                source.text == sidecar.source.path
            else { return nil }
            return (context, source)
        }
        let named = candidates.first { $0.context.name == sidecar.source.inbox }
        // Sidecars of `process` do not name the inbox; then the pipeline decides.
        let found = named ?? candidates.first { $0.context.pipeline.name == sidecar.pipeline.name } ?? candidates.first
        return found.map { ($0.context, $0.source) }
    }
}

private let ending = Array(".json".utf8)
