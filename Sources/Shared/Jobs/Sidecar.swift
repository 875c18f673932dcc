/// The JSON object that is published last, beside a job's renditions, as the mark that all of them are there.
package struct Sidecar: Codable, Sendable, Equatable {
    /// Version of this schema.
    package var schema: Int = 1
    /// Sluice's version.
    package var sluice: String
    package var job: String
    package var source: Source
    package var exif: ExifRecord?
    /// What of `exif` is from files beside the picture; nil where nothing is.
    package var filled: Filled?
    package var pipeline: PipelineReference
    package var stages: [StageReport]
    package var renditions: [RenditionReport]
    /// The video of a motion photo, where the pipeline has it extracted.
    package var motion: MotionReport?
    package var timing: Timing
    package var memory: Memory
    package var attempts: Int
    package var warnings: [String]
    /// The folder that `output.route` gave, below that of the inbox; nil without a route.
    package var route: String?
    /// The folder of the outbox that `sidecar.where` gave; nil where it lies beside its renditions.
    package var folder: String?
    /// The number that `{counter}` of `output.name` stands for; nil without one.
    package var counter: Int?
    /// While older results of the source are being replaced; `renditions` is empty then. What stands in the outbox under
    /// these paths is of the old set or the new one. The sidecar that takes this one's place lists the new set.
    package var replacing: Replacing?

    package struct Replacing: Codable, Sendable, Equatable {
        /// The job whose results are being published.
        package var job: String
        /// Relative to the outbox.
        package var paths: [String]

        package init(job: String, paths: [String]) {
            self.job = job
            self.paths = paths
        }
    }

    package struct Source: Codable, Sendable, Equatable {
        /// The last path component; `\xNN` for bytes that are not UTF-8 (then `nameBytes` is set).
        package var name: String
        /// Base64 of the name's bytes, where they are not UTF-8.
        package var nameBytes: String?
        /// The inbox's name in the configuration; nil for `process`.
        package var inbox: String?
        /// Relative to the inbox.
        package var path: String
        package var bytes: UInt64
        /// Hex.
        package var sha256: String
        package var format: PictureFormat
        /// Pixels, as stored (before turning).
        package var width: Int
        package var height: Int
        package var bands: Int
        /// Bits a band.
        package var depth: Int
        /// Frames or pages.
        package var pages: Int
        /// The embedded colour profile's description; nil without one.
        package var icc: String?
        /// EXIF orientation that was found, 1…8.
        package var orientation: Int?
        /// How a camera's RAW file was read, in words; nil of others.
        package var raw: String?

        package init(
            name: String, nameBytes: String? = nil, inbox: String? = nil, path: String, bytes: UInt64, sha256: String,
            format: PictureFormat, width: Int, height: Int, bands: Int, depth: Int, pages: Int, icc: String? = nil,
            orientation: Int? = nil, raw: String? = nil
        ) {
            self.name = name
            self.nameBytes = nameBytes
            self.inbox = inbox
            self.path = path
            self.bytes = bytes
            self.sha256 = sha256
            self.format = format
            self.width = width
            self.height = height
            self.bands = bands
            self.depth = depth
            self.pages = pages
            self.icc = icc
            self.orientation = orientation
            self.raw = raw
        }
    }

    package struct PipelineReference: Codable, Sendable, Equatable {
        package var name: String
        /// SHA-256 of the validated pipeline, hex.
        package var digest: String

        package init(name: String, digest: String) {
            self.name = name
            self.digest = digest
        }
    }

    package struct Timing: Codable, Sendable, Equatable {
        /// RFC 3339, UTC.
        package var queued: String
        package var started: String
        package var finished: String
        package var wallSeconds: Double
        package var cpuSeconds: Double

        package init(queued: String, started: String, finished: String, wallSeconds: Double, cpuSeconds: Double) {
            self.queued = queued
            self.started = started
            self.finished = finished
            self.wallSeconds = wallSeconds
            self.cpuSeconds = cpuSeconds
        }
    }

    package struct Memory: Codable, Sendable, Equatable {
        /// Bytes of anonymous memory that the worker was expected to hold at most.
        package var estimate: UInt64
        /// Bytes, the worker's highest anonymous memory during the job.
        package var peak: UInt64
        /// How it was done under the cap: `in-memory`, `restreamed` or `spilled`. Nil from earlier versions.
        package var plan: String?
        /// Bytes that the job had in files in staging at most.
        package var spilled: UInt64?

        package init(estimate: UInt64, peak: UInt64, plan: String? = nil, spilled: UInt64? = nil) {
            self.estimate = estimate
            self.peak = peak
            self.plan = plan
            self.spilled = spilled
        }
    }

    package init(
        sluice: String, job: String, source: Source, exif: ExifRecord?, pipeline: PipelineReference,
        stages: [StageReport], renditions: [RenditionReport], timing: Timing, memory: Memory, attempts: Int,
        warnings: [String]
    ) {
        self.sluice = sluice
        self.job = job
        self.source = source
        self.exif = exif
        self.pipeline = pipeline
        self.stages = stages
        self.renditions = renditions
        self.timing = timing
        self.memory = memory
        self.attempts = attempts
        self.warnings = warnings
    }
}

/// What one stage did.
package struct StageReport: Codable, Sendable, Equatable {
    package var name: String
    /// The rendition it was done for; nil for the pipeline's own stages.
    package var rendition: String?
    /// libvips evaluates lazily: the time to set a stage up is near 0 unless it must look at the pixels.
    package var seconds: Double
    /// What it found or chose, in words a script can read: `size` "1024x768", `trimmed` "12,0,400,300", `sigma` "6.4", …
    package var details: [String: String]
    /// What `classify` found.
    package var classification: Classification?

    package init(name: String, rendition: String? = nil, seconds: Double, details: [String: String] = [:]) {
        self.name = name
        self.rendition = rendition
        self.seconds = seconds
        self.details = details
    }
}

/// One output picture, as the sidecar lists it.
package struct RenditionReport: Codable, Sendable, Equatable {
    package var name: String
    /// Relative to the outbox; in a worker's answer, the name in staging.
    package var path: String
    package var format: String
    /// Pixels.
    package var width: Int
    package var height: Int
    /// Frames; 1 for a still.
    package var pages: Int
    /// The source's page that it is made of, from 1 on; nil where the source is no document, or only one page of it is used.
    package var page: Int?
    package var bytes: UInt64
    /// Hex.
    package var sha256: String
    package var seconds: Double
    /// How its quality was found; nil where the pipeline gives it.
    package var sizing: Sizing?
    /// True where it is the source's own file; nil otherwise.
    package var original: Bool?

    /// What `max-bytes` or `quality: { ssim }` came to.
    package struct Sizing: Codable, Sendable, Equatable {
        /// 1…100; nil of lossless files.
        package var quality: Int?
        /// Files that were made, this one included.
        package var tries: Int
        /// Of its luma to that of the picture before it was encoded; nil where it was not measured.
        package var ssim: Double?

        package init(quality: Int?, tries: Int, ssim: Double? = nil) {
            self.quality = quality
            self.tries = tries
            self.ssim = ssim
        }
    }

    package init(
        name: String, path: String, format: String, width: Int, height: Int, pages: Int, bytes: UInt64,
        sha256: String, seconds: Double
    ) {
        self.name = name
        self.path = path
        self.format = format
        self.width = width
        self.height = height
        self.pages = pages
        self.bytes = bytes
        self.sha256 = sha256
        self.seconds = seconds
    }
}

/// `NAME.error.json` of the quarantine.
package struct ErrorFile: Codable, Sendable, Equatable {
    package var schema: Int = 1
    package var sluice: String
    package var source: String
    package var nameBytes: String?
    /// The name of the watched inbox that it came from; nil where sources stay in place.
    package var inbox: String?
    package var code: ErrorCode
    package var message: String
    package var stage: String?
    package var attempts: Int
    /// RFC 3339, UTC.
    package var firstSeen: String
    package var lastSeen: String
    /// What to do about it.
    package var advice: String
    package var pipeline: Sidecar.PipelineReference

    package init(
        sluice: String, source: String, nameBytes: String?, inbox: String? = nil, error: JobError, attempts: Int,
        firstSeen: String, lastSeen: String, pipeline: Sidecar.PipelineReference
    ) {
        self.sluice = sluice
        self.source = source
        self.nameBytes = nameBytes
        self.inbox = inbox
        self.code = error.code
        self.message = error.message
        self.stage = error.stage
        self.attempts = attempts
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.advice = error.code.advice
        self.pipeline = pipeline
    }
}
