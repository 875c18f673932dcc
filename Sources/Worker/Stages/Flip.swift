package import Jobs
package import Pictures
import Pipeline
import Planning
import Vips

extension Flip: PictureStage {
    package var commutesWithShrinking: Bool { true }

    package func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        try picture.applyTurn(context)
        // Upside down reads the last line first.
        if direction == .vertical { try picture.makeRandomAccess() }
        picture.image = try picture.image.flipped(vertically: direction == .vertical)
        picture.moveBoxes { $0.turn(by: direction == .vertical ? 4 : 2) }
        return [:]
    }
}
