import ByteReading
import CVips
package import ImageHeader
package import Jobs
import LinuxIO
package import Planning
package import Vips

/// Which pixels of a GIF's canvas are drawn, frame by frame.
///
/// libvips 8.14.1 hands out alpha only where a frame has a transparent colour of its own: what was cleared, or never
/// drawn, is black else. In such files frames are opaque, so that their rectangles tell.
package final class GIFCoverage {
    private let frames: [GIFFrame]
    /// One band, of the canvas' size; a byte a pixel.
    private var mask: Image
    /// What it was before the last frame, where that comes back.
    private var before: Image?
    private var index = 0

    /// Nil where every pixel is drawn all the time.
    package init?(of frames: [GIFFrame], canvas: PixelSize) throws(JobError) {
        guard let first = frames.first else { return nil }
        let leavesGaps = zip(frames, frames.dropFirst()).contains { $0.disposal != .keep && !$1.covers(canvas) }
        guard !first.covers(canvas) || leavesGaps else { return nil }
        self.frames = frames
        mask = try Image.make { sluice_black(&$0, Int32(canvas.width), Int32(canvas.height), 1) }.copiedToMemory()
    }

    /// The alpha of the next frame: read it before asking for another.
    package func next() throws(JobError) -> Image {
        if index > 0, index <= frames.count {
            switch frames[index - 1].disposal {
            case .keep: break
            case .clear: try draw(0, over: frames[index - 1])
            case .restore: if let before { mask = before }
            }
        }
        if index < frames.count {
            before = frames[index].disposal == .restore ? try copy() : nil
            try draw(255, over: frames[index])
        }
        index += 1
        return mask
    }

    private func draw(_ value: Double, over frame: GIFFrame) throws(JobError) {
        guard frame.width > 0, frame.height > 0 else { return }
        let code = sluice_draw_rectangle(
            mask.pointer, [value], 1, Int32(frame.left), Int32(frame.top), Int32(frame.width), Int32(frame.height))
        guard code == 0 else { throw takeVipsError(or: .stageFailed) }
    }

    private func copy() throws(JobError) -> Image {
        try mask.extracted(PixelRectangle(left: 0, top: 0, width: mask.width, height: mask.height)).copiedToMemory()
    }
}

extension GIFFrame {
    fileprivate func covers(_ canvas: PixelSize) -> Bool {
        left == 0 && top == 0 && width >= canvas.width && height >= canvas.height
    }
}

extension Source {
    /// Of as many frames of a GIF without transparent colours; nil for every other picture, and where all of it is drawn all the time.
    package func coverage(of image: Image, frames most: Int) throws(JobError) -> GIFCoverage? {
        guard facts.format == .gif, !image.hasAlpha,
            let frames = readGIFFrames(DescriptorBytes(loader.descriptor), most: most)
        else { return nil }
        return try GIFCoverage(of: frames, canvas: PixelSize(width: facts.width, height: facts.height))
    }
}

extension Image {
    /// With the alpha of the next frame; as it is where there is none.
    package func covered(by coverage: GIFCoverage?) throws(JobError) -> Image {
        guard let coverage else { return self }
        return try joined(with: coverage.next()).interpreted(as: interpretation)
    }
}
