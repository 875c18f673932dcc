import Admission
import FoundationEssentials
import Jobs
import Journal
import LinuxIO
import Naming
import Outbox
import Pipeline
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
        var sidecar = try makeSidecar(job, attempt, context, finishedAt: finishedAt)
        if context.pipeline.dates == .keep {
            let taken = attempt.report.naming?.taken.flatMap(Moment.secondsSince1970(taken:))
            let date = taken.map { (seconds: $0, nanoseconds: Int64(0)) } ?? job.source.changed
            let fault = try Publisher.date(sidecar.files.map(\.name.staged), in: staging.open(job.name), as: date)
            if let fault { sidecar.warnings.append("dates: \(fault)") }
        }
        let text = try SidecarFile.encode(sidecar)
        try Publisher.stage(sidecar: text, in: staging.open(job.name))
        let files = Dictionary(sidecar.files.map { ($0.name.key, $0) }) { first, _ in first }
        outputs = attempt.outputs.map { output in
            var output = output
            if let file = output.rendition.flatMap({ files[$0] }) {
                output.bytes = file.bytes
                output.sha256 = file.sha256
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
    let source = job.source.path
    let facts = report.facts
    let paths = Dictionary(outputs.map { ($0.rendition ?? "", $0.path.text) }) { first, _ in first }
    func path(of result: ResultName) throws -> String {
        guard let path = paths[result.key] else {
            throw EngineFault.journal("job \(job.id) has no name for '\(result.key)'")
        }
        return path
    }
    let renditions = try report.renditions.map { rendition in
        var rendition = rendition
        rendition.path = try path(of: rendition.result)
        rendition.seconds = toMicroseconds(rendition.seconds)
        return rendition
    }
    var warnings = report.warnings
    let route = try checkedRoute(report.route, context.pipeline)
    let shortForm = try OutputNames.candidates(
        for: source, pipeline: context.pipeline, folder: context.folder, route: route,
        made: checkedResults(report.renditions, report.motion, context.pipeline), values: attempt.values)[0]
    if let short = shortForm.renditions.first, paths[short.rendition] != short.path.text {
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
            name: escaped(source.name), nameBytes: source.isUTF8 ? nil : Data(source.name).base64EncodedString(),
            inbox: context.movesFailures ? context.name : nil, path: source.text,
            bytes: report.bytes, sha256: report.sha256, format: facts.format, width: facts.width,
            height: facts.height, bands: facts.bands, depth: facts.depth, pages: facts.pages,
            icc: context.pipeline.tellsProfile ? facts.icc : nil,
            orientation: facts.orientation, raw: facts.raw?.words),
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
    sidecar.counter = attempt.values.number
    sidecar.folder = context.pipeline.sidecar.folder?.text
    if var motion = report.motion {
        motion.path = try path(of: motion.result)
        sidecar.motion = motion
    }
    sidecar.filled = report.filled
    return sidecar
}

/// Seconds, without the digits that mean nothing.
private func toMicroseconds(_ seconds: Double) -> Double { (seconds * 1e6).rounded() / 1e6 }
