import PipelineModel

extension Flatten: PictureStage {
    var commutesWithShrinking: Bool { true }

    func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        try picture.flatten(on: background, context)
        return [:]
    }
}
