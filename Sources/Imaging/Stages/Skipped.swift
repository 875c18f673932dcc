import PipelineModel

/// A stage whose condition does not hold.
struct Skipped: PictureStage {
    var commutesWithShrinking: Bool { true }

    func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        ["skipped": "when"]
    }
}
