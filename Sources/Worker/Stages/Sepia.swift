package import Grading
package import Jobs
package import Pictures

extension Sepia: PictureStage {
    package func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        guard amount > 0 else { return [:] }
        try picture.makeColours(context)
        let grade = Grade()
        grade.mix(toning)
        try picture.apply(grade)
        return [:]
    }
}
