import PipelineModel

extension Blur: PictureStage {
    func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        let sigma = sigma
        picture.replace(
            with: try picture.image.premultiplied { multiplied throws(JobError) in
                try multiplied.blurred(sigma: sigma)
            })
        return [:]
    }
}
