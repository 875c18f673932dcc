import CVips
package import ImageHeader
package import Jobs
import Pipeline
package import Vips

/// What a TIFF's samples are, where libvips hands them on as they lie: which of them is alpha, and which are Y, Cb and Cr.
package struct SampleLayout {
    /// The bands that are colours or alpha, in order; nil where all are.
    package private(set) var bands: [Int]?
    package private(set) var yCbCr: YCbCr?

    /// - Parameter image: as it was opened.
    /// - Throws: `unsupportedFormat` for YCbCr that cannot be converted.
    package init(_ header: PictureHeader?, of image: Image, _ context: JobContext) throws(JobError) {
        guard let tiff = header?.tiff else { return }
        if tiff.photometric == 6, tiff.isStoredYCbCr {
            // libvips 8.14.1 takes a third of a line for a whole one where each sample lies by itself.
            guard !tiff.isPlanar, image.bands >= 3, image.format == VIPS_FORMAT_UCHAR, let yCbCr = YCbCr(tiff) else {
                throw JobError(.unsupportedFormat, "This is \(tiff.words), which Sluice does not support.")
            }
            self.yCbCr = yCbCr
        }
        let colours = tiff.colourCount
        guard !tiff.extraSamples.isEmpty, image.bands == colours + tiff.extraSamples.count else { return }
        let alpha = tiff.extraSamples.firstIndex { $0 == 1 || $0 == 2 }
        let used = Array(0..<colours) + (alpha.map { [colours + $0] } ?? [])
        guard used.count < image.bands else { return }
        bands = used
        let words = alpha == nil ? "none is alpha" : "one is alpha"
        context.warn(
            "bands-ignored: \(tiff.extraSamples.count) extra samples, \(words): \(used.count) of "
                + "\(image.bands) bands are used")
    }

    /// The same picture as stages expect it.
    package func applied(to image: Image) throws(JobError) -> Image {
        var image = image
        if let bands, let last = bands.last, image.bands > bands.count {
            let isRun = last == bands.count - 1
            var used = try image.extractedBands(first: 0, count: isRun ? bands.count : bands.count - 1)
            if !isRun { used = try used.joined(with: try image.extractedBands(first: last, count: 1)) }
            image = try used.interpreted(as: image.interpretation)
        }
        if let yCbCr { image = try image.converted(from: yCbCr) }
        return image
    }
}

/// How Y, Cb and Cr become red, green and blue (TIFF 6.0, section 21).
package struct YCbCr {
    /// What red, green and blue have of the luminance.
    private let luma: [Double]
    /// Black and white of Y, and zero and the largest of Cb and of Cr.
    private let reference: [Double]

    package init?(_ tiff: TIFFLayout) {
        luma = tiff.yCbCrCoefficients ?? [0.299, 0.587, 0.114]
        reference = tiff.referenceBlackWhite ?? [0, 255, 128, 255, 128, 255]
        let isSound =
            luma.allSatisfy { (0...1).contains($0) } && luma[1] > 0.01
            && stride(from: 0, to: 6, by: 2).allSatisfy { reference[$0 + 1] - reference[$0] >= 1 }
        guard isSound else { return nil }
    }

    /// Of the three samples: nine factors by rows, and three offsets, for red, green and blue from 0 to 255.
    package var matrix: (factors: [Double], offsets: [Double]) {
        let scales = [255.0, 127, 127].enumerated().map { index, range in
            range / (reference[2 * index + 1] - reference[2 * index])
        }
        let (red, blue) = (2 - 2 * luma[0], 2 - 2 * luma[2])
        let rows = [
            [1, 0, red], [1, -luma[2] * blue / luma[1], -luma[0] * red / luma[1]], [1, blue, 0],
        ]
        let factors = rows.map { row in zip(row, scales).map { $0 * $1 } }
        let offsets = factors.map { row in -(0..<3).reduce(0) { $0 + row[$1] * reference[2 * $1] } }
        return (factors.flatMap { $0 }, offsets)
    }
}

extension Image {
    /// Of 8 bits; alpha stays.
    fileprivate func converted(from yCbCr: YCbCr) throws(JobError) -> Image {
        let (factors, offsets) = yCbCr.matrix
        let colours = try extractedBands(first: 0, count: 3)
        var rgb = try Image.make { sluice_recomb(colours.pointer, &$0, factors, offsets.map { $0 + 0.5 }) }
        rgb = try rgb.cast(to: VIPS_FORMAT_UCHAR)
        if bands > 3 { rgb = try rgb.joined(with: try extractedBands(first: 3, count: bands - 3)) }
        return try rgb.interpreted(as: VIPS_INTERPRETATION_sRGB)
    }
}

extension TIFFLayout {
    /// Samples that are colours, as libvips hands them on.
    fileprivate var colourCount: Int {
        switch photometric {
        case 0, 1: 1
        case 5: 4
        default: 3
        }
    }

    /// Whether the samples come out as Y, Cb and Cr: the decoders of JPEG and of Aperio's JPEG 2000 convert
    /// them, but JPEG's not where each lies by itself.
    fileprivate var isStoredYCbCr: Bool { isPlanar || ![6, 7, 33003, 33005].contains(compression) }

    /// For people.
    package var words: String {
        let format = [1: "", 2: " signed", 3: " floating point", 5: " complex", 6: " complex"][sampleFormat] ?? ""
        let kinds = [
            0: "grey (min is white)", 1: "grey", 2: "RGB", 3: "a palette", 4: "a mask", 5: "CMYK", 6: "YCbCr",
            8: "CIE Lab", 9: "ICC Lab", 10: "ITU Lab", 32803: "raw sensor data", 32844: "LogL", 32845: "LogLuv",
            34892: "linear raw",
        ]
        let ways = [
            1: "", 2: "CCITT", 3: "CCITT Group 3", 4: "CCITT Group 4", 5: "LZW", 6: "old JPEG", 7: "JPEG",
            8: "Deflate",
            32773: "PackBits", 32946: "Deflate", 34712: "JPEG 2000", 50000: "Zstandard", 50001: "WebP",
            50002: "JPEG XL",
        ]
        let kind = kinds[photometric] ?? "photometric interpretation \(photometric)"
        let way = ways[compression] ?? "compression \(compression)"
        var words = "a TIFF of \(kind), \(samplesPerPixel) x \(bitsPerSample) bits\(format)"
        if !way.isEmpty { words += ", in \(way)" }
        if let subsampling, photometric == 6 {
            words += ", subsampled \(subsampling.map(String.init).joined(separator: "x"))"
        }
        return words + (isPlanar ? ", each sample by itself" : "")
    }
}
