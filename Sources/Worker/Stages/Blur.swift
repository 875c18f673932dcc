package import Jobs
package import Pictures
import Pipeline
import Planning
import Vips

extension Blur: PictureStage {
    package func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        if let boxes { return try blur(boxes: context.boxes(of: boxes), in: &picture, context) }
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
        boxes: [Classification.Box]?, in picture: inout Picture, _ context: JobContext
    ) throws(JobError) -> [String: String] {
        // Publishing faces because detection had not run would be worse than failing.
        guard let boxes else {
            throw JobError(.stageFailed, "no detections available for what to blur", stage: "blur")
        }
        try picture.applyTurn(context)
        guard !boxes.isEmpty else { return ["blurred": "0"] }
        // What is above and below a line is read for it.
        try picture.makeRandomAccess()
        var image = picture.image
        for box in boxes {
            let area = box.area(in: image.size, orientation: picture.isTurned ? 1 : picture.orientation, Self.margin)
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
        return ["blurred": "\(boxes.count)"]
    }
}

extension Classification.Box {
    /// In pixels of a picture that stands as its file has it.
    fileprivate func area(in size: PixelSize, orientation: Int, _ margin: Double) -> PixelRectangle {
        // The turn back: of all turns only the two quarter ones are each other's.
        let back = [6: 8, 8: 6][orientation] ?? orientation
        let frame = ModelView.Frame(left: left, top: top, width: width, height: height).turned(by: back)
        func side(_ start: Double, _ length: Double, of count: Int) -> (start: Int, length: Int) {
            let first = Int(((start - length * margin) * Double(count)).rounded(.down))
            let end = Int(((start + length * (1 + margin)) * Double(count)).rounded(.up))
            let inside = min(max(first, 0), count - 1)
            return (inside, max(1, min(end, count) - inside))
        }
        let (across, down) = (
            side(frame.left, frame.width, of: size.width), side(frame.top, frame.height, of: size.height)
        )
        return PixelRectangle(left: across.start, top: down.start, width: across.length, height: down.length)
    }
}

extension JobContext {
    /// What a classify stage has found; nil where it has not looked yet, or was not done.
    fileprivate func boxes(of name: String) -> [Classification.Box]? {
        classifications.first { $0.name == name }?.boxes
    }
}
