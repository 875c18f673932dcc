package import Jobs
package import Pictures
import Pipeline
import Planning
import Vips

extension Blur: PictureStage {
    package func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        if let boxes { return try blur(boxes: picture.boxes(of: boxes, context), in: &picture, context) }
        let sigma = sigma
        picture.replace(
            with: try picture.image.premultiplied { multiplied throws(JobError) in
                try multiplied.blurred(sigma: sigma)
            })
        return [:]
    }

    /// Of what lies in a box, and a little around it, so many means are left each way: no face is recognisable.
    private static let means = 6.0
    private static let margin = 0.15

    private func blur(
        boxes: [FoundBox]?, in picture: inout Picture, _ context: JobContext
    ) throws(JobError) -> [String: String] {
        // Publishing faces because detection had not run would be worse than failing.
        guard let boxes else {
            throw JobError(
                .stageFailed,
                "the stage whose boxes are to be blurred was not done for this picture; give it no 'when', or "
                    + "give blur the same one", stage: "blur")
        }
        try picture.applyTurn(context)
        guard !boxes.isEmpty else { return ["blurred": "0"] }
        // What is above and below a line is read for it.
        try picture.makeRandomAccess()
        var image = picture.image
        // Some may have been cut off since they were found.
        let areas = boxes.compactMap { $0.frame.area(in: image.size, Self.margin) }
        for area in areas {
            let part = try picture.image.extracted(area)
            let scale = min(1, Self.means / Double(min(area.width, area.height)))
            let few = PixelSize(width: area.width, height: area.height).scaled(horizontal: scale, vertical: scale)
            let small = try part.resampled(
                Resampling(
                    size: few, horizontal: Double(few.width) / Double(area.width),
                    vertical: Double(few.height) / Double(area.height))
            ).copiedToMemory()
            let soft = try small.resampled(
                Resampling(
                    size: area.size, horizontal: Double(area.width) / Double(few.width),
                    vertical: Double(area.height) / Double(few.height)))
            image = try image.covered(by: try soft.cast(to: image.format), left: area.left, top: area.top)
        }
        picture.replace(with: image)
        return ["blurred": "\(areas.count)"]
    }
}

extension ModelView.Frame {
    /// With a margin, in pixels of a picture of this size; nil where nothing of it is in the picture.
    fileprivate func area(in size: PixelSize, _ margin: Double) -> PixelRectangle? {
        func side(_ start: Double, _ length: Double, of count: Int) -> (start: Int, length: Int)? {
            let first = max(0, Int(((start - length * margin) * Double(count)).rounded(.down)))
            let end = min(count, Int(((start + length * (1 + margin)) * Double(count)).rounded(.up)))
            return first < end ? (first, end - first) : nil
        }
        guard let across = side(left, width, of: size.width), let down = side(top, height, of: size.height) else {
            return nil
        }
        return PixelRectangle(left: across.start, top: down.start, width: across.length, height: down.length)
    }
}
