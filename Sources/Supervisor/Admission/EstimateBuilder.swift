import BitmapHeader
import ImageHeader
import Jobs
import Models
import Pipeline

/// Builds an estimate: streamed lines, the decoder's memory, copies that are read in any order, the
/// encoders.
struct EstimateBuilder {
    typealias Figures = EstimateFigures

    let header: PictureHeader
    /// As it was written.
    let written: Pipeline
    /// With each denoising where it is done; without those that are done on the picture that renditions share.
    let pipeline: Pipeline
    let baseDenoisings: [Denoise]
    let restreaming: Bool
    private(set) var terms: [Estimate.Term] = []
    /// Bytes more for each thread that denoises beside the first one.
    var perDenoisingThread: UInt64 = 0

    /// As it is decoded, before it is shrunk.
    let whole: Extent
    let shrink: LoadShrink
    /// As the decoder hands it on.
    let loaded: Extent
    let bytesPerPixel: UInt64
    /// Whether renditions are made from one copy, once all is decoded.
    let isShared: Bool
    let isAnimated: Bool
    /// Whether an orientation may turn it on its side.
    let mayTurn: Bool

    init(header: PictureHeader, pipeline: Pipeline, restreaming: Bool) {
        var header = header
        // Alpha comes to it after the decoder.
        if header.clearsAreas { (header.hasAlpha, header.bands) = (true, 4) }
        self.header = header
        written = pipeline
        self.restreaming = restreaming
        whole = Extent(width: count(header.width), height: count(header.height))
        mayTurn = Self.mayTurn(header, pipeline)
        shrink = LoadShrink(width: whole.width, height: whole.height, pipeline: pipeline, mayTurn: mayTurn)
        (self.pipeline, baseDenoisings) = pipeline.withDenoisingPlaced(by: shrink)
        bytesPerPixel = product(count(header.bands), count(header.bytesPerBand))
        isAnimated = header.isPlayed && pipeline.renditions.contains { $0.encoder.animates }
        isShared = pipeline.renditions.count > 1 && !isAnimated
        switch header.format {
        case .jpeg:
            let factor = shrink.jpeg
            loaded = Extent(width: whole.width / factor + 1, height: whole.height / factor + 1)
        case .webp where !isAnimated && shrink.shrink > 1 && header.pages == 1: loaded = shrink.shrunk(whole)
        default: loaded = whole
        }
    }

    private static func mayTurn(_ header: PictureHeader, _ pipeline: Pipeline) -> Bool {
        guard (pipeline.stages + pipeline.renditions.flatMap(\.stages)).contains(.autorotate) else { return false }
        if let orientation = header.orientation { return orientation >= 5 }
        if header.original == .raw { return true }
        switch header.format {
        // Theirs lies behind the picture.
        case .png, .webp, .raw: return true
        case .jpeg, .tiff, .gif, .heif, .avif, .jxl, .bmp, .pnm: return false
        }
    }

    func bound(_ stages: [Stage]) -> Extent { outputBound(header, stages: stages, mayTurn: mayTurn) }

    mutating func build() {
        add("libvips' working set", Figures.workingSet, .memory, .always)
        addModels()
        addLines()
        addResizes()
        addTIFF()
        addDecoder()
        if isAnimated { addAnimation() } else { addCopies() }
        addStages()
        addDenoisings()
        addEncoders()
    }

    mutating func add(_ name: String, _ bytes: UInt64, _ kind: Estimate.Kind, _ phase: Estimate.Phase) {
        if bytes > 0 { terms.append(.init(name: name, bytes: bytes, kind: kind, phase: phase)) }
    }

    /// While pixels come from the decoder.
    var decoding: Estimate.Phase { isShared ? .decoding : .always }
    var encoding: Estimate.Phase { isShared ? .encoding : .always }

    // MARK: Models

    private mutating func addModels() {
        for model in pipeline.models {
            let memory = Figures.memory(of: model)
            let weights = min(memory.kept, scaled(model.bytes, Figures.largeWeights))
            add("a model's weights", weights, .spillable, .always)
            add("a model", memory.kept - weights, .memory, .always)
            add("loading it", memory.peak - min(memory.peak, memory.kept), .spillable, .loading)
            if !model.denoises {
                // Lines that wait for others to read them, and what the model gets.
                add("a model's input", product(Figures.keptLines, loaded.width, bytesPerPixel), .lines, decoding)
                add("a small version", Figures.smallVersion, .memory, .always)
            }
            guard model.denoises else { continue }
            // Of four planes, in floating point.
            add("a model's tile", product(count(model.tile), count(model.tile), 16), .memory, .always)
        }
    }

    // MARK: Lines

    private mutating func addLines() {
        if header.format == .jpeg {
            let lines = Figures.jpegLines
            add(
                "\(lines) lines of \(header.width) pixels in the decoder", product(lines, whole.width, bytesPerPixel),
                .lines, decoding)
        }
        let resizes = decodingResizes
        let readsPlanes = resizes.first?.readsPlanes ?? false
        // What is not higher than that has no more lines.
        let lines = min(
            readsPlanes ? Figures.planeLines : Figures.loadedLines + (resizes.isEmpty ? Figures.writtenLines : 0),
            loaded.height)
        add("\(lines) lines of \(loaded.width) pixels", product(lines, loaded.width, bytesPerPixel), .lines, decoding)
    }

    /// TIFF's strips and tiles are decoded whole, however large they were made.
    private mutating func addTIFF() {
        guard header.format == .tiff, let tiff = header.tiff else { return }
        // Smaller blocks are not the allocator's business: they cannot be spilled.
        func kind(_ block: UInt64) -> Estimate.Kind { block < MemoryPlan.smallestSpilled ? .memory : .spillable }
        if let width = tiff.tileWidth, let height = tiff.tileHeight, width > 0, height > 0 {
            let across = saturated(whole.width, UInt64(width) - 1) / UInt64(width)
            let tile = product(UInt64(width), UInt64(height), bytesPerPixel)
            add("two rows of tiles", product(saturated(across, 1), 2, tile), kind(tile), decoding)
        } else {
            let rows = min(count(tiff.rowsPerStrip ?? header.height), whole.height)
            let strip = product(rows, whole.width, bytesPerPixel)
            add("strips of \(rows) lines", product(strip, tiff.isPlanar ? 3 : 2), kind(strip), decoding)
        }
    }

    // MARK: Decoders

    private mutating func addDecoder() {
        let pixels = header.pixels
        switch header.format {
        case .jpeg where header.isProgressive: addCoefficients(pixels)
        case .png where isAnimated:
            // The next one, and the one before it; a frame that is interlaced.
            let canvases = product(pixels, header.bands < 3 ? 2 : 4, count(header.bytesPerBand), 2)
            add("an animated PNG's canvas", canvases, .spillable, decoding)
            if header.isInterlaced { add("an interlaced frame", product(pixels, bytesPerPixel), .spillable, decoding) }
        case .png where header.isInterlaced:
            if restreaming {
                add("passes of an interlaced PNG, in parallel", header.restreamedBytes ?? 0, .memory, decoding)
            } else {
                add("an interlaced PNG, whole", product(pixels, bytesPerPixel), .spillable, decoding)
            }
        case .webp: addWebP(pixels)
        case .gif:
            add("a GIF's canvas", scaled(pixels, Figures.gif), .spillable, decoding)
            if header.clearsAreas { add("the area drawn", product(pixels, 2), .spillable, .always) }
        case .heif, .avif: addHEIF(pixels)
        case .jxl:
            let perPixel = Double(bytesPerPixel) + Figures.jxl
            add("a JPEG XL picture, whole", scaled(pixels, perPixel), .spillable, decoding)
        case .raw:
            let isColours = header.raw?.hasFilters == false
            let perPixel = header.isHalfSize ? Figures.rawHalf : isColours ? Figures.rawColours : Figures.raw
            add("a RAW file, developed", scaled(pixels, perPixel), .spillable, decoding)
            add("tables for developing", Figures.rawTables, .memory, decoding)
        case .bmp where header.bitmap?.isInRuns == true:
            let lines = max(Figures.runLines, whole.height / Figures.runGroups + 1)
            add("\(lines) lines of a BMP in runs", product(lines, whole.width), .lines, decoding)
        default: break
        }
    }

    private mutating func addCoefficients(_ pixels: UInt64) {
        let perPixel = Figures.coefficient * (header.coefficientsPerPixel ?? 3)
        guard restreaming else {
            return add("coefficients of a progressive JPEG", scaled(pixels, perPixel), .spillable, decoding)
        }
        add("scans of a progressive JPEG, in parallel", header.restreamedBytes ?? 0, .memory, decoding)
    }

    private mutating func addWebP(_ pixels: UInt64) {
        if loaded == whole {
            add("a WebP, whole", scaled(pixels, Figures.webp), .spillable, decoding)
            add("reserved by its decoder", scaled(pixels, Figures.webpUntouched), .untouched, decoding)
        } else {
            add("a WebP, shrunk on load", scaled(loaded.pixels, Figures.webpScaled), .spillable, decoding)
            if header.hasAlpha && !header.isLossless {
                add("a WebP's alpha, whole", scaled(pixels, Figures.webpAlpha), .spillable, decoding)
            }
            if header.isLossless {
                add("a lossless WebP, whole", scaled(pixels, Figures.webpLossless), .spillable, decoding)
            } else {
                add("reserved by its decoder", scaled(pixels, Figures.webpScaledUntouched), .untouched, decoding)
            }
        }
    }

    private mutating func addHEIF(_ pixels: UInt64) {
        let isDeep = header.depth > 8
        let isFull = header.heif?.chroma.map { $0 == .full444 } ?? true
        let isAVIF = header.format == .avif
        let factor =
            isFull
            ? (isDeep ? Figures.heif444Deep : Figures.heif444)
            : isDeep ? Figures.heif420Deep : isAVIF ? Figures.avif420 : Figures.heic420
        let name = header.format.rawValue.uppercased()
        add("\(isAVIF ? "an" : "a") \(name) picture, whole", scaled(pixels, factor), .spillable, decoding)
        if isAVIF {
            add("reserved by its decoder", scaled(pixels, Figures.avifUntouched), .untouched, decoding)
        }
    }
}

extension PictureHeader {
    /// More than one frame, in time, as opposed to the pages of a document.
    fileprivate var isPlayed: Bool {
        switch format {
        case .jxl, .png: isAnimated
        case .gif, .webp: max(pages ?? minimumPages, minimumPages) > 1
        default: false
        }
    }
}
