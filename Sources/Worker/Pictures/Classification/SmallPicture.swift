import CVips
package import Jobs
import Pipeline
package import Planning
package import Vips

/// A few pixels for a model: sRGB, 8 bits, no alpha, upright.
package struct SmallPicture: Equatable {
    package var size: PixelSize
    /// Red, green and blue of each pixel, line after line.
    package var pixels: [UInt8]

    /// - Parameters:
    ///   - image: as it was gathered, in memory.
    ///   - ignoresProfile: leaves the numbers of RGB and grey as they are stored.
    package init(
        _ image: Image, view: ModelView, ignoresProfile: Bool = false, _ context: JobContext
    ) throws(JobError) {
        var picture = Picture(image: image, nominal: image.size, orientation: 1, roundsLikeShrinkOnLoad: false)
        picture.isSequential = false
        picture.turn = view.orientation
        if ignoresProfile, !image.isCMYK { try picture.dropProfile() }
        try picture.convertToStandardRGB(context)
        try picture.make8Bit()
        try picture.flatten(on: .white, context)
        try picture.applyTurn(context)
        if picture.image.isGrey { picture.image = try picture.image.converted(to: VIPS_INTERPRETATION_sRGB) }
        size = picture.image.size
        pixels = try picture.image.bytes()
        put(on: view.canvas, of: view.border, at: view.origin)
    }

    package init(size: PixelSize, pixels: [UInt8]) {
        self.size = size
        self.pixels = pixels
    }

    private mutating func put(on canvas: PixelSize, of grey: UInt8, at origin: (left: Int, top: Int)) {
        guard size != canvas else { return }
        var result = [UInt8](repeating: grey, count: canvas.pixels * 3)
        for row in 0..<size.height {
            let start = ((row + origin.top) * canvas.width + origin.left) * 3
            let line = pixels[(row * size.width * 3)..<((row + 1) * size.width * 3)]
            result.replaceSubrange(start..<(start + line.count), with: line)
        }
        (size, pixels) = (canvas, result)
    }
}

extension Image {
    /// The pixels, line after line.
    fileprivate func bytes() throws(JobError) -> [UInt8] {
        // Where it is in memory already, as it mostly is, nothing is computed.
        guard let start = vips_image_get_data(pointer) else { throw takeVipsError(or: .stageFailed) }
        return Array(UnsafeRawBufferPointer(start: start, count: size.pixels * bands))
    }
}
