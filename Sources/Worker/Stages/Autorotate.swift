package import Jobs
package import Pictures
package import Planning

/// Turns the picture upright by its orientation. The turn itself waits for a stage that needs it: after a resize it
/// costs a small copy instead of a whole one.
package struct Autorotate: PictureStage {
    package var commutesWithShrinking: Bool { true }

    package func plan(_ picture: inout PlannedPicture) {
        if !picture.isTurned && picture.orientation >= 5 { picture.size = picture.size.swapped }
        picture.isTurned = true
    }

    package func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        guard !picture.isTurned else { return [:] }
        picture.turn = picture.orientation
        picture.isTurned = true
        picture.moveBoxes { [orientation = picture.orientation] in $0.turn(by: orientation) }
        return picture.orientation > 1 ? ["orientation": String(picture.orientation)] : [:]
    }
}
