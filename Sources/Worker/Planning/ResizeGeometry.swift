package import Pipeline

/// The sizes that a resize leads to; pure.
package struct ResizeGeometry: Equatable {
    package enum Finish: Equatable {
        case none
        /// Cut down to this size.
        case crop(PixelSize)
        /// Pad up to this size.
        case pad(PixelSize)
    }
    /// The whole picture, scaled.
    package var scaled: PixelSize
    package var finish: Finish
    /// How much the picture is shrunk on the axis that is shrunk less; under 1 it grows.
    package var shrink: Double
    /// The scale of both axes, where they scale alike, before sizes are rounded.
    package var uniformScale: Double?

    package var output: PixelSize {
        switch finish {
        case .none: scaled
        case .crop(let size), .pad(let size): size
        }
    }

    /// - Parameters:
    ///   - size: of the upright picture.
    ///   - likeShrinkOnLoad: round as `vips_thumbnail` does on a JPEG, which it loads at a half, a quarter or an
    ///     eighth (rounded down) first.
    package init(of size: PixelSize, _ resize: Resize, likeShrinkOnLoad: Bool = false) {
        var factors = Self.factors(of: size, resize)
        var start = size
        shrink = min(factors.horizontal, factors.vertical)
        let divisor = likeShrinkOnLoad ? jpegShrink(leaving: shrink, of: size) : 1
        if divisor > 1 {
            start = size.divided(by: divisor)
            factors = Self.factors(of: start, resize)
        }
        scaled = start.scaled(horizontal: 1 / factors.horizontal, vertical: 1 / factors.vertical)
        uniformScale = factors.horizontal == factors.vertical ? 1 / factors.horizontal / Double(divisor) : nil
        switch (resize.fit, resize.width, resize.height) {
        case (.cover, let width?, let height?):
            let box = PixelSize(width: min(width, scaled.width), height: min(height, scaled.height))
            finish = box == scaled ? .none : .crop(box)
        case (.contain, let width?, let height?):
            let box = PixelSize(width: max(width, scaled.width), height: max(height, scaled.height))
            finish = box == scaled ? .none : .pad(box)
        default: finish = .none
        }
    }

    /// Shrink factors; under 1 they enlarge.
    private static func factors(of size: PixelSize, _ resize: Resize) -> (horizontal: Double, vertical: Double) {
        if let scale = resize.scale { return (1 / scale, 1 / scale) }
        let horizontal = resize.width.map { Double(size.width) / Double($0) }
        let vertical = resize.height.map { Double(size.height) / Double($0) }
        var factors: (horizontal: Double, vertical: Double)
        switch (horizontal, vertical) {
        case (let horizontal?, let vertical?):
            switch resize.fit {
            case .fill: factors = (horizontal, vertical)
            case .inside, .contain: factors = (max(horizontal, vertical), max(horizontal, vertical))
            case .cover, .outside: factors = (min(horizontal, vertical), min(horizontal, vertical))
            }
        case (let one?, nil), (nil, let one?): factors = (one, one)
        case (nil, nil): factors = (1, 1)
        }
        if !resize.enlarge { factors = (max(1, factors.horizontal), max(1, factors.vertical)) }
        if !resize.shrink { factors = (min(1, factors.horizontal), min(1, factors.vertical)) }
        return factors
    }
}

/// How much of a shrink libjpeg may do while decoding: a block average, so `vips_thumbnail` leaves a factor of two
/// or more to Lanczos.
///
/// Never to less than a pixel: libvips 8.14.1 aborts on a JPEG of one line that is loaded at a half.
package func jpegShrink(leaving shrink: Double, of size: PixelSize) -> Int {
    let wanted =
        switch shrink {
        case 16...: 8
        case 8...: 4
        case 4...: 2
        default: 1
        }
    return [8, 4, 2].first { $0 <= wanted && $0 <= min(size.width, size.height) } ?? 1
}

extension PixelSize {
    /// As libvips' JPEG loader rounds: a partial block at the edge goes.
    package func divided(by shrink: Int) -> PixelSize {
        PixelSize(width: max(1, width / shrink), height: max(1, height / shrink))
    }
}

extension Position {
    /// Where a box of size `inner` goes in a box of size `outer` (or is cut from it), in pixels.
    package func origin(of inner: PixelSize, in outer: PixelSize, margin: Int = 0) -> (left: Int, top: Int) {
        let width = outer.width - inner.width
        let height = outer.height - inner.height
        let left =
            switch self {
            case .left, .topLeft, .bottomLeft: margin
            case .right, .topRight, .bottomRight: width - margin
            case .centre, .top, .bottom, .entropy, .attention: width / 2
            }
        let top =
            switch self {
            case .top, .topLeft, .topRight: margin
            case .bottom, .bottomLeft, .bottomRight: height - margin
            case .centre, .left, .right, .entropy, .attention: height / 2
            }
        // A box as wide as the other leaves no room for a margin.
        return (min(max(0, left), max(0, width)), min(max(0, top), max(0, height)))
    }

    /// Whether the pixels decide.
    package var looksAtPixels: Bool { self == .entropy || self == .attention }
}
