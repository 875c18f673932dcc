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

    /// Renditions of these orders that are there already, of a document those of its pages. Everything else that lies there is
    /// removed: files that a crash cut short, spilled pictures, results of another content.
    func takeOver(_ orders: [JobRequest.Order]) throws -> [StagedRendition] {
        let entries = try directory.list()
        var whole: [StagedRendition] = []
        for entry in entries where entry.name.suffix(Self.ending.count).elementsEqual(Self.ending) {
            let file = String(decoding: entry.name.dropLast(Self.ending.count), as: UTF8.self)
            if let staged = read(file, orders) { whole.append(staged) }
        }
        let kept = Set(whole.flatMap { [Array($0.report.path.utf8), recordName($0.report.path)] })
        for entry in entries where !kept.contains(entry.name) && entry.type != .directory {
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

    private func read(_ file: String, _ orders: [JobRequest.Order]) -> StagedRendition? {
        guard let record = try? directory.openFile(recordName(file)) else { return nil }
        var text = Data()
        guard (try? record.forEachPiece(subject: file) { text.append(contentsOf: $0) }) != nil,
            let staged = try? JSONDecoder().decode(StagedRendition.self, from: text),
            staged.pipelineDigest == pipelineDigest, staged.report.path == file,
            let order = orders.first(where: { $0.rendition == staged.report.name }),
            file == staged.report.page.map({ "\($0).\(order.file)" }) ?? order.file,
            (try? source.value().digest) == staged.source,
            let content = try? directory.openFile(Array(file.utf8)), let found = try? sha256(of: content),
            found.digest == staged.report.sha256, found.bytes == staged.report.bytes
        else { return nil }
        return staged
    }

    private static let ending = Array(".record".utf8)
    private func recordName(_ file: String) -> [UInt8] { Array("\(file).record".utf8) }
}

/// The reports of a job of which some renditions were made by earlier attempts, page by page in the pipeline's order. Stages
/// are those of the first page.
func merge(
    _ taken: [StagedRendition], renditions: [RenditionReport], stages: [StageReport], order: [String]
) -> (renditions: [RenditionReport], stages: [StageReport]) {
    let places = Dictionary(order.enumerated().map { ($1, $0) }) { first, _ in first }
    func place(_ report: RenditionReport) -> (Int, Int) { (report.page ?? 0, places[report.name] ?? 0) }
    let made = Set(renditions.map(\.result))
    let reports = (renditions + taken.map(\.report).filter { !made.contains($0.result) })
        .sorted { place($0) < place($1) }
    let first = taken.filter { $0.report.page ?? 1 == 1 }
    // The pipeline's own stages are the same in every attempt.
    var own = stages.filter { $0.rendition == nil }
    if own.isEmpty { own = first.first?.stages.filter { $0.rendition == nil } ?? [] }
    for name in order {
        let now = stages.filter { $0.rendition == name }
        own += now.isEmpty ? first.first { $0.report.name == name }?.stages.filter { $0.rendition == name } ?? [] : now
    }
    return (reports, own)
}
