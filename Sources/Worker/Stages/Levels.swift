package import Grading
package import Jobs
package import Pictures
import Pipeline
import Text

extension Levels: PictureStage {
    package func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        try picture.requireRGB(context)
        let range = try range(of: picture, context)
        let grade = Grade()
        var details: [String: String] = [:]
        if clip != nil {
            details["black"] = shortDecimals(range.black * 255, most: 1)
            details["white"] = shortDecimals(range.white * 255, most: 1)
        }
        if range.isFlat && clip != nil {
            details["skipped"] = "flat"
        } else {
            grade.stretch(from: range.black, to: range.white, gamma: gamma)
        }
        try picture.apply(grade)
        return details
    }

    /// What becomes black and white. A picture that can be read once is gone when it was looked at, and the job begins again
    /// with what was found.
    private func range(of picture: Picture, _ context: JobContext) throws(JobError) -> TonalRange {
        guard let clip else { return TonalRange(black: black / 255, white: white / 255) }
        if let known = context.tones(at: context.place) { return known }
        let start = monotonicSeconds()
        let found = try picture.tonalRange(clip: clip)
        context.remember(found, at: context.place, seconds: monotonicSeconds() - start)
        if picture.isSequential { throw context.beginAgain() }
        return found
    }
}
