package import Admission
import Check
import Engine
import Inbox
package import Jobs
import Journal
import LinuxIO
import Outbox
import Pipeline
import Places
import Schema
import Status
import Synchronization
import UnixSignals
import WorkerPool

extension OneShot {
    /// `--dry-run`: what would happen to each source, without writing anything.
    package func forecast(
        onScanNotice: @escaping OnScanNotice = { _, _ in }, _ report: (RelativePath, Forecast) throws -> Void
    ) async throws {
        let digest = try InboxContext.digest(of: options.pipeline)
        let journal = realPath(state.journal) == nil ? nil : try Journal(path: state.journal)
        if let journal { try await refuseOtherPipeline(journal) }
        for try await chunk in sources(onScanNotice) {
            for entry in chunk where isOurs(entry.path) {
                switch entry {
                case .refused(let refusal): try report(refusal.path, .refused(refusal.error))
                case .file(let path, let status):
                    let latest = try await journal?.latest(inbox: sourcePath, path: path)
                    if let latest, latest.state == .done, latest.other == nil, latest.pipelineDigest == digest,
                        !options.overwrite,
                        latest.source.isSameState(as: identity(path, status)),
                        try await isMade(path, journal)
                    {
                        try report(path, .unchanged)
                    } else {
                        try report(path, forecast(path, status))
                    }
                }
            }
        }
    }

    private func isMade(_ path: RelativePath, _ journal: Journal?) async throws -> Bool {
        if options.onlyNew { return true }
        return try await hasAllResults(path, journal)
    }

    private func hasAllResults(_ path: RelativePath, _ journal: Journal?) async throws -> Bool {
        let publisher = Publisher(outbox: try Directory.open(path: options.output))
        let outputs = try await journal?.outputs(inbox: sourcePath, path: path) ?? []
        return try hasResults(outputs, publisher)
    }

    package enum Forecast: Sendable {
        /// - Parameter renditions: below the folder of `output.route`, where there is one, and with placeholders that are not
        ///   known yet.
        case process(renditions: [RelativePath], MemoryPlan)
        case unchanged
        /// No picture, and what it is.
        case other(kind: String)
        case refused(JobError)
    }

    /// Those of a document of which each page is made; nil of other sources.
    private func pageNames(_ path: RelativePath, _ file: Descriptor) throws -> OutputNames? {
        let pipeline = options.pipeline
        guard let pages = try documentPages(file, pipeline) else { return nil }
        let pageResults = (1...pages).flatMap { page in
            pipeline.renditions.map { ResultName.rendition($0.name, page: page) }
        }
        let made = pageResults + pipeline.originals.map { .rendition($0.name, page: nil) }
        return try OutputNames.candidates(for: path, pipeline: pipeline, folder: nil, made: made)[0]
    }

    private func forecast(_ path: RelativePath, _ status: FileStatus) -> Forecast {
        do {
            let file = try source.openFile(path.bytes)
            let names = try OutputNames.candidates(for: path, pipeline: options.pipeline, folder: nil)
            if let kind = otherKind(file, path, in: source, pipeline: options.pipeline) { return .other(kind: kind) }
            switch admit(file, size: status.size, pipeline: options.pipeline, cap: cap) {
            case .success(let plan):
                let pages = try pageNames(path, file)
                return .process(renditions: (pages ?? names[0]).renditions.map(\.path), plan)
            case .failure(let error):
                return .refused(error)
            }
        } catch let error as JobError {
            return .refused(error)
        } catch {
            return .refused(JobError(.unreadable, "\(error)"))
        }
    }
}
