import Conditions
package import ImageHeader
import Jobs
import Models
package import Pipeline

/// A worker's peak memory, estimated conservatively from the header and the pipeline alone. Bytes of anonymous
/// memory of the whole process, so that it can be compared with the peak in a sidecar.
package struct Estimate: Sendable, Equatable {
    package enum Kind: String, Sendable, Encodable {
        /// Memory and nothing else: small blocks.
        case memory
        /// Lines that are read and written all the time: memory, unless there is too little even for them.
        case lines
        /// Blocks that may lie in a file in staging instead.
        case spillable
        /// Reserved and hardly touched: it takes no memory, but the allocator has to find room for it.
        case untouched
    }

    /// When it is held. Models are loaded before any pixel is decoded. Renditions that share one decoded copy are encoded
    /// once the decoder is done.
    package enum Phase: String, Sendable, Encodable {
        case always, loading, decoding, encoding
    }

    package struct Term: Sendable, Equatable {
        /// For people: what is held.
        package var name: String
        package var bytes: UInt64
        package var kind: Kind
        package var phase: Phase
    }

    package private(set) var terms: [Term] = []
    /// Bytes more where work is shared among threads: that a decoder is ahead, and that denoising has for each.
    private let forThreads: UInt64
    /// Bytes of models that the worker may hold already, whichever way the conditions go.
    private(set) var models: UInt64
    /// What else the job may come to, where the pipeline has conditions that the header does not tell. Each figure is the
    /// largest of all; `terms` are those of the way that takes most.
    private var others: [Estimate] = []
    /// The worker itself, idle, with the engine where the pipeline needs it.
    package private(set) var worker = MemoryCap.warmWorker

    /// - Parameter restreaming: whether a progressive JPEG or an interlaced PNG is put in another order first, so that it
    ///   streams.
    package init(header: PictureHeader, pipeline: Pipeline, restreaming: Bool = false) {
        // Of a document each page is another way: they are made one after the other.
        var ways = ([header] + header.furtherPages).flatMap { header in
            pipeline.alternatives(ConditionFacts(header)).map {
                Estimate(header: header, settled: $0, restreaming: restreaming)
            }
        }
        if pipeline.conditions.contains(where: { $0.needs.contains(.sigma) }) {
            for index in ways.indices {
                ways[index].terms.append(
                    .init(
                        name: "noise measurement, for a condition", bytes: EstimateFigures.noiseMeter,
                        kind: .lines, phase: .always))
            }
        }
        // There is always one.
        let most = ways.indices.max { ways[$0].total < ways[$1].total } ?? 0
        // Whichever way the conditions go.
        let engine = pipeline.needsInference ? MemoryCap.engine : 0
        for index in ways.indices { ways[index].worker = saturated(MemoryCap.warmWorker, engine) }
        self = ways.remove(at: most)
        others = ways
        models = others.reduce(models) { min($0, $1.models) }
    }

    private init(header: PictureHeader, settled pipeline: Pipeline, restreaming: Bool) {
        var builder = EstimateBuilder(header: header, pipeline: pipeline, restreaming: restreaming)
        builder.build()
        terms = builder.terms
        models = pipeline.models.reduce(0) { saturated($0, EstimateFigures.memory(of: $1).kept) }
        let line = product(count(header.width), count(header.bands), count(header.bytesPerBand))
        let ahead = header.format == .jpeg ? product(EstimateFigures.linesAhead, line) : 0
        forThreads = saturated(ahead, product(builder.perDenoisingThread, UInt64(Denoise.mostThreads - 1)))
    }

    /// Whether a source's held picture can be put in another order.
    package static func canRestream(_ header: PictureHeader) -> Bool {
        switch header.format {
        // What is embedded in a RAW file is decoded as it is.
        case .jpeg where header.original == nil: header.isProgressive
        // Its frames are decoded as they are.
        case .png: header.isInterlaced && !header.isAnimated
        default: false
        }
    }

    /// All of it at the peak, in memory.
    package var total: UInt64 { peak { $0 != .untouched } }

    /// The same, where decoder, stages and encoders work at the same time.
    package var overlapped: UInt64 {
        func bytes(_ phase: Phase) -> UInt64 { sum(phase) { $0 != .untouched } }
        let all = saturated(forThreads, saturated(bytes(.decoding), bytes(.encoding)))
        let most = saturated(bytes(.always), max(bytes(.loading), all))
        return others.reduce(saturated(worker, scaled(most, 1 + EstimateFigures.margin))) { max($0, $1.overlapped) }
    }

    /// The part that should be in memory, the worker included.
    package var unspillable: UInt64 { peak { $0 == .memory || $0 == .lines } }

    /// The part that can be nowhere but in memory, the worker included.
    package var least: UInt64 { peak { $0 == .memory } }

    /// Bytes of blocks that may lie in a file, without a margin; what is only reserved included.
    package var spillable: UInt64 { most { $0 == .spillable || $0 == .untouched } }

    /// The same with the lines.
    package var mostSpillable: UInt64 { most { $0 != .memory } }

    /// Bytes that are reserved and hardly touched.
    package var untouched: UInt64 { most { $0 == .untouched } }

    /// The phase in which most memory is held; `always` where there is one only.
    package var peakPhase: Phase {
        let (decoding, encoding) = (sum(.decoding) { $0 != .untouched }, sum(.encoding) { $0 != .untouched })
        return decoding == encoding ? .always : decoding > encoding ? .decoding : .encoding
    }

    private func peak(_ counts: (Kind) -> Bool) -> UInt64 {
        saturated(worker, scaled(most(counts), 1 + EstimateFigures.margin))
    }

    private func most(_ counts: (Kind) -> Bool) -> UInt64 {
        let own = saturated(
            sum(.always, counts), max(sum(.loading, counts), sum(.decoding, counts), sum(.encoding, counts)))
        return others.reduce(own) { max($0, $1.most(counts)) }
    }

    private func sum(_ phase: Phase, _ counts: (Kind) -> Bool) -> UInt64 {
        terms.reduce(0) { $1.phase == phase && counts($1.kind) ? saturated($0, $1.bytes) : $0 }
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

func scaled(_ value: UInt64, _ factor: Double) -> UInt64 {
    let result = Double(value) * factor
    return result < 1.8e19 ? UInt64(result) : .max
}
