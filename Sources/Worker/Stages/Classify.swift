package import Jobs
package import Pictures
import Pipeline

extension Classify: PictureStage {
    package var commutesWithShrinking: Bool { true }

    package func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        // Before pixels come: while a model is read it takes most.
        _ = try context.openModel(model)
        picture.beginMap(of: self)
        // By an earlier pass, which has decided what is done; or of an animation's first frame.
        if context.classification(at: context.place) != nil { return [:] }
        if context.watchesAfterResize.contains(context.place) {
            picture.waitingClassify.append((self, context.place))
        } else {
            try picture.watch(self, at: context.place, context)
        }
        return [:]
    }
}
