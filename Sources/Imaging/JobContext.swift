import Inference
import PipelineModel

/// What stages share while a job runs. One job, one thread.
final class JobContext {
    /// Opens a file that the pipeline names (a watermark); the caller closes the descriptor.
    let openFile: (String) throws(JobError) -> Int32
    /// Opens a model that the pipeline names, or gives the one that is open.
    let openModel: (ModelDescription) throws(JobError) -> LoadedModel
    let metadata: MetadataPolicy
    /// Whether decoder, stages and encoders may work at the same time.
    let overlaps: Bool

    /// What the source is read through, where it is not read as it is.
    var restreamed: RestreamedInput?

    private(set) var warnings: [String] = []
    /// Watermarks that are decoded already, by file.
    var overlays: [String: Image] = [:]
    /// What stages found on the first frame of an animation, by place in the pipeline.
    private var decisions: [String: PixelRectangle?] = [:]
    /// The stage at work: a rendition's name (or nothing) and the stage's place in its list.
    var place = ""

    init(
        pipeline: Pipeline, overlaps: Bool = false, openFile: @escaping (String) throws(JobError) -> Int32,
        openModel: @escaping (ModelDescription) throws(JobError) -> LoadedModel
    ) {
        self.openModel = openModel
        metadata = pipeline.metadata
        self.overlaps = overlaps
        self.openFile = openFile
    }

    func warn(_ warning: String) {
        if !warnings.contains(warning) { warnings.append(warning) }
    }

    /// A box that the stage at work finds in the pixels: looked for once, then the same for all frames.
    func decide(_ find: () throws(JobError) -> PixelRectangle?) throws(JobError) -> PixelRectangle? {
        if let known = decisions[place] { return known }
        let found = try find()
        decisions[place] = .some(found)
        return found
    }
}
