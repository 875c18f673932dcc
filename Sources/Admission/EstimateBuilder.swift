import ImageHeader
import PipelineModel

/// Puts an estimate together: lines that stream, what the decoder holds, the copies that are read in any order, the
/// encoders.
struct EstimateBuilder {
    private typealias Figures = EstimateFigures

    let header: PictureHeader
    let pipeline: Pipeline
    let restreaming: Bool
    private(set) var terms: [Estimate.Term] = []

    /// As it is decoded, before it is shrunk.
    private let whole: Extent
    private let shrink: LoadShrink
    /// As the decoder hands it on.
    private let loaded: Extent
    private let bytesPerPixel: UInt64
    /// Whether renditions are made from one copy, once all is decoded.
    private let isShared: Bool
    private let isAnimated: Bool
    /// Whether an orientation may turn it on its side.
    private let mayTurn: Bool

    init(header: PictureHeader, pipeline: Pipeline, restreaming: Bool) {
        self.header = header
        self.pipeline = pipeline
        self.restreaming = restreaming
        whole = Extent(width: count(header.width), height: count(header.height))
        mayTurn = Self.mayTurn(header, pipeline)
        shrink = LoadShrink(width: whole.width, height: whole.height, pipeline: pipeline, mayTurn: mayTurn)
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
        switch header.format {
        // Theirs lies behind the picture.
        case .png, .webp: return true
        case .jpeg, .tiff, .gif, .heif, .avif: return false
        }
    }

    private func bound(_ stages: [Stage]) -> Extent { outputBound(header, stages: stages, mayTurn: mayTurn) }

    mutating func build() {
        add("libvips' working set", Figures.workingSet, .memory, .always)
        addLines()
        addTIFF()
        addDecoder()
        if isAnimated { addAnimation() } else { addCopies() }
        addStages()
        addEncoders()
    }

    private mutating func add(_ name: String, _ bytes: UInt64, _ kind: Estimate.Kind, _ phase: Estimate.Phase) {
        if bytes > 0 { terms.append(.init(name: name, bytes: bytes, kind: kind, phase: phase)) }
    }

    /// While pixels come from the decoder.
    private var decoding: Estimate.Phase { isShared ? .decoding : .always }
    private var encoding: Estimate.Phase { isShared ? .encoding : .always }

    // MARK: Lines

    private mutating func addLines() {
        if header.format == .jpeg {
            let lines = Figures.jpegLines
            add(
                "\(lines) lines of \(header.width) pixels in the decoder", product(lines, whole.width, bytesPerPixel),
                .memory, decoding)
        }
        let lines = shrink.resizes ? Figures.resizedLines : Figures.plainLines
        let working = product(bytesPerPixel, shrink.resizes && header.hasAlpha ? Figures.alphaFactor : 1)
        // What is not higher than that has no more lines.
        let held = min(lines, loaded.height)
        add("\(held) lines of \(loaded.width) pixels", product(held, loaded.width, working), .memory, decoding)
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
        case .png where header.isInterlaced:
            if restreaming {
                add("passes of an interlaced PNG, side by side", header.restreamedBytes ?? 0, .memory, decoding)
            } else {
                add("an interlaced PNG, whole", product(pixels, bytesPerPixel), .spillable, decoding)
            }
        case .webp: addWebP(pixels)
        case .gif: add("a GIF's canvas", scaled(pixels, Figures.gif), .spillable, decoding)
        case .heif, .avif: addHEIF(pixels)
        default: break
        }
    }

    private mutating func addCoefficients(_ pixels: UInt64) {
        let perPixel = Figures.coefficient * (header.coefficientsPerPixel ?? 3)
        guard restreaming else {
            return add("coefficients of a progressive JPEG", scaled(pixels, perPixel), .spillable, decoding)
        }
        add("scans of a progressive JPEG, side by side", header.restreamedBytes ?? 0, .memory, decoding)
    }

    private mutating func addWebP(_ pixels: UInt64) {
        if loaded == whole {
            add("a WebP, whole", scaled(pixels, Figures.webp), .spillable, decoding)
            add("reserved by its decoder", scaled(pixels, Figures.webpUntouched), .untouched, decoding)
        } else {
            add("a WebP, shrunk on load", scaled(loaded.pixels, Figures.webpScaled), .spillable, decoding)
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

    // MARK: Copies

    /// The picture that several renditions are made from, and copies for stages that do not read it line by line.
    private mutating func addCopies() {
        let isTurned = (header.orientation ?? 1) > 2 && pipeline.stages.contains(.autorotate)
        if isShared {
            let base = shared
            let bytes = product(base.pixels, bytesPerPixel)
            add("the picture that renditions are made from", bytes, .spillable, .always)
            if let place = randomAccess(in: pipeline.stages) {
                add("the picture as \(place.name) reads it", product(place.pixels, bytesPerPixel), .spillable, decoding)
            } else if isTurned {
                add("the picture before it is turned", bytes, .spillable, decoding)
            }
        } else if let rendition = pipeline.renditions.first {
            let stages = pipeline.stages + rendition.stages
            if let place = randomAccess(in: stages) {
                add("the picture as \(place.name) reads it", product(place.pixels, bytesPerPixel), .spillable, .always)
            } else if isTurned || turnsLater(rendition) {
                let turned = min(pixels(before: turningIndex(stages), of: stages), whole.pixels)
                add("the picture before it is turned", product(turned, bytesPerPixel), .spillable, .always)
            }
        }
    }

    /// Autorotate among a rendition's own stages.
    private func turnsLater(_ rendition: Rendition) -> Bool {
        (header.orientation ?? 1) > 2 && rendition.stages.contains(.autorotate)
    }

    /// The turn waits for a resize, as far as it can.
    private func turningIndex(_ stages: [Stage]) -> Int {
        stages.firstIndex { stage in
            switch stage {
            case .crop, .sharpen, .watermark: true
            default: false
            }
        } ?? stages.count
    }

    /// The size of what renditions share.
    private var shared: Extent {
        if shrink.readers > 1 { return shrink.shrunk(whole) }
        return bound(pipeline.stages)
    }

    /// The first stage that needs the picture whole, and how many pixels that has by then.
    private func randomAccess(in stages: [Stage]) -> (name: String, pixels: UInt64)? {
        guard let index = stages.firstIndex(where: \.needsRandomAccess) else { return nil }
        if case .resize(var resize) = stages[index] {
            // It is scaled first; what overhangs is still there.
            resize.fit = .outside
            let pixels = bound(stages.prefix(index) + [.resize(resize)]).pixels
            return (stages[index].name, pixels)
        }
        return (stages[index].name, pixels(before: index, of: stages))
    }

    private func pixels(before index: Int, of stages: [Stage]) -> UInt64 {
        let before = Array(stages.prefix(index))
        let isAsLoaded = before.allSatisfy(\.commutesWithShrinking)
        let loaded = shrink.readers > 1 && isShared ? shrink.shrunk(self.loaded) : self.loaded
        return isAsLoaded ? loaded.pixels : bound(before).pixels
    }

    /// Every frame of every rendition that plays is kept until it is written.
    private mutating func addAnimation() {
        let pages = count(header.pages ?? header.minimumPages)
        let frame = bound(pipeline.stages)
        add("a frame, twice", product(frame.pixels, 8), .spillable, .always)
        let frames = pipeline.renditions.reduce(UInt64(0)) { sum, rendition in
            let size = bound(pipeline.stages + rendition.stages)
            return saturated(sum, product(size.pixels, 4, rendition.encoder.animates ? pages : 1))
        }
        add("\(pages) frames of the renditions that play", frames, .spillable, .always)
    }

    // MARK: Stages that hold more than lines

    private mutating func addStages() {
        let base = bound(pipeline.stages)
        let all = pipeline.stages + pipeline.renditions.flatMap(\.stages)
        let sigma = all.reduce(0.0) { most, stage in
            switch stage {
            case .blur(let blur): max(most, blur.sigma)
            case .sharpen(let sharpen): max(most, sharpen.sigma)
            default: most
            }
        }
        if sigma > 0 {
            let lines = scaled(base.width, 8 + Figures.blurLinesPerSigma * sigma)
            add("lines that are blurred", product(lines, count(header.bands), 4), .memory, .always)
        }
        for case .crop(let crop) in pipeline.stages.prefix(while: { if case .resize = $0 { false } else { true } }) {
            addLinesAbove(crop)
        }
        let scale = all.reduce(0.0) { most, stage in
            if case .watermark(let mark) = stage { max(most, mark.tile ? 1 : min(1, mark.scale ?? 1)) } else { most }
        }
        if scale > 0 {
            let mark = scaled(product(base.pixels, 4), scale)
            add("the watermark", saturated(mark, Figures.watermarkFile), .spillable, .always)
        }
    }

    /// Lines above a crop are decoded, and kept until the crop has begun.
    private mutating func addLinesAbove(_ crop: Crop) {
        guard !pipeline.stages.contains(where: \.needsRandomAccess) else { return }
        let left = whole.height > count(crop.height) ? whole.height - count(crop.height) : 0
        let lines: UInt64
        if let top = crop.top {
            lines = min(UInt64(max(top, 0)), whole.height)
        } else {
            switch crop.position {
            case .top, .topLeft, .topRight: lines = 0
            case .bottom, .bottomLeft, .bottomRight: lines = left
            default: lines = left / 2
            }
        }
        add("\(lines) lines above the crop", product(lines, whole.width, bytesPerPixel), .memory, decoding)
    }

    // MARK: Encoders

    private mutating func addEncoders() {
        let outputs = pipeline.renditions.map { rendition in
            let size = bound(pipeline.stages + rendition.stages)
            return (rendition: rendition, pixels: size.pixels, held: held(by: rendition.encoder, size.pixels))
        }
        if isShared, pipeline.renditions.contains(where: { !$0.stages.isEmpty }) {
            let lines = min(Figures.resizedLines, shared.height)
            add(
                "\(lines) lines of \(shared.width) pixels, for one rendition after the other",
                product(lines, shared.width, bytesPerPixel), .memory, .encoding)
        }
        guard let most = outputs.max(by: { $0.held < $1.held }), most.held > 0 else { return }
        add("encoding rendition '\(most.rendition.name)'", most.held, .spillable, encoding)
        if case .avif = most.rendition.encoder {
            add("the encoder's threads", Figures.avifThreads, .memory, encoding)
        }
    }

    /// Bytes that an encoder holds for all pixels of a rendition; 0 where it streams.
    private func held(by encoder: Rendition.Encoder, _ pixels: UInt64) -> UInt64 {
        // Encoders of 8 bits get no more.
        let copy = Double(max(3, count(header.bands)))
        let perPixel: Double
        switch encoder {
        case .jpeg(let jpeg):
            let isFull = jpeg.chroma == .off || (jpeg.chroma == .auto && jpeg.quality >= 90)
            perPixel = jpeg.progressive || jpeg.optimize ? (isFull ? Figures.jpegWhole444 : Figures.jpegWhole420) : 0
        case .png(let png):
            perPixel = png.palette ? copy + Figures.palette : png.progressive ? Double(bytesPerPixel) : 0
        case .webp(let webp):
            perPixel = copy + (webp.lossless ? Figures.webpLosslessEncoder : Figures.webpLossy)
        case .gif: perPixel = copy + Figures.palette
        case .avif: perPixel = copy + Figures.avifEncoder
        case .tiff(let tiff): perPixel = tiff.pyramid ? Figures.pyramid : 0
        }
        return scaled(pixels, perPixel)
    }
}

extension PictureHeader {
    /// More than one frame, in time, as opposed to the pages of a document.
    fileprivate var isPlayed: Bool {
        (format == .gif || format == .webp) && max(pages ?? minimumPages, minimumPages) > 1
    }
}
