import LinuxIO
import PipelineModel

// What others ask of the inboxes.
extension Engine {
    var inboxNames: [String] { contexts.keys.sorted() }

    func disk(of inbox: String) -> BlockingPool? { contexts[inbox]?.disk }

    /// The inbox' directory, and where to ask for it; nil while it is not there.
    func held(inbox: String) -> (disk: BlockingPool, directory: Directory)? {
        contexts[inbox].flatMap { context in context.directory.map { (context.disk, $0) } }
    }

    /// Those whose sources are gone once they are done.
    var inboxesThatGiveAway: Set<String> { Set(contexts.values.filter(\.takesSourcesAway).map(\.name)) }

    /// Of these sources of one inbox, those that are not there any more. None where that cannot be told.
    func gone(_ sources: [SourceIdentity]) async -> Set<RelativePath> {
        guard let inbox = sources.first?.inbox else { return [] }
        // Nobody has it any more, so nobody offers them.
        guard let context = contexts[inbox] else { return Set(sources.map(\.path)) }
        guard let directory = context.directory else { return [] }
        let gone = try? await context.disk.run(within: 30) {
            try sources.filter { try directory.stat($0.path.bytes) == nil }.map(\.path)
        }
        return Set(gone ?? [])
    }
}
