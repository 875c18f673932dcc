import CVips
package import Jobs
package import Pipeline
import Planning
import Restream
package import Vips

/// The frames of an animation, one after the other: a frame must be read before the next one is asked for.
package final class AnimationFrames {
    package let count: Int
    /// Milliseconds a frame; nil where the file does not say.
    package let delays: [Int32]?
    /// How often it plays, 0 for ever; nil where the file does not say.
    package let plays: Int32?
    private let frame: (Int) throws(JobError) -> Image
    private var index = 0

    fileprivate init(
        count: Int, delays: [Int32]?, plays: Int32?, frame: @escaping (Int) throws(JobError) -> Image
    ) {
        self.count = count
        self.delays = delays.map { Array($0.prefix(count)) }
        self.plays = plays
        self.frame = frame
    }

    package func next() throws(JobError) -> Image {
        defer { index += 1 }
        return try frame(index)
    }
}

extension Source {
    /// As many as are played.
    package func animationFrames(_ limits: Limits) throws(JobError) -> AnimationFrames {
        let played = facts.frames(limits)
        if let animation = loader.animation {
            let canvas = try PNGCanvas(loader, animation)
            return AnimationFrames(
                count: played, delays: animation.frames.map(\.delay), plays: Int32(clamping: animation.plays),
                frame: { index throws(JobError) in try canvas.draw(index) })
        }
        // All on top of each other, read once, in order.
        let strip = try loader.open(frames: played)
        let (width, height) = (facts.width, facts.height)
        let count = strip.height / height
        let still = try strip.removingFields(["page-height", "n-pages", "delay", "loop", "gif-delay", "gif-loop"])
        let coverage = try coverage(of: still, frames: count)
        return AnimationFrames(
            count: count, delays: strip.integers("delay"), plays: strip.integer("loop").map(Int32.init),
            frame: { index throws(JobError) in
                try still.extracted(PixelRectangle(left: 0, top: index * height, width: width, height: height))
                    .covered(by: coverage)
            })
    }
}

/// What an animated PNG's frames are drawn on.
private final class PNGCanvas {
    private let loader: Loader
    private let animation: PNGAnimation
    /// Colours and alpha; in memory.
    private var canvas: Image
    /// What it was before the last frame, where that comes back.
    private var before: Image?
    /// Whether all pixels are opaque, in all frames.
    private let isOpaque: Bool

    init(_ loader: Loader, _ animation: PNGAnimation) throws(JobError) {
        self.loader = loader
        self.animation = animation
        // Its colours, and what is said of them.
        let still = try loader.open()
        isOpaque = !still.hasAlpha && animation.drawsEverything(on: still.size)
        canvas = try still.addingAlpha().linear(factor: 0).cast(to: still.format).interpreted(as: still.interpretation)
    }

    /// Frames are drawn in order, from 0 on.
    func draw(_ index: Int) throws(JobError) -> Image {
        if index > 0 { try clear(after: animation.frames[index - 1]) }
        let frame = animation.frames[index]
        before = frame.disposal == .restore ? canvas : nil
        let part = try loader.open(frame: index, of: animation)
        let isOver = frame.isBlended && part.hasAlpha
        let laid = try part.addingAlpha()
        let drawn =
            try isOver
            ? canvas.composited(with: laid, left: frame.left, top: frame.top).cast(to: canvas.format)
            : canvas.covered(by: laid, left: frame.left, top: frame.top)
        canvas = try drawn.interpreted(as: canvas.interpretation).copiedToMemory()
        return isOpaque ? try canvas.extractedBands(first: 0, count: canvas.bands - 1) : canvas
    }

    private func clear(after frame: PNGAnimation.Frame) throws(JobError) {
        switch frame.disposal {
        case .keep: break
        case .clear:
            let area = PixelRectangle(left: frame.left, top: frame.top, width: frame.width, height: frame.height)
            let nothing = try canvas.extracted(area).linear(factor: 0).cast(to: canvas.format)
            canvas = try canvas.covered(by: nothing, left: frame.left, top: frame.top)
        case .restore: if let before { canvas = before }
        }
    }
}

extension Loader {
    /// One frame of an animated PNG, as it is stored.
    fileprivate func open(frame index: Int, of animation: PNGAnimation) throws(JobError) -> Image {
        let stream: PNGFrameStream
        do throws(RestreamError) {
            stream = try PNGFrameStream(animation, frame: index, descriptor: descriptor)
        } catch {
            throw JobError(.damaged, "frame \(index + 1): \(error)")
        }
        return try open(restreamed: RestreamedInput(stream))
    }
}

extension PNGAnimation {
    /// Whether no pixel is left out, or becomes transparent again.
    fileprivate func drawsEverything(on canvas: PixelSize) -> Bool {
        func covers(_ frame: Frame) -> Bool { frame.width == canvas.width && frame.height == canvas.height }
        guard let first = frames.first, covers(first) else { return false }
        return !zip(frames, frames.dropFirst()).contains { $0.disposal == .clear && !covers($1) }
    }
}
