package import ImageHeader
package import PipelineModel

/// What a job will hold at its peak, from the header and the pipeline alone, on the safe side. Bytes of anonymous
/// memory above an idle worker.
///
/// The figures are libvips 8.14.1's, measured (84 runs: 1.00–1.43 of the actual, so the sum is raised by a tenth):
/// streaming keeps some 420 lines of the picture with a tile height of 16; decoders that cannot stream hold the whole
/// picture in a form of their own.
package struct Estimate: Sendable, Equatable {
    package struct Term: Sendable, Equatable {
        /// For people: what is held.
        package var name: String
        package var bytes: UInt64
    }
    package private(set) var terms: [Term] = []

    package var total: UInt64 {
        let sum = terms.reduce(UInt64(0)) { saturated($0, $1.bytes) }
        return saturated(sum, sum / 10)
    }

    package init(header: PictureHeader, pipeline: Pipeline, copyLimit: UInt64) {
        let bytesPerPixel = product(count(header.bands), count(header.bytesPerBand))
        let working = product(bytesPerPixel, header.hasAlpha ? 4 : 1)
        add("libvips' working set", 3_000_000)
        add("\(Self.lines) lines of \(header.width) pixels", product(Self.lines, count(header.width), working))
        addTIFF(header, bytesPerPixel)
        addDecoder(header)

        let base = outputBound(header, stages: pipeline.stages)
        let outputs = pipeline.renditions.map { outputBound(header, stages: pipeline.stages + $0.stages) }
        let largest = outputs.map(\.pixels).max() ?? 0
        let pages = count(header.pages ?? header.minimumPages)
        let animated = pages > 1 && pipeline.renditions.contains { $0.encoder.animates } && header.isAnimation
        if animated {
            let frames = product(largest, 4, pages)
            add("\(pages) frames of the largest rendition, twice", product(frames, 2))
        } else {
            let copy = product(max(largest, min(base.pixels, product(largest, 4))), bytesPerPixel)
            add("the picture that renditions are made from", min(copy, copyLimit))
        }
        let encoders = zip(pipeline.renditions, outputs).map { rendition, size in
            (rendition.name, product(size.pixels, rendition.encoder.bytesHeldPerPixel, animated ? 2 : 1))
        }
        if let most = encoders.max(by: { $0.1 < $1.1 }) { add("encoding rendition '\(most.0)'", most.1) }
    }

    private static let lines: UInt64 = 420

    private mutating func add(_ name: String, _ bytes: UInt64) {
        if bytes > 0 { terms.append(Term(name: name, bytes: bytes)) }
    }

    /// TIFF's strips and tiles are decoded whole, however large they were made.
    private mutating func addTIFF(_ header: PictureHeader, _ bytesPerPixel: UInt64) {
        guard let tiff = header.tiff else { return }
        if let width = tiff.tileWidth, let height = tiff.tileHeight, width > 0, height > 0 {
            let across = (count(header.width) + UInt64(width) - 1) / UInt64(width)
            add("two rows of tiles", product(across * 2, UInt64(width), UInt64(height), bytesPerPixel))
        } else {
            let rows = min(count(tiff.rowsPerStrip ?? header.height), count(header.height))
            let planes: UInt64 = tiff.isPlanar ? 2 : 1
            add("strips of \(rows) lines", product(rows, count(header.width), bytesPerPixel, planes))
        }
    }

    /// What a decoder holds of the whole picture.
    private mutating func addDecoder(_ header: PictureHeader) {
        let pixels = header.pixels
        switch header.format {
        case .jpeg where header.isProgressive:
            let coefficients = header.coefficientsPerPixel ?? 3
            add("coefficients of a progressive JPEG", scaled(pixels, 2 * coefficients))
        case .png where header.isInterlaced:
            add("an interlaced PNG, whole", product(pixels, count(header.bands), count(header.bytesPerBand)))
        case .webp:
            add("a WebP, whole", product(pixels, 8))
        case .gif:
            add("a GIF's canvas", product(pixels, 8))
        case .heif, .avif:
            let over8 = header.depth > 8
            let full = header.heif?.chroma.map { $0 == .full444 } ?? true
            let factor = full ? (over8 ? 23.0 : 12.0) : (over8 ? 11.0 : 8.0)
            add("a \(header.format.rawValue.uppercased()) picture, whole", scaled(pixels, factor))
        default:
            break
        }
    }
}

extension PictureHeader {
    /// Frames in time, as opposed to the pages of a document.
    fileprivate var isAnimation: Bool { format == .gif || format == .webp }
}

extension Rendition.Encoder {
    /// Bytes that the encoder holds for each output pixel (measured; 0: it streams).
    fileprivate var bytesHeldPerPixel: UInt64 {
        switch self {
        case .jpeg(let jpeg): jpeg.progressive || jpeg.optimize ? (jpeg.chroma == .off ? 6 : 4) : 0
        case .png(let png): png.progressive || png.palette ? 5 : 0
        case .webp(let webp): webp.lossless ? 33 : 6
        case .gif: 12
        case .avif: 32
        case .tiff(let tiff): tiff.pyramid ? 2 : 0
        }
    }
}

/// Headers are not to be trusted, not even to be positive.
func count(_ value: Int) -> UInt64 { UInt64(max(value, 1)) }

func saturated(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
}

func product(_ factors: UInt64...) -> UInt64 {
    factors.reduce(1) { result, factor in
        let (product, overflow) = result.multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }
}

private func scaled(_ value: UInt64, _ factor: Double) -> UInt64 {
    let result = Double(value) * factor
    return result < 1.8e19 ? UInt64(result) : .max
}
