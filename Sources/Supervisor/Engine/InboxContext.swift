import Conditions
import FolderContent
package import Jobs
import Journal
package import LinuxIO
import Naming
import Outbox
package import Pipeline

/// Everything a job needs to know about its inbox.
package struct InboxContext: Sendable {
    package var name: String
    /// Nil while it is missing.
    package var directory: Directory?
    /// For everything that touches the inbox: one that hangs does not block the others.
    package var disk: BlockingPool
    /// For what waits for its disk to write: sources that are to leave the inbox, and their directories.
    package var syncs: BlockingPool
    /// For files that are no pictures: a film may take minutes.
    package var copies: BlockingPool
    /// Inboxes of a higher one go first.
    package var priority = 0
    /// Whether a source is known to be being written to.
    package var isBeingWritten: @Sendable (SourceIdentity) -> Bool = { _ in false }
    private let work: Work
    /// Folder below outbox, archive and quarantine; nil: none.
    package var folder: RelativePath?
    /// Where finished sources go, when the pipeline says `after: archive`; nil: they stay.
    package var archive: Directory?
    /// Whether failed sources are moved to the quarantine (a watched inbox) or stay where they are (one-shot).
    package var movesFailures: Bool

    package init(
        name: String, directory: Directory?, pipeline: Pipeline, folder: RelativePath? = nil,
        archive: Directory? = nil, movesFailures: Bool
    ) throws {
        self.name = name
        self.directory = directory
        self.disk = BlockingPool(name: "inbox", threads: 12)
        self.syncs = BlockingPool(name: "inbox-sync", threads: 16)
        self.copies = BlockingPool(name: "inbox-copy", threads: 2, patience: 86_400)
        work = try Work(pipeline)
        self.folder = folder
        self.archive = archive
        self.movesFailures = movesFailures
    }

    /// What is done to its sources. An object: every job in progress holds a context, and a pipeline is large.
    private final class Work: Sendable {
        let pipeline: Pipeline
        let digest: String
        let template: NameTemplate

        init(_ pipeline: Pipeline) throws {
            self.pipeline = pipeline
            template = NameTemplate(pipeline.output.name)
            digest = try InboxContext.digest(of: pipeline)
        }
    }

    package var pipeline: Pipeline { work.pipeline }
    package var pipelineDigest: String { work.digest }
    var template: NameTemplate { work.template }

    /// SHA-256 of what determines the results, hex.
    package static func digest(of pipeline: Pipeline) throws -> String {
        sha256(try pipeline.canonicalJSON)
    }

    /// Whether a source leaves the inbox once it is done.
    var takesSourcesAway: Bool {
        switch pipeline.after {
        case .keep: false
        case .delete: true
        case .archive: archive != nil
        }
    }

    /// Whether the names of a source's results are reserved as it is queued. A file that is none of a picture by its name
    /// gets them once it turns out to be one: `IMG_1.MOV` takes none from `IMG_1.HEIC`, nor does `IMG_1.CR3` from `IMG_1.JPG`,
    /// or the other way round, as `pairs` says.
    func namesAhead(_ path: RelativePath) -> Bool {
        pipeline.output.route == nil && !template.isLate && isSurelyPicture(path)
    }

    private func isSurelyPicture(_ path: RelativePath) -> Bool {
        OtherContent.isNameOfPicture(path.name) && !OtherContent.mayStandAside(path.name, pipeline.pairs)
    }

    /// What late names of a source ask for as it is queued, so that numbers are in the order in which sources come.
    func namingAhead(_ path: RelativePath) -> NamingWish? {
        guard template.isLate, isSurelyPicture(path) else { return nil }
        guard template.hasCounter else { return NamingWish(folder: nil) }
        // A route without placeholders is known.
        let route = pipeline.output.folder(ConditionFacts()).flatMap { RelativePath($0) }
        guard pipeline.output.route == nil || route != nil else { return NamingWish(folder: nil) }
        return NamingWish(folder: OutputNames.folder(of: path, folder: folder, route: route))
    }

    /// Whether a file may be none of a picture, or one that stands aside for its partner.
    func mayBeOther(_ path: RelativePath) -> Bool {
        !OtherContent.endsAsPicture(path.name) || OtherContent.mayStandAside(path.name, pipeline.pairs)
    }

    /// A source's identity as far as this inbox's file system supports it.
    package func identity(of path: RelativePath, _ status: FileStatus?) -> SourceIdentity {
        SourceIdentity(
            inbox: name, path: path, status: directory.map { directory in status?.trusted(directory.traits) } ?? status)
    }

    /// How sources leave the inbox; nil while it is not there.
    func disposal() -> SourceDisposal? {
        directory.map { directory in
            var disposal = SourceDisposal(inbox: directory)
            disposal.isBeingWritten = isBeingWritten
            return disposal
        }
    }

    var pipelineReference: Sidecar.PipelineReference {
        Sidecar.PipelineReference(name: pipeline.name, digest: pipelineDigest)
    }

    /// The path below archive and quarantine.
    func placed(_ path: RelativePath) -> RelativePath {
        guard let folder else { return path }
        return RelativePath(bytes: folder.bytes + [UInt8(ascii: "/")] + path.bytes) ?? path
    }
}

extension SourceIdentity {
    package init(inbox: String, path: RelativePath, status: FileStatus?) {
        self.init(
            inbox: inbox, path: path, size: status?.size ?? 0, mtime: status?.mtime ?? 0, inode: status?.inode ?? 0,
            ctime: status?.ctime ?? 0)
    }
}
