import CResample
import CVips
package import Jobs
package import Pipeline
package import Planning
package import Vips

/// The picture that goes through the stages.
package struct Picture {
    package var image: Image
    /// The size that `image` stands for, as stored: larger than the image's own when it was shrunk ahead of the stage
    /// that asks for it (on load, or once for all renditions). Sizes are computed from this one, so that they do not
    /// depend on the plan.
    package var nominal: PixelSize
    /// The scale from what `image` stands for to `image`, before sizes were rounded; nil where the axes differ.
    package var scale: Double? = 1
    /// What part of both axes, and of white noise, the decoder has left.
    package var loadScale = 1.0
    package var loadNoise = 1.0
    /// The turn that the source asks for, 1…8.
    package let orientation: Int
    /// Denoisings that wait for the picture to be shrunk, and their places in the pipeline.
    package var waitingDenoise: [(denoise: Denoise, place: String)] = []
    /// Models that wait for the same, and their places.
    package var waitingClassify: [(classify: Classify, place: String)] = []
    /// The turn that is still to be done to the pixels, 1…8. It waits for a resize: turning needs random access.
    package var turn = 1
    /// Whether autorotate has been seen; the tag means nothing any more.
    package var isTurned = false
    /// Whether a JPEG is decoded on a separate thread, ahead of its reader.
    package var readsAhead = false
    /// Whether the pixels can be read once, top to bottom, only.
    package var isSequential = true

    /// A frame of an animation, in memory.
    package mutating func hold() throws(JobError) {
        image = try image.copiedToMemory()
        isSequential = false
    }
    /// What transparent parts become in a format that has none; nil leaves it to the rendition.
    package var background: RGBA?
    /// By classify stage: where what it saw lies in the picture with all turns done.
    package var maps: [String: PartMap] = [:]
    /// Whether the next resize is the first one on a JPEG, whose rounding follows shrink-on-load.
    package var roundsLikeShrinkOnLoad: Bool

    /// The nominal size once turned.
    package var upright: PixelSize { nominal.swapped(if: turn >= 5) }

    /// Puts an image of another size in place: what it stands for is itself from now on.
    package mutating func replace(with image: Image) {
        self.image = image
        nominal = image.size
        scale = 1
        (loadScale, loadNoise) = (1, 1)
        roundsLikeShrinkOnLoad = false
    }
}

extension Picture {
    /// Decodes into a block of memory, so that pixels can be read in any order, several times. Whether that is memory or
    /// a file in staging is the worker's allocator's to say.
    package mutating func store() throws(JobError) {
        image = try image.copiedToMemory()
        isSequential = false
    }

    /// The same, by a thread of its own, while the picture is read already.
    package mutating func storeMeanwhile() throws(JobError) {
        let whole = image
        image = try Image.make { sluice_hold(whole.pointer, &$0) }
        isSequential = false
    }

    /// Whether all of a picture that is stored meanwhile is there and sound; waits for it.
    package func waitUntilStored() throws(JobError) {
        guard isWholeWhenStored else { throw takeVipsError(or: .damaged) }
    }

    /// Waits for it.
    package var isWholeWhenStored: Bool { sluice_hold_wait(image.pointer) == 0 }

    package mutating func makeRandomAccess() throws(JobError) {
        if isSequential { try store() }
    }

    /// Turns the pixels, if that is still to be done.
    package mutating func applyTurn(_ context: JobContext) throws(JobError) {
        guard turn > 1 else { return }
        // A mirror image left to right keeps the order of lines; everything else reads the last line first.
        if turn != 2 { try makeRandomAccess() }
        let quarterTurns = [1: 0, 2: 0, 3: 2, 4: 2, 5: 1, 6: 1, 7: 3, 8: 3][turn] ?? 0
        if quarterTurns != 0 { image = try image.rotated(quarterTurns: quarterTurns) }
        if [2, 4, 5, 7].contains(turn) { image = try image.flipped(vertically: false) }
        nominal = upright
        turn = 1
    }

    /// - Throws: `stageFailed` for a size that is too much for any picture on its way.
    package func checkSides(_ size: PixelSize) throws(JobError) {
        guard max(size.width, size.height) > longestSide else { return }
        throw JobError(
            .stageFailed, "it would be \(size.words): intermediate sides are limited to \(longestSide) pixels")
    }

    /// Scales to a size given as stored (before turning). Keeps what the picture stands for.
    ///
    /// `total` is the scale of both axes from the nominal size, before rounding. Where it leads there but for rounding, it
    /// is used for both, as `vips_thumbnail` does: a rounded height then does not stretch the picture, however many
    /// sizes it has been through.
    ///
    /// `inLight` averages light instead of the values that stand for it.
    package mutating func scale(to target: PixelSize, total: Double? = nil, inLight: Bool = false) throws(JobError) {
        guard target != image.size else { return }
        try checkSides(target)
        var horizontal = Double(target.width) / Double(image.width)
        var vertical = Double(target.height) / Double(image.height)
        if let total, let scale, image.size.leads(to: target, by: total / scale) {
            (horizontal, vertical) = (total / scale, total / scale)
        }
        scale = horizontal == vertical ? total : nil
        let how = Resampling(size: target, horizontal: horizontal, vertical: vertical, readsAhead: readsAhead)
        image = inLight ? try image.resampledInLight(how) : try image.resampled(how)
    }
}

/// Of any picture, in pixels: more is not for libvips.
private let longestSide = 10_000_000

extension PixelSize {
    /// Whether the scale makes this size of that, to the nearest pixel or the one beside it.
    fileprivate func leads(to target: PixelSize, by scale: Double) -> Bool {
        abs(Double(width) * scale - Double(target.width)) <= 1
            && abs(Double(height) * scale - Double(target.height)) <= 1
    }
}
