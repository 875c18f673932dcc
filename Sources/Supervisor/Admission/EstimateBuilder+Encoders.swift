import ImageHeader
import Jobs
import Pipeline

// Memory of encoders, and of what is held while files are made.
extension EstimateBuilder {
    mutating func addEncoders() {
        let isPacked = pipeline.originals.contains(where: \.optimize) && header.original == nil
        if isPacked, header.format == .jpeg {
            let perPixel = Figures.coefficient * (header.coefficientsPerPixel ?? 3)
            add("coefficients of an original, packed anew", scaled(header.pixels, perPixel), .spillable, encoding)
        }
        let outputs = pipeline.renditions.map { rendition in
            let size = bound(pipeline.stages + rendition.stages)
            return (rendition: rendition, held: held(for: rendition, size.pixels))
        }
        guard let most = outputs.max(by: { $0.held < $1.held }), most.held > 0 else { return }
        add("encoding rendition '\(most.rendition.name)'", most.held, .spillable, encoding)
        if case .avif = most.rendition.encoder {
            add("the encoder's threads", Figures.avifThreads, .memory, encoding)
        }
        if case .jxl = most.rendition.encoder {
            add("the encoder's tables", Figures.jxlTables, .memory, encoding)
        }
        if case .heif = most.rendition.encoder {
            add("the encoder's tables", Figures.heicTables, .memory, encoding)
        }
    }

    /// Bytes that are held while one is encoded: its picture too, where it is encoded more than once.
    private func held(for rendition: Rendition, _ pixels: UInt64) -> UInt64 {
        var bytes = held(by: rendition, pixels)
        // A file is decoded once its encoder is done.
        if rendition.target?.ssim != nil { bytes = max(bytes, heldDecoding(rendition.encoder.format, pixels)) }
        let copies =
            (rendition.group == nil ? 0 : 1) + (rendition.target == nil ? 0 : 1)
            + (rendition.target?.shrink == true ? 1 : 0)
        let held = product(pixels, pixelBytes(after: pipeline.stages + rendition.stages), UInt64(copies))
        return saturated(bytes, held)
    }

    /// Bytes that the decoder of a rendition's file holds for all its pixels.
    private func heldDecoding(_ format: PictureFormat, _ pixels: UInt64) -> UInt64 {
        let perPixel =
            switch format {
            case .webp: Figures.webp
            case .avif, .heif: Figures.heif444
            case .jxl: Double(bytesPerPixel) + Figures.jxl
            default: 0.0
            }
        return scaled(pixels, perPixel)
    }

    /// Bytes that an encoder holds for all pixels of a rendition; 0 where it streams.
    private func held(by rendition: Rendition, _ pixels: UInt64) -> UInt64 {
        let stages = pipeline.stages + rendition.stages
        // Encoders of 8 bits get no more.
        let copy = Double(max(3, bands(after: stages)))
        let perPixel: Double
        switch rendition.encoder {
        case .jpeg(let jpeg):
            let isFull = jpeg.chroma == .off || (jpeg.chroma == .auto && jpeg.quality >= 90)
            perPixel = jpeg.progressive || jpeg.optimize ? (isFull ? Figures.jpegWhole444 : Figures.jpegWhole420) : 0
        case .png(let png):
            perPixel = png.palette ? copy + Figures.palette : png.progressive ? Double(pixelBytes(after: stages)) : 0
        case .webp(let webp):
            perPixel =
                copy + (webp.lossless ? Figures.webpLosslessEncoder : Figures.webpLossy)
                + (hasAlpha(after: stages) && !webp.lossless ? Figures.webpAlphaEncoder : 0)
        case .gif: perPixel = copy + Figures.palette
        case .avif(let avif):
            let isFull = avif.chroma == .off || (avif.chroma == .auto && avif.quality >= 90)
            perPixel =
                copy + (avif.effort < 3 ? Figures.avifQuick : Figures.avifThorough)
                + (isFull && !avif.lossless ? Figures.avifFullChroma : 0)
        case .jxl(let jxl):
            perPixel =
                copy + (jxl.effort < 7 ? Figures.jxlQuick : Figures.jxlThorough)
                + (jxl.lossless && jxl.effort < 7 ? Figures.jxlLossless : 0)
        case .heif(let heif):
            let isFull = heif.chroma == .off || (heif.chroma == .auto && heif.quality >= 90)
            perPixel =
                Figures.heic + (isFull ? Figures.heicFullChroma : 0) + (hasAlpha(after: stages) ? Figures.heicAlpha : 0)
                + (heif.quality > 60 ? Figures.heicFine : 0)
        case .tiff(let tiff): perPixel = tiff.pyramid ? Figures.pyramid : 0
        }
        return scaled(pixels, perPixel)
    }
}
