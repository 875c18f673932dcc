import ImageHeader
import Models
import Pipeline

// Memory for denoising: lines of the picture at the size it has at that point.
extension EstimateBuilder {
    mutating func addDenoisings() {
        let lines = held { $0.method.goesByNoise }
        add("lines for denoising", lines.once, .lines, decoding)
        add("lines for denoising, one rendition at a time", lines.renditions, .lines, encoding)
        let ours = UInt64(all.count(where: \.isDenoisedByThreads))
        perDenoisingThread = product(ours, Figures.denoiseThread)
        add("rows denoised at once", product(ours, planes, Figures.denoiseNarrow), .lines, .always)
        if all.contains(where: \.looksAtPicture) {
            // Its own lines are fewer than those of the denoising that follows.
            add("noise measurement", Figures.noiseMeter, .lines, .always)
            if isAnimated { add("a frame for denoise to analyse", product(whole.pixels, 4), .spillable, .always) }
        }
    }

    /// For the picture that renditions are made from, and for the rendition that holds most.
    private func held(by counts: (Denoise) -> Bool) -> (once: UInt64, renditions: UInt64) {
        let shared = baseDenoisings.filter(counts).reduce(UInt64(0)) { saturated($0, held(by: $1, in: self.shared)) }
        let own = held(in: pipeline.stages, after: [], counts)
        let renditions = pipeline.renditions.map { held(in: $0.stages, after: pipeline.stages, counts) }.max() ?? 0
        return (saturated(shared, own), renditions)
    }

    /// One after the other all hold their lines.
    private func held(in stages: [Stage], after before: [Stage], _ counts: (Denoise) -> Bool) -> UInt64 {
        stages.indices.reduce(UInt64(0)) { sum, index in
            guard case .denoise(let denoise) = stages[index], counts(denoise) else { return sum }
            let before = before + stages[..<index]
            var size = before.allSatisfy(\.commutesWithShrinking) ? whole : bound(before)
            // What is cut off or put around comes after it, where it is done by the resize.
            if let last = before.lastIndex(where: { if case .denoise = $0 { false } else { true } }),
                case .resize(let resize) = before[last]
            {
                size = largest(during: resize, after: Array(before[..<last]))
            }
            return saturated(sum, held(by: denoise, in: size))
        }
    }

    private func held(by denoise: Denoise, in size: Extent) -> UInt64 {
        // As stored, or turned already.
        let width = mayTurn ? max(size.width, size.height) : size.width
        if let model = denoise.model {
            // Two rows of tiles, before and after.
            let lines = saturated(product(2, min(count(model.tile), size.height)), Figures.keptLines)
            return product(lines, width, pixelBytes(after: all))
        }
        let numbers = product(Figures.denoiseNumbers(planes: planes, width: width, quality: denoise.quality), width, 4)
        let result = product(
            Figures.denoisedLines(width: width), width, pixelBytes(after: all), hasAlpha(after: all) ? 2 : 1)
        return saturated(numbers, result)
    }

    private var all: [Stage] { written.stages + written.renditions.flatMap(\.stages) }

    private var planes: UInt64 { bands(after: all) < 3 ? 1 : 3 }
}

extension Pipeline {
    /// Each denoising where it is done, as `Imaging`'s plan has it; on the safe side, which is the larger picture. Those
    /// that are done once, on the picture that all renditions share, by themselves.
    func withDenoisingPlaced(by shrink: LoadShrink) -> (pipeline: Pipeline, onBase: [Denoise]) {
        var placed = self
        for index in renditions.indices where shrink.denoisesShrunk(in: renditions[index]) {
            placed.renditions[index].stages.putDenoisingAfterResize(placed.renditions[index].stages.takeWaiting())
        }
        guard shrink.denoisesShrunk else { return (placed, []) }
        let waiting = placed.stages.takeWaiting()
        if placed.stages.contains(where: \.isResize) {
            placed.stages.putDenoisingAfterResize(waiting)
        } else if renditions.count == 1 {
            placed.renditions[0].stages.putDenoisingAfterResize(waiting)
        } else {
            return (placed, waiting)
        }
        return (placed, [])
    }
}

extension [Stage] {
    /// Takes out what is denoised before the first resize.
    fileprivate mutating func takeWaiting() -> [Denoise] {
        let end = firstIndex(where: \.isResize) ?? endIndex
        let waiting = self[..<end].compactMap { if case .denoise(let denoise) = $0 { denoise } else { nil } }
        self = self[..<end].filter { if case .denoise = $0 { false } else { true } } + self[end...]
        return waiting
    }

    fileprivate mutating func putDenoisingAfterResize(_ waiting: [Denoise]) {
        guard let resize = firstIndex(where: \.isResize) else { return }
        insert(contentsOf: waiting.map(Stage.denoise), at: resize + 1)
    }
}

extension Stage {
    /// A network is run by one thread.
    fileprivate var isDenoisedByThreads: Bool {
        if case .denoise(let denoise) = self { denoise.method.goesByNoise && denoise.model == nil } else { false }
    }
    fileprivate var isResize: Bool { if case .resize = self { true } else { false } }
    fileprivate var looksAtPicture: Bool {
        if case .denoise(let denoise) = self { denoise.looksAtPicture } else { false }
    }
}
