import CVips
package import Jobs
package import Pipeline
import Vips

// Colours that a pipeline names.
extension Picture {
    /// Makes the picture able to hold a colour, and says that colour in the picture's bands.
    ///
    /// - Parameter colour: nil is transparent where the picture has alpha, white elsewhere.
    package mutating func prepare(for colour: RGBA?, _ context: JobContext) throws(JobError) -> [Double] {
        let colour = colour ?? (image.hasAlpha ? .transparent : .white)
        try makeRoom(for: colour, context)
        if colour.alpha < 255 { image = try image.addingAlpha() }
        var values = colour.values(bands: image.isGrey ? 1 : 3, fullScale: image.fullScale)
        if image.hasAlpha { values.append(Double(colour.alpha) / 255 * image.fullScale) }
        return values
    }

    /// Lays the picture on a colour; no alpha is left.
    package mutating func flatten(on colour: RGBA, _ context: JobContext) throws(JobError) {
        guard image.hasAlpha else { return }
        try makeRoom(for: colour, context)
        let format = image.format
        let values = colour.values(bands: image.isGrey ? 1 : 3, fullScale: image.fullScale)
        image = try image.flattened(background: values).cast(to: format)
    }

    private mutating func makeRoom(for colour: RGBA, _ context: JobContext) throws(JobError) {
        try requireRGB(context)
        if image.isGrey && !(colour.red == colour.green && colour.green == colour.blue) {
            image = try image.converted(to: image.is16Bit ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB)
            try dropProfile()
        }
    }
}

extension RGBA {
    /// One value per colour band.
    package func values(bands: Int, fullScale: Double) -> [Double] {
        let channels = bands == 1 ? [red] : [red, green, blue]
        return channels.map { Double($0) / 255 * fullScale }
    }
}
