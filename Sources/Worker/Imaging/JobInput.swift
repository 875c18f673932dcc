package import Inference
package import Jobs
package import Metadata
package import Models
package import Pictures
package import Pipeline

/// One job for `run`.
package struct JobInput {
    /// The source: seekable. Its offset is moved.
    package var descriptor: Int32
    /// Bytes.
    package var fileSize: UInt64
    package var pipeline: Pipeline
    /// Names of the renditions to make; nil makes all. The plan is always that of all, so that a resumed job makes the
    /// same pixels.
    package var renditions: [String]?
    /// Of a document, what earlier attempts have made of its pages.
    package var made: Set<ResultName> = []
    /// The page at work, of a document of which each is made.
    var page: DocumentPage?
    /// An open directory; files are made in it, never replaced.
    package var stagingDirectory: Int32
    /// The file name in staging for a rendition's name.
    package var stagedName: (String) -> String
    /// The same for what is made of a whole document, whose pages have names of their own; nil: as for renditions.
    var stagedOriginal: ((String) -> String)?
    /// The source's path below its inbox, for messages and conditions; escaped.
    package var sourceName: String
    /// What an EXIF block says, for conditions and `output.route`; nil where nothing of it can be read.
    package var readExif: ([UInt8]) -> ExifRecord? = { _ in nil }
    /// Hex digest of a staged file, given its open descriptor and its size in bytes. Called once a rendition, after the
    /// last byte was written: the place to make it durable too.
    package var digest: (Int32, UInt64) throws(JobError) -> String
    /// Opens a file that the pipeline names (a watermark); nil opens the path. A sandboxed worker hands out
    /// descriptors that it was given.
    package var openFile: ((String) throws(JobError) -> Int32)?
    /// Opens a model that the pipeline names; nil where no engine is there.
    package var openModel: ((ModelDescription) throws(JobError) -> OpenModel)?
    /// What lies beside the source and tells of it, the best first.
    package var companions: [CompanionRecord] = []
    /// Whether a progressive JPEG or an interlaced PNG is read scan by scan, or pass by pass, side by side, where it can
    /// be: in little memory, with the same result. Others, and damaged ones, are decoded as without.
    package var restreams = false
    /// Whether the source is decoded, resized and encoded at the same time, by a thread each. The same result, earlier, with
    /// the memory of all at once.
    package var overlaps = false
    /// How a camera's RAW file is read; nil of others.
    package var raw: RAWReading?

    package init(
        descriptor: Int32, fileSize: UInt64, pipeline: Pipeline, renditions: [String]? = nil,
        stagingDirectory: Int32, stagedName: @escaping (String) -> String, sourceName: String,
        digest: @escaping (Int32, UInt64) throws(JobError) -> String = { _, _ in "" },
        openFile: ((String) throws(JobError) -> Int32)? = nil,
        openModel: ((ModelDescription) throws(JobError) -> OpenModel)? = nil
    ) {
        self.descriptor = descriptor
        self.fileSize = fileSize
        self.pipeline = pipeline
        self.renditions = renditions
        self.stagingDirectory = stagingDirectory
        self.stagedName = stagedName
        self.sourceName = sourceName
        self.digest = digest
        self.openFile = openFile
        self.openModel = openModel
    }
}

/// What a job made.
package struct JobOutput: Sendable {
    package var source: SourceFacts
    /// The EXIF block as it stands in the file, filled; nil without one.
    package var exif: [UInt8]?
    /// The XMP packet as it stands in the file; nil without one.
    package var xmp: [UInt8]?
    /// What companions filled of the EXIF block; nil where nothing is.
    package var filling: ExifFilling?
    package var stages: [StageReport]
    /// `path` is the name in staging.
    package var renditions: [RenditionReport]
    /// Whether the source was read scan by scan side by side, as `JobInput.restreams` has it.
    package var restreamed = false
    package var warnings: [String]
    /// The folder that `output.route` gives; nil without one.
    package var route: String?
    /// What the names of its results depend on; nil where they depend on nothing that is found out of the source.
    package var naming: NamingFacts?
    /// The source's video, where it is to be published: whoever runs the job copies it.
    package var motion: MotionVideo?
}

/// Where a job is.
package enum JobProgress: Sendable {
    /// The header was read and the source is accepted.
    case opened(SourceFacts)
    case stage(String, rendition: String?)
    case encoding(rendition: String)
    /// A rendition is whole in staging; with the reports of the pipeline's own stages and of its own.
    case staged(RenditionReport, stages: [StageReport])
}

/// What would be done with a source.
package struct Inspection: Sendable {
    package var source: SourceFacts
    package var exif: [UInt8]?
    package var xmp: [UInt8]?
    package var filling: ExifFilling?
    package var renditions: [PlannedRendition]
    /// Words such as `shrink on load 4`, `stream`, `copy to memory`.
    package var plan: [String]
    package var warnings: [String]
}
