import ImageHeader
import Jobs
import Pipeline

// Memory for downscaling: lines of the result, and the weights they are computed with.
extension EstimateBuilder {
    /// One resize on the way of the pixels.
    struct Resizing {
        /// The picture as it comes in, and as it is scaled, before anything is cut off.
        var from: Extent
        var to: Extent
        /// Whether it is left to libvips: it is where an axis grows, and with more than four bands.
        var isByLibvips: Bool
        /// Whether it may read the planes of a JPEG, and whether it certainly does, if the file has any.
        var mayReadPlanes = false
        var readsPlanes = false
        /// Numbers of a pixel, and bytes; whether there is alpha.
        var bands: UInt64
        var pixelBytes: UInt64
        var hasAlpha: Bool
    }

    /// Between the decoder and what is held, or written.
    var decodingResizes: [Resizing] {
        if isShared && shrink.readers > 1 {
            return shrink.shrink > 1 ? [resizing(from: loaded, to: shared, after: pipeline.stages)] : []
        }
        if isAnimated {
            let ways = pipeline.renditions.map { resizes(in: pipeline.stages + $0.stages, of: loaded) }
            return ways.max { held(during: $0) < held(during: $1) } ?? []
        }
        return resizes(in: pipeline.stages + (isShared ? [] : pipeline.renditions.flatMap(\.stages)), of: loaded)
    }

    mutating func addResizes() {
        add("lines being resized", held(during: decodingResizes), .lines, decoding)
        let all = pipeline.stages + pipeline.renditions.flatMap(\.stages)
        if all.contains(where: { if case .resize(let resize) = $0 { resize.linear } else { false } }) {
            // In 16 bits, before and behind the alpha that is put aside.
            add(
                "lines in linear light", product(Figures.loadedLines, loaded.width, count(bands(after: all)), 4),
                .lines,
                .always)
        }
        guard isShared else { return }
        let held = pipeline.renditions.map { rendition in
            let own = rendition.stages.filter { if case .resize = $0 { true } else { false } }
            return self.held(during: resizes(in: pipeline.stages + rendition.stages, of: shared).suffix(own.count))
        }
        add("lines being resized, one rendition at a time", held.max() ?? 0, .lines, .encoding)
        add("renditions that others are derived from", parents, .spillable, .encoding)
    }

    private func resizes(in stages: [Stage], of start: Extent) -> [Resizing] {
        stages.indices.compactMap { index in
            guard case .resize(let resize) = stages[index] else { return nil }
            let before = Array(stages[..<index])
            let from = before.allSatisfy(\.commutesWithShrinking) ? start : bound(before)
            return resizing(from: from, to: largest(during: resize, after: before), after: before, resize.enlarge)
        }
    }

    /// The largest that a resize makes on its way: all of the picture where it shrinks, with what is cut off later; where
    /// it grows, that was cut off before.
    func largest(during resize: Resize, after before: [Stage]) -> Extent {
        var scaled = bound(before + [.resize(resize.scaling)])
        let ends = [bound(before), bound(before + [.resize(resize)])]
        var width = ends.reduce(1) { max($0, $1.width) }
        var height = ends.reduce(1) { max($0, $1.height) }
        // Each bound may lie on its side.
        if mayTurn { (width, height) = (max(width, height), max(width, height)) }
        (scaled.width, scaled.height) = (min(scaled.width, width), min(scaled.height, height))
        return scaled
    }

    private func resizing(from: Extent, to: Extent, after stages: [Stage], _ enlarges: Bool = false) -> Resizing {
        let before = bound(stages)
        // Of a picture that was trimmed nothing is known but that it is not larger.
        let isTrimmed = stages.contains { if case .trim = $0 { true } else { false } }
        let grows = enlarges && (isTrimmed || to.width > before.width || to.height > before.height)
        let isFirst = header.format == .jpeg && header.bands != 4 && stages.allSatisfy(\.commutesWithShrinking)
        return Resizing(
            from: from, to: to, isByLibvips: grows || header.bands > 4, mayReadPlanes: isFirst,
            readsPlanes: isFirst && stages.allSatisfy { $0 == .autorotate || $0.isSkipped },
            bands: count(bands(after: stages)), pixelBytes: pixelBytes(after: stages),
            hasAlpha: hasAlpha(after: stages))
    }

    // MARK: One resize

    private func held(during resizes: some Sequence<Resizing>) -> UInt64 {
        resizes.reduce(0) { saturated($0, held(during: $1)) }
    }

    private func held(during resizing: Resizing) -> UInt64 {
        let (from, to) = (resizing.from, resizing.to)
        if resizing.isByLibvips {
            let lines = min(Figures.libvipsResizedLines, from.height)
            return product(lines, from.width, resizing.pixelBytes, resizing.hasAlpha ? Figures.alphaFactor : 1)
        }
        let shrinks = shrinks(from, to)
        // Turned on its side later, it is as wide as it is going to be high.
        let ways = mayTurn ? [to, Extent(width: to.height, height: to.width)] : [to]
        let lines = ways.map { self.lines(of: $0, resizing, shrinks.least) }.max() ?? 0
        // Planes of less resolution have their own.
        let weights = scaled(saturated(from.width, from.height), Figures.weights * (resizing.mayReadPlanes ? 1.5 : 1))
        // Never more than the lines that are added at once are long.
        let longest = product(saturated(max(from.width, from.height), 32), max(2, resizing.bands), 32)
        let segment = min(
            scaled(Figures.segment, 1 + shrinks.most / Figures.segmentShrink), saturated(Figures.segment, longest))
        return saturated(lines, saturated(weights, segment))
    }

    /// Bytes of lines of a result: those in the making, and those that are finished. It has no more than its height.
    private func lines(of result: Extent, _ resizing: Resizing, _ shrink: Double) -> UInt64 {
        let ahead = resizing.mayReadPlanes ? Figures.aheadLines / shrink : 0
        let making =
            ahead + min(Figures.unfinishedLines + Figures.stripLines / shrink, Double(saturated(result.height, 1)))
        let unfinished = scaled(product(result.width, resizing.bands, 4), making)
        let kept = min(saturated(Figures.keptLines, scaled(1, Figures.keptLinesPerSigma * sigma)), result.height)
        let written = min(Figures.writtenLines, saturated(result.height, 1))
        return saturated(unfinished, product(saturated(kept, written), result.width, resizing.pixelBytes))
    }

    /// By how much it is shrunk, at the least and at the most, whichever way it is turned.
    private func shrinks(_ from: Extent, _ to: Extent) -> (least: Double, most: Double) {
        func ratio(_ from: UInt64, _ to: UInt64) -> Double { max(1, Double(from) / Double(max(to, 1))) }
        var ratios = [ratio(from.width, to.width), ratio(from.height, to.height)]
        if mayTurn { ratios += [ratio(from.width, to.height), ratio(from.height, to.width)] }
        return (ratios.min() ?? 1, ratios.max() ?? 1)
    }

    // MARK: Renditions that others are made from

    /// Bytes of them, whichever way the picture is turned.
    private var parents: UInt64 {
        var turned = header
        (turned.width, turned.height) = (header.height, header.width)
        let pixels = (mayTurn ? [header, turned] : [header]).map { ParentRenditions(of: written, from: $0).pixels }
        return product(pixels.max() ?? 0, pixelBytes(after: written.stages))
    }
}

extension Resize {
    /// Without what is cut off or put around.
    var scaling: Resize {
        var scaling = self
        switch fit {
        case .cover: scaling.fit = .outside
        case .contain: scaling.fit = .inside
        case .fill, .inside, .outside: break
        }
        return scaling
    }
}
