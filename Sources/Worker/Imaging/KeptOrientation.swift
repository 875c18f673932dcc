import Pictures
import Pipeline

extension Picture {
    /// Sees to it that a picture which was stored turned is not left on its side for good where the pipeline does not turn
    /// it: either its tag is kept, or the pixels are turned after all, for a format whose readers mind no tag.
    ///
    /// - Returns: what the tag of the rendition has to say, 1…8.
    mutating func keptOrientation(
        in encoder: Rendition.Encoder, _ policy: MetadataPolicy, _ context: JobContext
    ) -> Int {
        guard orientation > 1, !isTurned else { return 1 }
        guard policy.keeps(.exif) else {
            context.warn(
                "orientation: the picture is stored rotated (\(orientation)), and the pipeline neither rotates it (autorotate) "
                    + "nor keeps its EXIF block")
            return 1
        }
        guard encoder.losesOrientation else { return orientation }
        turn = orientation
        isTurned = true
        return 1
    }
}
