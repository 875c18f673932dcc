package import Jobs
package import Pipeline
import Schema

/// Version of the messages; supervisor and worker refuse each other when theirs differ.
package let workerProtocolVersion = 8

/// A request from the supervisor to a worker. One at a time; each is answered by one final reply.
package enum WorkerRequest: Codable, Sendable {
    /// Run a pipeline over a source. Comes with descriptors: the source (read-only), the job's staging directory, then
    /// those of `files` and of `companions` that could be opened.
    case job(JobRequest)
    /// Read the header and say what a job would do. Comes with descriptors: the source,
    /// then those of `companions` that could be opened.
    case inspect(InspectRequest)
    /// Open a model, run it once, and say whether it is what its description says. Comes with one descriptor: its file.
    case examine(ExamineRequest)
    /// Train a linear classifier. Comes with descriptors: the file of numbers, the file of labels and parts, and the
    /// directory that the results are written to.
    case train(TrainRequest)
}

/// A message from a worker.
package enum WorkerReply: Codable, Sendable {
    /// Once, after start: libraries are loaded, the first request may come.
    case ready(WorkerGreeting)
    /// A rendition is written; more replies to the same request follow.
    case rendition(job: Int64, RenditionReport)
    /// The job is done; its renditions lie in staging.
    case finished(JobReport)
    /// The source is what it was: same content, nothing was done.
    case unchanged(job: Int64)
    case failed(JobFailure)
    case inspected(Inspection)
    case examined(ModelExamination)
    /// So many parts of the training are done, of so many; more replies to the same request follow.
    case training(done: Int, of: Int)
    case trained(TrainingResult)
}

package struct WorkerGreeting: Codable, Sendable {
    package var version: Int
    /// Library names and versions, for `doctor` and the log.
    package var libraries: [String: String]
    /// Nil of a worker that does not say.
    package var confinement: ConfinementReport?
    /// Nil of a worker that does not say.
    package var formats: [FormatSupport]?
    /// Why this worker can run no models; nil where it can, or was not asked to.
    package var engineFault: String?
    /// Why this worker can train nothing; nil where it can, or was not asked to.
    package var trainingFault: String?

    package init(
        version: Int = workerProtocolVersion, libraries: [String: String], confinement: ConfinementReport? = nil,
        formats: [FormatSupport]? = nil, engineFault: String? = nil, trainingFault: String? = nil
    ) {
        self.trainingFault = trainingFault
        self.version = version
        self.libraries = libraries
        self.confinement = confinement
        self.formats = formats
        self.engineFault = engineFault
    }
}

package struct JobRequest: Codable, Sendable {
    package var job: Int64
    /// The source's name for messages (escaped).
    package var sourceName: String
    /// Bytes.
    package var sourceSize: UInt64
    package var pipelineDigest: String
    /// Nil when this worker has the pipeline of that digest from its previous job.
    package var pipeline: Pipeline?
    /// Which renditions to make, and their file names in staging.
    package var renditions: [Order]
    /// When the content has this SHA-256 (hex), nothing is to be done.
    package var knownDigest: String?
    package var grant: MemoryGrant
    /// Whether a progressive JPEG's scans or an interlaced PNG's passes are read side by side, so that nothing of it is
    /// held whole.
    package var restreams: Bool
    /// Whether renditions are encoded while the source is still decoded.
    package var overlaps: Bool
    /// How a camera's RAW file is read; nil of others.
    package var raw: RAWReading?
    /// What else the pipeline names: a confined worker can open none of it.
    package var files: [NamedFile]
    /// What lies beside the source and may tell what its EXIF lacks; by name.
    package var companions: [NamedFile] = []
    /// Whether nothing that an earlier attempt has made can lie in the staging directory.
    package var stagingIsEmpty: Bool

    /// A file that a pipeline names (a watermark), or a companion.
    package struct NamedFile: Codable, Sendable, Equatable {
        package var path: String
        /// Why the supervisor could not open it; nil when its descriptor came along, in the order of this list.
        package var failure: String?

        package init(path: String, failure: String? = nil) {
            self.path = path
            self.failure = failure
        }
    }

    package struct Order: Codable, Sendable, Equatable {
        package var rendition: String
        package var file: String

        package init(rendition: String, file: String) {
            self.rendition = rendition
            self.file = file
        }
    }

    package init(
        job: Int64, sourceName: String, sourceSize: UInt64, pipelineDigest: String, pipeline: Pipeline?,
        renditions: [Order], knownDigest: String?, grant: MemoryGrant, restreams: Bool = false,
        overlaps: Bool = false, raw: RAWReading? = nil,
        files: [NamedFile] = [], stagingIsEmpty: Bool = false
    ) {
        self.job = job
        self.sourceName = sourceName
        self.sourceSize = sourceSize
        self.pipelineDigest = pipelineDigest
        self.pipeline = pipeline
        self.renditions = renditions
        self.knownDigest = knownDigest
        self.grant = grant
        self.restreams = restreams
        self.overlaps = overlaps
        self.raw = raw
        self.files = files
        self.stagingIsEmpty = stagingIsEmpty
    }
}

package struct InspectRequest: Codable, Sendable {
    package var sourceName: String
    package var sourceSize: UInt64
    package var pipeline: Pipeline
    package var companions: [JobRequest.NamedFile] = []
    package var restreams: Bool
    package var raw: RAWReading?
    /// For the header and what comes with it.
    package var grant: MemoryGrant

    package init(
        sourceName: String, sourceSize: UInt64, pipeline: Pipeline, restreams: Bool, raw: RAWReading? = nil,
        grant: MemoryGrant
    ) {
        self.sourceName = sourceName
        self.sourceSize = sourceSize
        self.pipeline = pipeline
        self.restreams = restreams
        self.raw = raw
        self.grant = grant
    }
}

package struct JobReport: Codable, Sendable {
    package var job: Int64
    /// Of the source; hex.
    package var sha256: String
    package var bytes: UInt64
    package var facts: SourceFacts
    package var exif: ExifRecord?
    /// What of `exif` is from companions; nil where nothing is.
    package var filled: Filled?
    package var stages: [StageReport]
    /// `path` is the file name in staging.
    package var renditions: [RenditionReport]
    package var warnings: [String]
    package var cost: JobCost
    /// The folder of the outbox that `output.route` gives, `/` between its parts; nil without one.
    package var route: String?
    /// What the names and dates of its results depend on; nil where the pipeline asks for nothing of the kind.
    package var naming: NamingFacts?
    /// `path` is the file name in staging.
    package var motion: MotionReport?

    package init(
        job: Int64, sha256: String, bytes: UInt64, facts: SourceFacts, exif: ExifRecord?, stages: [StageReport],
        renditions: [RenditionReport], warnings: [String], cost: JobCost
    ) {
        self.job = job
        self.sha256 = sha256
        self.bytes = bytes
        self.facts = facts
        self.exif = exif
        self.stages = stages
        self.renditions = renditions
        self.warnings = warnings
        self.cost = cost
    }
}

package struct JobFailure: Codable, Sendable {
    package var job: Int64
    package var error: JobError
    /// The job is not at fault: staging is full or cannot be written. No attempt is counted.
    package var isEnvironment: Bool
    package var cost: JobCost

    package init(job: Int64, error: JobError, isEnvironment: Bool, cost: JobCost) {
        self.job = job
        self.error = error
        self.isEnvironment = isEnvironment
        self.cost = cost
    }
}

/// Resources used by a job, measured by the worker itself.
package struct JobCost: Codable, Sendable, Equatable {
    package var wallSeconds: Double
    package var cpuSeconds: Double
    /// Bytes of anonymous memory: the kernel's high-water mark of this job, less what is mapped from files.
    package var peakMemory: UInt64
    /// Bytes: the most that lay in a file in staging instead.
    package var spilled: UInt64

    package init(wallSeconds: Double, cpuSeconds: Double, peakMemory: UInt64, spilled: UInt64 = 0) {
        self.wallSeconds = wallSeconds
        self.cpuSeconds = cpuSeconds
        self.peakMemory = peakMemory
        self.spilled = spilled
    }
}

/// What `sluice explain` shows of a source.
package struct Inspection: Codable, Sendable {
    package var facts: SourceFacts?
    package var exif: ExifRecord?
    /// What of `exif` is from companions; nil where nothing is.
    package var filled: Filled?
    /// What of `exif` a sidecar would tell.
    package var told: ExifRecord?
    package var warnings: [String]
    /// How the job would be done, step by step.
    package var plan: [String]
    package var renditions: [PlannedRendition]
    /// Why it would be refused.
    package var refusal: JobError?

    package init(
        facts: SourceFacts?, exif: ExifRecord?, warnings: [String], plan: [String], renditions: [PlannedRendition],
        refusal: JobError?
    ) {
        self.facts = facts
        self.exif = exif
        self.warnings = warnings
        self.plan = plan
        self.renditions = renditions
        self.refusal = refusal
    }
}
