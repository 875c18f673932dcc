package import Grading
package import Inference
package import Jobs
import LinuxIO
package import Metadata
package import Models
package import Pipeline
package import Planning
package import Vips

/// What stages share while a job runs. One job, one thread.
package final class JobContext {
    /// Opens a file that the pipeline names (a watermark); the caller closes the descriptor.
    package let openFile: (String) throws(JobError) -> Int32
    /// Opens a model that the pipeline names, or gives the one that is open.
    package let openModel: (ModelDescription) throws(JobError) -> OpenModel
    package let metadata: MetadataPolicy
    /// What lies beside the source and tells of it, the best first.
    package let companions: [CompanionRecord]
    /// Whether decoder, stages and encoders may work at the same time.
    package let overlaps: Bool
    /// Whether the video of a motion photo is published.
    package let extractsMotion: Bool

    /// Where each denoising is done, by `stagePlace`.
    package var denoising: [String: DenoisePlacement] = [:]
    /// The places of what is looked at after the resize that comes next.
    package var watchesAfterResize: Set<String> = []
    package var findings = JobFindings()

    /// What the source is read through, where it is not read as it is.
    package var restreamed: RestreamedInput?

    /// Whether the source lacks its end marker and nothing else: it is read as if damage were tolerated.
    package var isEndless = false
    /// Whether what is missing of an interlaced PNG is made up for.
    package var isTolerant = false

    private var seen: Set<String> = []
    package private(set) var warnings: [String] = []
    /// Watermarks that are decoded already, by file.
    package var overlays: [String: Image] = [:]
    /// Lookup tables that are read already, by file.
    package var tables: [String: CubeTable] = [:]
    /// The last profile that was compared with sRGB, and what came of it: that takes long.
    private var compared: (profile: [UInt8], isStandard: Bool)?
    /// What stages found on the first frame of an animation, by place in the pipeline.
    private var decisions: [String: PixelRectangle?] = [:]
    /// `stagePlace` of the stage at work.
    package var place = ""

    package init(
        pipeline: Pipeline, overlaps: Bool = false, companions: [CompanionRecord] = [],
        openFile: @escaping (String) throws(JobError) -> Int32,
        openModel: @escaping (ModelDescription) throws(JobError) -> OpenModel
    ) {
        self.openModel = openModel
        metadata = pipeline.metadata
        extractsMotion = pipeline.motion == .extract
        self.companions = companions
        self.overlaps = overlaps
        self.openFile = openFile
    }

    /// That work at one stage at the same time.
    package var threads: Int { overlaps ? min(onlineProcessors(), Denoise.mostThreads) : 1 }

    /// Whether the stage of a place is come to for the first time.
    package func isNew(_ place: String) -> Bool { seen.insert(place).inserted }

    package func warn(_ warning: String) {
        if !warnings.contains(warning) { warnings.append(warning) }
    }

    /// `ColourProfile.isStandardRGB`, found once for a profile that comes again.
    package func isStandardRGB(_ profile: ColourProfile) -> Bool {
        if let compared, compared.profile == profile.bytes { return compared.isStandard }
        let isStandard = profile.isStandardRGB
        compared = (profile.bytes, isStandard)
        return isStandard
    }

    package func forgetDecision(at place: String) { decisions[place] = nil }

    /// A box that the stage at work finds in the pixels: looked for once, then the same for all frames.
    package func decide(_ find: () throws(JobError) -> PixelRectangle?) throws(JobError) -> PixelRectangle? {
        if let known = decisions[place] { return known }
        let found = try find()
        decisions[place] = .some(found)
        return found
    }
}
