import PipelineModel

extension Classify: PictureStage {
    var commutesWithShrinking: Bool { true }

    func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] { [:] }
}
