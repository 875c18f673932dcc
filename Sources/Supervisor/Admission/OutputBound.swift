import Glibc
import ImageHeader
import Pipeline

/// A picture's size in pixels.
struct Extent: Equatable {
    var width: UInt64
    var height: UInt64

    var pixels: UInt64 { product(width, height) }
}

/// The largest size that a picture can have after these stages.
///
/// An orientation may turn the picture before any of the stages, so the sizes of all those cases are followed, each as a
/// range, and the largest in the end counts: a size between the two, or one rounded up, would be no bound once a later
/// stage keeps the aspect ratio.
///
/// - Parameter mayTurn: false where it is known that no orientation turns the picture on its side.
func outputBound(_ header: PictureHeader, stages: [Stage], mayTurn: Bool = true) -> Extent {
    var asStored = Candidate(width: Double(count(header.width)), height: Double(count(header.height)))
    var turned = mayTurn ? [asStored.turned] : []
    for stage in stages {
        asStored.pass(stage)
        for index in turned.indices { turned[index].pass(stage) }
        if mayTurn { turned.append(asStored.turned) }
    }
    return turned.map(\.largest).reduce(asStored.largest) { $1.pixels > $0.pixels ? $1 : $0 }
}

/// Sizes that the picture may have: in pixels, from the smallest to the largest.
private struct Candidate {
    var width: ClosedRange<Double>
    var height: ClosedRange<Double>
    /// Cut by an amount that only the pixels tell.
    var isTrimmed = false

    init(width: Double, height: Double) {
        self.width = width...width
        self.height = height...height
    }

    var turned: Candidate {
        var turned = self
        (turned.width, turned.height) = (height, width)
        return turned
    }

    var largest: Extent { Extent(width: wholePixels(width.upperBound), height: wholePixels(height.upperBound)) }

    mutating func pass(_ stage: Stage) {
        switch stage {
        case .resize(let resize): pass(resize)
        case .crop(let crop):
            width = cut(width, to: crop.width, from: crop.left ?? 0)
            height = cut(height, to: crop.height, from: crop.top ?? 0)
        case .rotate(let rotate): pass(rotate)
        case .pad(let pad): pass(pad)
        case .border(let border):
            let least = border.length(width.lowerBound, height.lowerBound)
            let most = border.length(width.upperBound, height.upperBound)
            width = rounded(width.lowerBound + 2 * least, width.upperBound + 2 * most)
            height = rounded(height.lowerBound + 2 * least, height.upperBound + 2 * most)
        case .trim:
            isTrimmed = true
            width = 1...width.upperBound
            height = 1...height.upperBound
        default: break
        }
    }

    private mutating func pass(_ rotate: Rotate) {
        if rotate.angle.remainder(dividingBy: 180) == 0 { return }
        if rotate.angle.remainder(dividingBy: 90) == 0 { return self = turned }
        let (cosine, sine) = (abs(cos(rotate.angle * .pi / 180)), abs(sin(rotate.angle * .pi / 180)))
        func side(_ along: ClosedRange<Double>, _ across: ClosedRange<Double>) -> ClosedRange<Double> {
            rounded(
                along.lowerBound * cosine + across.lowerBound * sine,
                along.upperBound * cosine + across.upperBound * sine)
        }
        (width, height) = (side(width, height), side(height, width))
    }

    private mutating func pass(_ pad: Pad) {
        func side(_ side: ClosedRange<Double>, _ least: Double?, _ other: ClosedRange<Double>, _ ratio: Double?)
            -> ClosedRange<Double>
        {
            if let ratio {
                return rounded(
                    max(side.lowerBound, other.lowerBound * ratio), max(side.upperBound, other.upperBound * ratio))
            }
            return max(side.lowerBound, least ?? 1)...max(side.upperBound, least ?? 1)
        }
        let (width, height) = (width, height)
        self.width = side(width, pad.width.map { Double(count($0)) }, height, pad.ratio)
        self.height = side(height, pad.height.map { Double(count($0)) }, width, pad.ratio.map { 1 / $0 })
    }

    private mutating func pass(_ resize: Resize) {
        if let scale = resize.scale {
            width = rounded(width.lowerBound * scale, width.upperBound * scale)
            height = rounded(height.lowerBound * scale, height.upperBound * scale)
            return
        }
        let wanted = (width: resize.width.map { Double(count($0)) }, height: resize.height.map { Double(count($0)) })
        var factors = [
            wanted.width.map { ratios(of: $0, to: width, resize) },
            wanted.height.map { ratios(of: $0, to: height, resize) },
        ].compactMap { $0 }
        guard let first = factors.first, let last = factors.last else { return }
        switch resize.fit {
        case .fill: factors = [first, last]
        case .inside, .contain:
            let both = min(first.lowerBound, last.lowerBound)...min(first.upperBound, last.upperBound)
            factors = [both, both]
        case .outside, .cover:
            let both = max(first.lowerBound, last.lowerBound)...max(first.upperBound, last.upperBound)
            factors = [both, both]
        }
        let hasBox = wanted.width != nil && wanted.height != nil
        func side(_ side: ClosedRange<Double>, _ factor: ClosedRange<Double>, _ wanted: Double?) -> ClosedRange<Double>
        {
            let scaled = rounded(side.lowerBound * factor.lowerBound, side.upperBound * factor.upperBound)
            guard let wanted, !(hasBox && resize.fit == .outside) else { return scaled }
            // Never over what was asked for, but where it may not shrink.
            let cap = resize.shrink || resize.fit == .cover && hasBox ? wanted : max(wanted, side.upperBound + 1)
            let capped = min(scaled.lowerBound, cap)...min(scaled.upperBound, cap)
            guard hasBox && resize.fit == .contain else { return capped }
            return max(capped.lowerBound, wanted)...max(capped.upperBound, wanted)
        }
        (width, height) = (side(width, factors[0], wanted.width), side(height, factors[1], wanted.height))
    }

    /// How a side may be scaled to reach a length.
    private func ratios(of wanted: Double, to side: ClosedRange<Double>, _ resize: Resize) -> ClosedRange<Double> {
        func allowed(_ factor: Double) -> Double {
            let notLarger = resize.enlarge ? factor : min(factor, 1)
            return resize.shrink ? notLarger : max(notLarger, 1)
        }
        let least = allowed(wanted / side.upperBound)
        // A bound for a picture trimmed to one column and then enlarged would refuse everything: it is taken to have
        // kept its side.
        let most = isTrimmed && resize.enlarge ? max(least, 1) : allowed(wanted / side.lowerBound)
        return least...max(least, most)
    }
}

extension Border {
    /// Of a picture of such sides, which may be any.
    fileprivate func length(_ width: Double, _ height: Double) -> Double {
        switch self.width {
        case .pixels(let pixels): Double(pixels)
        case .percent(let percent): max(1, min(width, height) * percent / 100)
        }
    }
}

private func cut(_ side: ClosedRange<Double>, to length: Int, from start: Int) -> ClosedRange<Double> {
    func left(_ side: Double) -> Double { min(Double(count(length)), max(1, side - Double(max(start, 0)))) }
    return left(side.lowerBound)...left(side.upperBound)
}

/// Sizes are whole numbers, rounded one way or the other, and shrinking on load rounds once more.
private func rounded(_ least: Double, _ most: Double) -> ClosedRange<Double> {
    max(1, least.rounded(.down) - 1)...max(1, most.rounded(.up) + 1)
}

func wholePixels(_ value: Double) -> UInt64 { value < 1.8e19 ? UInt64(value.rounded(.up)) : .max }
