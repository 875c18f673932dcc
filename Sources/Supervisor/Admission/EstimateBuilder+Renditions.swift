import Grading
import ImageHeader
import Jobs
import Pipeline

// Memory after the decoder: copies, frames, stages that hold more than lines, encoders.
extension EstimateBuilder {
    /// The picture that several renditions are made from, and copies for stages that do not read it line by line.
    mutating func addCopies() {
        let isTurned = (header.orientation ?? 1) > 2 && pipeline.stages.contains(.autorotate)
        if isShared {
            let base = shared
            let bytes = product(base.pixels, pixelBytes(after: pipeline.stages))
            add("the picture the renditions are made from", bytes, .spillable, .always)
            if let place = randomAccess(in: pipeline.stages) {
                add("the picture as \(place.name) reads it", place.bytes, .spillable, decoding)
            } else if isTurned {
                add("the picture before rotation", bytes, .spillable, decoding)
            }
        } else if let rendition = pipeline.renditions.first {
            let stages = pipeline.stages + rendition.stages
            if let place = randomAccess(in: stages) {
                add("the picture as \(place.name) reads it", place.bytes, .spillable, .always)
            } else if isTurned || turnsLater(rendition) {
                let index = turningIndex(stages)
                let turned = min(pixels(before: index, of: stages), whole.pixels)
                let bytes = product(turned, pixelBytes(after: stages.prefix(index)))
                add("the picture before rotation", bytes, .spillable, .always)
            }
        }
    }

    /// Autorotate among a rendition's own stages, or none, and a format that keeps no tag.
    private func turnsLater(_ rendition: Rendition) -> Bool {
        let isKept = pipeline.metadata.keeps(.exif) && rendition.encoder.losesOrientation
        return (header.orientation ?? 1) > 2 && (rendition.stages.contains(.autorotate) || isKept)
    }

    /// The turn waits for a resize, as far as it can.
    private func turningIndex(_ stages: [Stage]) -> Int {
        stages.firstIndex { stage in
            switch stage {
            case .crop, .sharpen, .watermark, .pad: true
            default: false
            }
        } ?? stages.count
    }

    /// The size of what renditions share.
    var shared: Extent {
        if shrink.readers > 1 { return shrink.shrunk(whole) }
        return bound(pipeline.stages)
    }

    /// The first stage that needs the picture whole, and what that takes by then.
    private func randomAccess(in stages: [Stage]) -> (name: String, bytes: UInt64)? {
        guard let index = stages.firstIndex(where: \.needsRandomAccess) else { return nil }
        let perPixel = pixelBytes(after: stages.prefix(index))
        if case .resize(var resize) = stages[index] {
            // It is scaled first, where it shrinks: what overhangs is still there. Where it grows, it is held as it was.
            resize.fit = .outside
            let scaled = bound(stages.prefix(index) + [.resize(resize)]).pixels
            return (stages[index].name, product(min(scaled, pixels(before: index, of: stages)), perPixel))
        }
        return (stages[index].name, product(pixels(before: index, of: stages), perPixel))
    }

    private func pixels(before index: Int, of stages: [Stage]) -> UInt64 {
        let before = Array(stages.prefix(index))
        let isAsLoaded = before.allSatisfy(\.commutesWithShrinking)
        let loaded = shrink.readers > 1 && isShared ? shrink.shrunk(self.loaded) : self.loaded
        return isAsLoaded ? loaded.pixels : bound(before).pixels
    }

    /// Every frame of every rendition that plays is kept until it is written.
    mutating func addAnimation() {
        // Of more than `limits.pages` none is played.
        let stated = header.statedFrames.map { min($0, pipeline.limits.pages) }
        let there =
            header.pages ?? stated ?? (header.format == .jxl ? Figures.untoldFrames : header.minimumPages)
        let pages = count(min(there, pipeline.limits.frames ?? there))
        let frame = bound(pipeline.stages)
        let pixel = product(4, count(header.bytesPerBand))
        add("a frame, twice", product(frame.pixels, 2, pixel), .spillable, .always)
        let frames = pipeline.renditions.reduce(UInt64(0)) { sum, rendition in
            let size = bound(pipeline.stages + rendition.stages)
            return saturated(sum, product(size.pixels, pixel, rendition.encoder.animates ? pages : 1))
        }
        add("\(pages) frames of animated renditions", frames, .spillable, .always)
    }

    // MARK: Stages that hold more than lines

    mutating func addStages() {
        let base = bound(pipeline.stages)
        let all = pipeline.stages + pipeline.renditions.flatMap(\.stages)
        addFilters()
        let streamed = pipeline.stages + (isShared || isAnimated ? [] : pipeline.renditions.flatMap(\.stages))
        // A resize asks for the lines above what is wanted of it one after the other.
        let unscaled = streamed.prefix { if case .resize = $0 { false } else { true } }
        if !streamed.contains(where: \.needsRandomAccess) {
            for case .crop(let crop) in unscaled { addLinesAbove(crop) }
        }
        addGrading()
        let scale = all.reduce(0.0) { most, stage in
            if case .watermark(let mark) = stage { max(most, mark.tile ? 1 : min(1, mark.scale ?? 1)) } else { most }
        }
        if scale > 0 {
            let mark = scaled(product(base.pixels, 4), scale)
            add("the watermark", saturated(mark, Figures.watermarkFile), .spillable, .always)
        }
    }

    /// Tables, and lines that are graded at once, of all on the way to a rendition.
    private mutating func addGrading() {
        let counts = pipeline.renditions.map { $0.stages.count(where: \.isGraded) }
        let gradings = UInt64(pipeline.stages.count(where: \.isGraded) + (counts.max() ?? 0))
        guard gradings > 0 else { return }
        let all = pipeline.stages + pipeline.renditions.flatMap(\.stages)
        let widths = pipeline.renditions.map { bound(pipeline.stages + $0.stages).width } + [loaded.width]
        add("tables for tones and colours", product(gradings, Figures.gradingTables), .memory, .always)
        let line = product(widths.max() ?? 0, pixelBytes(after: all))
        addLookupTables(all)
        add("lines for tones and colours", product(gradings, Figures.gradedLines, line), .lines, .always)
        guard all.contains(where: \.looksAtTones) else { return }
        add("a small version for levels", Figures.smallVersion, .memory, .always)
        add("its input", product(Figures.keptLines, line), .lines, .always)
    }

    /// Each file's is read once a job, and kept; the stage has it as four numbers a colour, and while it is read there is the
    /// file too.
    private mutating func addLookupTables(_ stages: [Stage]) {
        var files: Set<String> = []
        var (kept, own, longest) = (UInt64(0), UInt64(0), UInt64(0))
        for case .lut(let lut) in stages {
            let entries = count(lut.entries)
            own = saturated(own, product(entries, 16))
            longest = max(longest, lut.bytes)
            if files.insert(lut.file).inserted { kept = saturated(kept, product(entries, 12)) }
        }
        add("lookup tables", saturated(kept, saturated(own, longest)), .spillable, .always)
    }

    /// The largest of all filters.
    var sigma: Double {
        (pipeline.stages + pipeline.renditions.flatMap(\.stages)).reduce(0) { max($0, $1.sigma) }
    }

    /// Of filters one after the other all lines are held, of renditions those of one.
    private mutating func addFilters() {
        let lines = pipeline.renditions.map { rendition in
            let stages = pipeline.stages + rendition.stages
            return stages.indices.reduce(UInt64(0)) { sum, index in
                guard stages[index].sigma > 0 else { return sum }
                let width = bound(Array(stages[..<index])).width
                let lines = scaled(width, Figures.blurLines + Figures.blurLinesPerSigma * stages[index].sigma)
                let before = stages[..<index]
                let working = max(
                    count(header.bytesPerBand), hasAlpha(after: before) ? Figures.blurAlphaFactor : 1)
                return saturated(sum, product(lines, count(bands(after: before)), 4, working))
            }
        }
        add("lines for blurring", lines.max() ?? 0, .lines, .always)
    }

    /// Lines above a crop are decoded, and kept until the crop has begun.
    private mutating func addLinesAbove(_ crop: Crop) {
        let left = whole.height > count(crop.height) ? whole.height - count(crop.height) : 0
        let lines: UInt64
        if let top = crop.top {
            lines = min(UInt64(max(top, 0)), whole.height)
        } else if crop.boxes != nil {
            // They may be anywhere.
            lines = left
        } else {
            switch crop.position {
            case .top, .topLeft, .topRight: lines = 0
            case .bottom, .bottomLeft, .bottomRight: lines = left
            default: lines = left / 2
            }
        }
        add("\(lines) lines above the crop", product(lines, whole.width, bytesPerPixel), .lines, decoding)
    }
}

extension Stage {
    /// Whether it changes tones and colours by tables.
    fileprivate var isGraded: Bool {
        switch unconditional {
        case .adjust, .levels, .lut, .sepia: !isSkipped
        default: false
        }
    }

    /// Whether black and white are found in the picture.
    fileprivate var looksAtTones: Bool {
        if case .levels(let levels) = self { levels.looksAtPicture } else { false }
    }

    /// Of a filter that looks at a pixel's neighbours, in pixels.
    fileprivate var sigma: Double {
        switch self {
        case .blur(let blur): blur.sigma
        case .sharpen(let sharpen): sharpen.sigma
        case .denoise(let denoise) where !denoise.method.goesByNoise: max(0.1, denoise.strength)
        default: 0
        }
    }
}
