import Admission
import FoundationEssentials
import Jobs
import Journal
import LinuxIO
import Outbox
import Text
import WorkerProtocol

/// The results of a finished attempt, with their sidecar written to staging.
final class StagedResults: Sendable {
    let sidecar: Sidecar
    /// The sidecar as it is written.
    let text: [UInt8]
    /// With sizes and digests; empty where the journal has them.
    let outputs: [OutputName]

    /// Those of an earlier attempt; nil where the journal has none that can be read.
    init?(of job: JobRecord) {
        guard let text = job.sidecar, let sidecar = try? SidecarFile.decode(text) else { return nil }
        self.sidecar = sidecar
        self.text = text
        outputs = []
    }

    /// Blocks.
    init(
        _ job: JobRecord, _ attempt: FinishedAttempt, _ context: InboxContext, finishedAt: Double, in staging: Staging
    ) throws {
        let sidecar = try makeSidecar(job, attempt, context, finishedAt: finishedAt)
        let text = try SidecarFile.encode(sidecar)
        try Publisher.stage(sidecar: text, in: staging.open(job.name))
        outputs = attempt.outputs.map { output in
            var output = output
            if let rendition = sidecar.renditions.first(where: { $0.name == output.rendition }) {
                output.bytes = rendition.bytes
                output.sha256 = rendition.sha256
            } else if output.rendition == nil {
                output.bytes = UInt64(text.count)
                output.sha256 = sha256(text)
            }
            return output
        }
        self.sidecar = sidecar
        self.text = text
    }
}

/// The sidecar of a finished job: what the worker reports, under the names of the outbox.
private func makeSidecar(
    _ job: JobRecord, _ attempt: FinishedAttempt, _ context: InboxContext, finishedAt finished: Double
) throws -> Sidecar {
    let (report, plan, outputs) = (attempt.report, attempt.plan, attempt.outputs)
    let path = job.source.path
    let facts = report.facts
    let renditions = try report.renditions.map { rendition in
        guard let output = outputs.first(where: { $0.rendition == rendition.name }) else {
            throw EngineFault.journal("job \(job.id) has no name for rendition '\(rendition.name)'")
        }
        var rendition = rendition
        rendition.path = output.path.text
        rendition.seconds = toMicroseconds(rendition.seconds)
        return rendition
    }
    var warnings = report.warnings
    let route = try checkedRoute(report.route, context.pipeline)
    let shortForm = try OutputNames.candidates(
        for: path, pipeline: context.pipeline, folder: context.folder, route: route,
        made: Set(report.renditions.map(\.name)))[0]
    if let first = renditions.first, let short = shortForm.renditions.first(where: { $0.rendition == first.name }),
        first.path != short.path.text
    {
        warnings.append("name-collision: '\(short.path)' belongs to another source; full names are used")
    }
    let stages = report.stages.map { stage -> StageReport in
        var stage = stage
        stage.seconds = toMicroseconds(stage.seconds)
        return stage
    }
    var sidecar = Sidecar(
        sluice: sluiceVersion, job: job.name,
        source: Sidecar.Source(
            name: escaped(path.name), nameBytes: path.isUTF8 ? nil : Data(path.name).base64EncodedString(),
            inbox: context.movesFailures ? context.name : nil, path: path.text,
            bytes: report.bytes, sha256: report.sha256, format: facts.format, width: facts.width,
            height: facts.height, bands: facts.bands, depth: facts.depth, pages: facts.pages, icc: facts.icc,
            orientation: facts.orientation),
        exif: report.exif, pipeline: context.pipelineReference, stages: stages, renditions: renditions,
        timing: Sidecar.Timing(
            queued: timestamp(job.queuedAt), started: timestamp(attempt.startedAt), finished: timestamp(finished),
            wallSeconds: toMicroseconds(report.cost.wallSeconds),
            cpuSeconds: toMicroseconds(report.cost.cpuSeconds)),
        memory: Sidecar.Memory(
            estimate: plan.estimate, peak: report.cost.peakMemory, plan: plan.way.rawValue,
            spilled: report.cost.spilled),
        attempts: job.attempts + 1,
        warnings: warnings)
    sidecar.route = route?.text
    sidecar.filled = report.filled
    return sidecar
}

/// Seconds, without the digits that mean nothing.
private func toMicroseconds(_ seconds: Double) -> Double { (seconds * 1e6).rounded() / 1e6 }
