import ImageHeader
import Pipeline

// What pixels hold once stages have made colours of grey, or transparency of none.
extension EstimateBuilder {
    /// Numbers of a pixel after these stages, at the most.
    func bands(after stages: some Sequence<Stage>) -> Int {
        var (bands, hasAlpha) = (header.bands, header.hasAlpha)
        for stage in stages {
            if stage.mayAddColours, bands < 3 { bands += 2 }
            if stage.mayAddAlpha, !hasAlpha {
                // Four without alpha are CMYK, which becomes RGB.
                bands = min(4, bands + 1)
                hasAlpha = true
            }
        }
        return max(bands, header.bands)
    }

    func hasAlpha(after stages: some Sequence<Stage>) -> Bool {
        header.hasAlpha || stages.contains(where: \.mayAddAlpha)
    }

    /// Bytes of such a pixel.
    func pixelBytes(after stages: some Sequence<Stage>) -> UInt64 {
        product(count(bands(after: stages)), count(header.bytesPerBand))
    }
}

extension Stage {
    /// Whether a grey picture may come out in colours.
    fileprivate var mayAddColours: Bool {
        switch self {
        case .sepia, .lut, .watermark: true
        case .resize, .rotate, .flatten, .pad, .border:
            background.map { $0.red != $0.green || $0.green != $0.blue } ?? false
        case .conditional(let conditional): !conditional.isSkipped && conditional.stage.mayAddColours
        case .autorotate, .crop, .trim, .flip, .grayscale, .sharpen, .blur, .denoise, .classify, .colour, .adjust,
            .levels, .rounded:
            false
        }
    }

    /// Whether a picture without alpha may come out with it.
    fileprivate var mayAddAlpha: Bool {
        switch self {
        case .rounded: true
        case .resize, .rotate, .pad, .border: background.map { $0.alpha < 255 } ?? false
        case .conditional(let conditional): !conditional.isSkipped && conditional.stage.mayAddAlpha
        default: false
        }
    }

    /// Where it fills something.
    private var background: RGBA? {
        switch self {
        case .resize(let resize): resize.background
        case .rotate(let rotate): rotate.background
        case .flatten(let flatten): flatten.background
        case .pad(let pad): pad.background
        case .border(let border): border.colour
        default: nil
        }
    }
}
