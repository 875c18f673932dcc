import ImageHeader
import Jobs
import Models
import Pipeline
import Testing

@testable import Admission

@Suite("The estimate of denoising")
struct DenoiseEstimateTests {
    private static let line = "lines for denoising"

    private func denoise(_ change: (inout Denoise) -> Void = { _ in }) -> Stage {
        var denoise = Denoise()
        change(&denoise)
        return .denoise(denoise)
    }

    private func resize(_ width: Int) -> Stage { .resize(Resize(width: width)) }

    private func terms(_ header: PictureHeader, _ stages: [Stage], _ renditions: [[Stage]] = [[]]) -> [Estimate.Term] {
        let renditions = renditions.enumerated().map {
            Rendition(name: "r\($0.offset)", stages: $0.element, encoder: .jpeg(JPEG()))
        }
        return Estimate(header: header, pipeline: pipeline(stages, renditions: renditions)).terms
    }

    /// Pixels that lines are wide.
    private func width(_ stages: [Stage], _ renditions: [[Stage]] = [[]], bands: UInt64 = 3) -> UInt64 {
        let terms = terms(header(.jpeg, 8000, 6000, bands: Int(bands)), stages, renditions)
        let bytes = terms.filter { $0.name.hasPrefix(Self.line) }.reduce(0) { $0 + $1.bytes }
        let numbers = EstimateFigures.denoiseNumbers(planes: bands, width: 8000, quality: .good)
        let pixel = numbers * 4 + EstimateFigures.denoisedLines(width: 8000) * bands
        return bytes / pixel
    }

    @Test("a network has its own memory, loaded before all else, and two rows of tiles in the size that it works in")
    func model() throws {
        var model = ModelDescription(file: "net.onnx")
        model.outputs.clean = ""
        model.tile = 128
        model.memory = .init(kept: 20_000_000, peak: 90_000_000)
        let network = denoise { ($0.method, $0.model) = (.model, model) }
        func term(_ name: String, _ stages: [Stage], _ size: (Int, Int) = (8000, 6000)) -> Estimate.Term? {
            terms(header(.jpeg, size.0, size.1), stages).first { $0.name == name }
        }
        #expect(term("a model", [])?.bytes == nil)
        let kept = try #require(term("a model", [network]))
        #expect(kept.bytes == 20_000_000 && kept.kind == .memory && kept.phase == .always)
        let loading = try #require(term("loading it", [network]))
        #expect(loading.bytes == 70_000_000 && loading.phase == .loading)
        let lines: (Int) -> UInt64 = { UInt64(2 * 128 + 64) * UInt64($0) * 3 }
        #expect(term(Self.line, [network])?.bytes == lines(8000))
        #expect(term(Self.line, [network, resize(1000)])?.bytes == lines(1000))
        // Loading it is over when a picture that renditions share is decoded; what streams is counted beside it.
        let large = header(.jpeg, 8000, 6000)
        let small = Estimate(header: large, pipeline: pipeline([network]))
        #expect(small.total < MemoryCap.warmWorker + 125_000_000 && small.total > MemoryCap.warmWorker + 95_000_000)
        // The same network, twice, is loaded once.
        let twice = Estimate(header: large, pipeline: pipeline([network, network]))
        #expect(twice.terms.count { $0.name == "a model" } == 1)
        #expect(twice.overlapped - twice.total < 60_000_000)
    }

    @Test("it is lines of the width that the picture has there, for each plane, never the picture")
    func lines() {
        #expect(width([]) == 0)
        #expect(width([denoise()]) == 8000)
        #expect(width([denoise()], bands: 1) == 8000)
        #expect(width([denoise(), denoise()]) == 16000)
        #expect(width([denoise { $0.method = .median }]) == 0)
        let term = terms(header(.png, 8000, 6000), [denoise()]).first { $0.name == Self.line }
        #expect(term?.kind == .lines && term?.phase == .always)
        let names = [[], [denoise()]].map {
            terms(header(.png, 8000, 6000), $0).filter { $0.kind != .lines }.map(\.name)
        }
        #expect(names[0] == names[1])
    }

    @Test("what noise is measured with is held where it is measured, once")
    func meter() {
        func held(_ stages: [Stage]) -> [UInt64] {
            terms(header(.png, 8000, 6000), stages).filter { $0.name == "noise measurement" }.map(\.bytes)
        }
        #expect(held([]).isEmpty && held([denoise { $0.sigma = 9 }, denoise { $0.method = .median }]).isEmpty)
        #expect(held([denoise(), denoise()]) == [EstimateFigures.noiseMeter])
    }

    @Test("after a shrink by two and more they are as wide as that leaves them")
    func placed() {
        #expect(width([denoise(), resize(4001)]) == 8000)
        #expect(abs(Int(width([denoise(), resize(4000)])) - 4000) < 3)
        #expect(width([denoise { $0.place = .here }, resize(1000)]) == 8000)
        #expect(abs(Int(width([denoise()], [[resize(1000)]])) - 1000) < 3)
        #expect(abs(Int(width([denoise()], [[resize(1000)], [resize(3000)]])) - 3000) < 3)
        #expect(width([denoise()], [[resize(1000)], []]) == 8000)
        #expect(abs(Int(width([], [[denoise(), resize(1000)], [resize(5000)]])) - 1000) < 3)
        // Of renditions one is denoised at a time.
        #expect(abs(Int(width([], [[denoise(), resize(1000)], [denoise(), resize(400)]])) - 1000) < 3)
        // What is cut off afterwards is denoised with the rest.
        let cover = Stage.resize(Resize(width: 300, height: 3000, fit: .cover))
        #expect(abs(Int(width([denoise(), cover])) - 4000) < 3)
    }

    @Test("it lets a JPEG be shrunk while it is decoded, where it comes after that, and nowhere else")
    func shrinkOnLoad() {
        func decoded(_ stages: [Stage]) -> Bool {
            terms(header(.jpeg, 8000, 6000), stages).contains { $0.name.hasSuffix("lines of 1001 pixels") }
        }
        #expect(decoded([resize(320)]) && decoded([denoise(), resize(320)]))
        #expect(!decoded([denoise { $0.place = .here }, resize(320)]))
    }

    @Test("with threads more, each has something of its own")
    func threads() {
        func more(_ stages: [Stage]) -> UInt64 {
            let estimate = Estimate(header: header(.png, 8000, 6000), pipeline: pipeline(stages))
            return estimate.overlapped - estimate.total
        }
        let own = Double(EstimateFigures.denoiseThread) * 1.06 * Double(Denoise.mostThreads - 1)
        #expect(more([]) == 0)
        #expect(abs(Double(more([denoise()])) - own) < 3)
        #expect(abs(Double(more([denoise(), denoise()])) - 2 * own) < 3)
    }
}
