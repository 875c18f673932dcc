package import LinuxIO
import Outbox
package import PipelineModel

/// Everything that the life of a job needs to know of the inbox it came from.
package struct InboxContext: Sendable {
    package var name: String
    package var directory: Directory
    package var pipeline: Pipeline
    package var pipelineDigest: String
    /// Folder below outbox, archive and quarantine; nil: none.
    package var folder: RelativePath?
    /// Where sources go that are done, when the pipeline says `after: archive`; nil: they stay.
    package var archive: Directory?
    /// Whether failed sources are moved to the quarantine (a watched inbox) or stay where they are (one-shot).
    package var movesFailures: Bool

    package init(
        name: String, directory: Directory, pipeline: Pipeline, folder: RelativePath? = nil,
        archive: Directory? = nil, movesFailures: Bool
    ) throws {
        self.name = name
        self.directory = directory
        self.pipeline = pipeline
        pipelineDigest = try Self.digest(of: pipeline)
        self.folder = folder
        self.archive = archive
        self.movesFailures = movesFailures
    }

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

    var disposal: SourceDisposal { SourceDisposal(inbox: directory) }

    var pipelineReference: Sidecar.PipelineReference {
        Sidecar.PipelineReference(name: pipeline.name, digest: pipelineDigest)
    }

    /// The path below archive and quarantine.
    func placed(_ path: RelativePath) -> RelativePath {
        guard let folder else { return path }
        return RelativePath(bytes: folder.bytes + [UInt8(ascii: "/")] + path.bytes) ?? path
    }
}
