import Glibc
import ImageHeader
import Pipeline
import Testing

@testable import Admission

/// What a stage makes of a size, computed directly and rounded as libvips rounds: to the nearest.
private func direct(_ size: (width: Double, height: Double), _ stage: Stage) -> (width: Double, height: Double) {
    switch stage {
    case .resize(let resize):
        let box = (width: resize.width.map(Double.init), height: resize.height.map(Double.init))
        var factors = [box.width.map { $0 / size.width }, box.height.map { $0 / size.height }].compactMap { $0 }
        switch resize.fit {
        case .inside, .contain: factors = factors.min().map { [$0, $0] } ?? [1, 1]
        case .outside, .cover: factors = factors.max().map { [$0, $0] } ?? [1, 1]
        case .fill: if factors.count == 1 { factors.append(factors[0]) }
        }
        factors = factors.map { factor in
            let one = resize.enlarge ? factor : min(1, factor)
            return resize.shrink ? one : max(1, one)
        }
        let scaled = (
            width: max(1, (size.width * factors[0]).rounded()), height: max(1, (size.height * factors[1]).rounded())
        )
        guard let width = box.width, let height = box.height else { return scaled }
        switch resize.fit {
        case .cover: return (min(width, scaled.width), min(height, scaled.height))
        case .contain: return (max(width, scaled.width), max(height, scaled.height))
        default: return scaled
        }
    case .crop(let crop):
        return (
            min(Double(crop.width), size.width - min(Double(crop.left ?? 0), size.width - 1)),
            min(Double(crop.height), size.height - min(Double(crop.top ?? 0), size.height - 1))
        )
    case .rotate(let rotate):
        let (cosine, sine) = (abs(cos(rotate.angle * .pi / 180)), abs(sin(rotate.angle * .pi / 180)))
        return (
            max(1, (size.width * cosine + size.height * sine).rounded()),
            max(1, (size.width * sine + size.height * cosine).rounded())
        )
    case .pad(let pad):
        let canvas = pad.canvas(width: Int(size.width), height: Int(size.height))
        return (Double(canvas.width), Double(canvas.height))
    case .border(let border):
        let width = Double(2 * border.width.pixels(width: Int(size.width), height: Int(size.height)))
        return (size.width + width, size.height + width)
    default: return size
    }
}

extension Stage {
    fileprivate static func randomFrame(using random: inout SeededGenerator) -> Stage {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: .pad(Pad(ratio: [0.5, 0.8, 1, 1.91, 16.0 / 9][Int.random(in: 0..<5, using: &random)]))
        case 1: .pad(Pad(width: Int.random(in: 1...3000, using: &random), height: 500))
        case 2: .border(Border(width: .pixels(Int.random(in: 1...100, using: &random))))
        default: .border(Border(width: .percent([0.3, 5, 40][Int.random(in: 0..<3, using: &random)])))
        }
    }
}

extension Resize {
    fileprivate static func random(_ fit: Fit, enlarges: Bool, using random: inout SeededGenerator) -> Resize {
        var resize = Resize(
            width: Int.random(in: 1...3000, using: &random), height: Int.random(in: 1...3000, using: &random), fit: fit)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: resize.width = nil
        case 1: resize.height = nil
        default: break
        }
        resize.enlarge = enlarges
        // As geometry strings with '<' have it.
        resize.shrink = !enlarges || Int.random(in: 0..<4, using: &random) > 0
        return resize
    }
}

@Suite("The bound of the output's size")
struct OutputBoundTests {
    @Test("it is never under what a direct computation gives", arguments: Resize.Fit.allCases, [false, true])
    func singleResize(fit: Resize.Fit, enlarges: Bool) {
        var random = SeededGenerator(seed: 4711)
        for _ in 0..<3000 {
            let (width, height) = (
                Int.random(in: 1...6000, using: &random), Int.random(in: 1...6000, using: &random)
            )
            let stage = Stage.resize(.random(fit, enlarges: enlarges, using: &random))
            let bound = outputBound(header(width, height), stages: [stage]).pixels
            for size in [(Double(width), Double(height)), (Double(height), Double(width))] {
                let result = direct(size, stage)
                #expect(
                    Double(bound) >= result.width * result.height, "\(width)x\(height) \(stage): \(bound) < \(result)")
            }
        }
    }

    @Test("nor for stages one after another, wherever the picture is turned", arguments: UInt64(1)...4)
    func sequences(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let (width, height) = (
                Int.random(in: 1...4000, using: &random), Int.random(in: 1...4000, using: &random)
            )
            let stages = (0..<Int.random(in: 1...5, using: &random)).map { _ -> Stage in
                switch Int.random(in: 0..<6, using: &random) {
                case 5: return .randomFrame(using: &random)
                case 0:
                    var crop = Crop(
                        width: Int.random(in: 1...2000, using: &random),
                        height: Int.random(in: 1...2000, using: &random))
                    if Bool.random(using: &random) { (crop.left, crop.top) = (10, 2000) }
                    return .crop(crop)
                case 1:
                    return .rotate(
                        Rotate(angle: [90, 180, -90, 270, 1, 33.3, 45][Int.random(in: 0..<7, using: &random)]))
                default:
                    let fit = Resize.Fit.allCases.randomElement(using: &random) ?? .inside
                    return .resize(.random(fit, enlarges: Bool.random(using: &random), using: &random))
                }
            }
            let bound = Double(outputBound(header(width, height), stages: stages).pixels)
            for turn in 0...stages.count {
                var size = (width: Double(width), height: Double(height))
                for (index, stage) in stages.enumerated() {
                    if index == turn { size = (size.height, size.width) }
                    size = direct(size, stage)
                }
                let pixels = size.width * size.height
                #expect(bound >= pixels, "\(width)x\(height) \(stages): \(bound) < \(size)")
            }
        }
    }

    @Test("a box is the bound of what fits into it, and a small picture that is not enlarged stays small")
    func tight() {
        let box = outputBound(header(6000, 4000), stages: [.resize(Resize(width: 300, height: 300, fit: .cover))])
        #expect(box.pixels == 90_000)
        let small = outputBound(header(100, 50), stages: [.resize(Resize(width: 3000, height: 3000))])
        #expect(small.pixels <= 102 * 52)
        let inside = outputBound(header(6000, 4000), stages: [.resize(Resize(width: 600, height: 600))])
        #expect(inside.pixels < 610 * 410)
        let square = outputBound(header(600, 400), stages: [.pad(Pad(ratio: 1))])
        #expect(square.pixels <= 602 * 602)
        let framed = outputBound(header(600, 400), stages: [.border(Border(width: .percent(10)))])
        #expect(framed.pixels <= 682 * 482)
    }

    @Test(
        "after a trim, any shape is possible: no side is taken to be shorter than it was",
        arguments: Resize.Fit.allCases)
    func trimmed(fit: Resize.Fit) {
        var random = SeededGenerator(seed: 99)
        for _ in 0..<1000 {
            let (width, height) = (
                Int.random(in: 1...4000, using: &random), Int.random(in: 1...4000, using: &random)
            )
            let resize = Stage.resize(.random(fit, enlarges: false, using: &random))
            let bound = Double(outputBound(header(width, height), stages: [.trim(Trim()), resize]).pixels)
            let cut = (
                width: Double(Int.random(in: 1...width, using: &random)),
                height: Double(Int.random(in: 1...height, using: &random))
            )
            for size in [cut, (width: cut.height, height: cut.width)] {
                let result = direct(size, resize)
                #expect(bound >= result.width * result.height, "\(width)x\(height) cut to \(size), \(resize)")
            }
        }
    }
}
