package import Jobs
package import Pictures

/// A stage whose condition does not hold.
package struct Skipped: PictureStage {
    package var commutesWithShrinking: Bool { true }

    package func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        ["skipped": "when"]
    }
}
