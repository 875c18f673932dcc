package import Jobs
package import Pictures
import Pipeline

extension Flatten: PictureStage {
    package var commutesWithShrinking: Bool { true }

    package func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        try picture.flatten(on: background, context)
        return [:]
    }
}
