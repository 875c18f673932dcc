package import Jobs
package import Pictures
import Pipeline
package import Planning
import Vips

extension Trim: PictureStage {
    package func plan(_ picture: inout PlannedPicture) {
        picture.roundsLikeShrinkOnLoad = false
        picture.isSizeKnown = false
    }

    package func apply(to picture: inout Picture, context: JobContext) throws(JobError) -> [String: String] {
        try picture.applyTurn(context)
        // libvips' median, which makes it blind to specks, needs three pixels each way.
        guard min(picture.image.width, picture.image.height) >= 3 else { return ["trimmed": "nothing"] }
        // Looked at once and cut then: that reads the pixels twice.
        try picture.makeRandomAccess()
        let image = picture.image
        let found = try context.decide { () throws(JobError) in try findBox(in: image) }
        guard let found else {
            context.warn("trim: the picture is all border, nothing was trimmed")
            return [:]
        }
        guard found.size != image.size else { return ["trimmed": "nothing"] }
        try picture.cut(to: found)
        return ["trimmed": "\(found.left),\(found.top),\(found.width),\(found.height)"]
    }

    /// nil when the picture is all border.
    private func findBox(in image: Image) throws(JobError) -> PixelRectangle? {
        var seen = try image.viewable()
        var border: [Double]
        if let background {
            border = background.values(bands: seen.isGrey ? 1 : 3, fullScale: 255)
        } else {
            border = try seen.pixel(x: 0, y: 0)
            if seen.hasAlpha, border.last == 0 {
                // A transparent border is found in the alpha band: the colours beneath it mean nothing.
                seen = try seen.extractedBands(first: seen.bands - 1, count: 1)
                border = [0]
            } else if seen.hasAlpha {
                border.removeLast()
            }
        }
        let box = try seen.findTrim(threshold: threshold, background: border)
        guard box.width > 0, box.height > 0 else { return nil }
        let left = max(0, box.left - margin)
        let top = max(0, box.top - margin)
        return PixelRectangle(
            left: left, top: top, width: min(image.width, box.left + box.width + margin) - left,
            height: min(image.height, box.top + box.height + margin) - top)
    }
}
