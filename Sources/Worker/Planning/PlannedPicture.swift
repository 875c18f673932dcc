package import Jobs

/// A picture of which only the size is known.
package struct PlannedPicture: Equatable {
    /// Upright where `turn` is done, else as stored.
    package var size: PixelSize
    /// The turn that the source asks for, 1…8.
    package let orientation: Int
    package var isTurned = false
    /// Whether the header tells the size, rather than the pixels.
    package var isSizeKnown = true
    /// Whether the next resize rounds as shrink-on-load does.
    package var roundsLikeShrinkOnLoad: Bool

    package init(_ facts: SourceFacts) {
        size = PixelSize(width: facts.width, height: facts.height)
        orientation = facts.orientation ?? 1
        roundsLikeShrinkOnLoad = facts.decoded == .jpeg
    }
}
