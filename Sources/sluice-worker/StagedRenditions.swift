import FoundationEssentials
import Jobs
import LinuxIO
import WorkerProtocol

/// A rendition that is complete in staging, as recorded beside it by the attempt that made it (`NAME.record`).
///
/// The record is not synced: it only has to survive the process. What it says is believed when the file has the digest
/// that it gives, so that a power loss costs only the work.
struct StagedRendition: Codable {
    /// SHA-256 of the source, hex.
    var source: String
    var pipelineDigest: String
    /// `path` is the name in staging.
    var report: RenditionReport
    /// Of the pipeline's own stages and the rendition's.
    var stages: [StageReport]
}

/// What earlier attempts left in the job's staging directory.
struct StagedRenditions {
    let directory: Directory
    let source: SourceDigest
    let pipelineDigest: String

    /// Renditions of these orders that are there already. Everything else that lies there is removed: files that a crash
    /// cut short, spilled pictures, results of another content.
    func takeOver(_ orders: [JobRequest.Order]) throws -> [StagedRendition] {
        var whole: [StagedRendition] = []
        for order in orders {
            if let staged = read(order), staged.report.name == order.rendition { whole.append(staged) }
        }
        let kept = Set(whole.flatMap { [Array($0.report.path.utf8), recordName($0.report.path)] })
        for entry in try directory.list() where !kept.contains(entry.name) && entry.type != .directory {
            try directory.unlink(entry.name)
        }
        return whole
    }

    /// Writes down that a rendition is whole. Only a help: where it cannot be written the work is done again.
    func record(_ report: RenditionReport, stages: [StageReport]) {
        guard let digest = try? source.value().digest else { return }
        let staged = StagedRendition(source: digest, pipelineDigest: pipelineDigest, report: report, stages: stages)
        guard let text = try? JSONEncoder().encode(staged),
            let file = try? directory.createFile(recordName(report.path), mode: 0o600)
        else { return }
        text.withUnsafeBytes { try? file.writeAll($0, subject: report.path) }
    }

    private func read(_ order: JobRequest.Order) -> StagedRendition? {
        guard let record = try? directory.openFile(recordName(order.file)) else { return nil }
        var text = Data()
        guard (try? record.forEachPiece(subject: order.file) { text.append(contentsOf: $0) }) != nil,
            let staged = try? JSONDecoder().decode(StagedRendition.self, from: text),
            staged.pipelineDigest == pipelineDigest, staged.report.path == order.file,
            (try? source.value().digest) == staged.source,
            let file = try? directory.openFile(Array(order.file.utf8)), let found = try? sha256(of: file),
            found.digest == staged.report.sha256, found.bytes == staged.report.bytes
        else { return nil }
        return staged
    }

    private func recordName(_ file: String) -> [UInt8] { Array("\(file).record".utf8) }
}

/// The reports of a job of which some renditions were made by earlier attempts, in the pipeline's order.
func merge(
    _ taken: [StagedRendition], renditions: [RenditionReport], stages: [StageReport], order: [String]
) -> (renditions: [RenditionReport], stages: [StageReport]) {
    var reports: [RenditionReport] = []
    // The pipeline's own stages are the same in every attempt.
    var own = stages.filter { $0.rendition == nil }
    if own.isEmpty { own = taken.first?.stages.filter { $0.rendition == nil } ?? [] }
    for name in order {
        if let made = renditions.first(where: { $0.name == name }) {
            reports.append(made)
            own += stages.filter { $0.rendition == name }
        } else if let earlier = taken.first(where: { $0.report.name == name }) {
            reports.append(earlier.report)
            own += earlier.stages.filter { $0.rendition == name }
        }
    }
    return (reports, own)
}
