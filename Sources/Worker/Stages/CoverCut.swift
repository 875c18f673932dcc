package import Jobs
package import Pictures
package import Pipeline
package import Planning
import Vips

/// What is cut out of a picture before it grows to cover a box, so that nothing is enlarged that is thrown away; pure.
///
/// A line of 600 pixels that covers a square of 1080 would be 648,000 pixels high first.
package struct CoverCut: Equatable {
    /// The part that is scaled, in pixels of the upright picture.
    package var source: PixelRectangle
    /// That part, scaled.
    package var scaled: PixelSize
    /// Where the box lies in it.
    package var box: PixelRectangle

    /// Pixels that the filter looks at on each side of what it makes.
    private static let support = 4

    /// - Parameters:
    ///   - size: of the upright picture, and `whole` what the whole of it would be scaled to.
    ///   - origin: of the box, in pixels of `whole`.
    package init(of size: PixelSize, whole: PixelSize, box: PixelSize, at origin: (left: Int, top: Int)) {
        let across = Self.span(of: size.width, whole: whole.width, box: box.width, at: origin.left)
        let down = Self.span(of: size.height, whole: whole.height, box: box.height, at: origin.top)
        source = PixelRectangle(left: across.start, top: down.start, width: across.length, height: down.length)
        scaled = PixelSize(width: across.scaled, height: down.scaled)
        self.box = PixelRectangle(left: across.origin, top: down.origin, width: box.width, height: box.height)
    }

    private typealias Span = (start: Int, length: Int, scaled: Int, origin: Int)

    /// One axis. The part begins where a pixel of the source is nearest to a whole number of pixels of the result, so
    /// that the result is where it would have been, but for a few hundredths of a pixel.
    private static func span(of length: Int, whole: Int, box: Int, at origin: Int) -> Span {
        guard box < whole else { return (0, length, whole, 0) }
        let scale = Double(whole) / Double(length)
        let last = max(0, min(length - 1, Int((Double(origin) / scale).rounded(.down)) - support))
        func distance(_ start: Int) -> Double {
            let place = Double(start) * scale
            return abs(place - place.rounded())
        }
        let first = max(0, last - 15)
        let start = (first...last).reversed().min { distance($0) < distance($1) } ?? first
        let within = max(0, origin - Int((Double(start) * scale).rounded()))
        let end = min(length, max(start + 1, Int((Double(origin + box) / scale).rounded(.up)) + support))
        let scaled = max(within + box, Int((Double(end - start) * scale).rounded()))
        return (start, end - start, scaled, within)
    }
}

extension Picture {
    /// Makes the picture cover a box that it has to grow for; what overhangs is cut off before.
    package mutating func grow(
        covering box: PixelSize, asPartOf whole: PixelSize, at position: CutPosition, inLight: Bool = false,
        _ context: JobContext
    ) throws(JobError) {
        // The picture is smaller than what it becomes: to turn it and to look at it now is the least work.
        try applyTurn(context)
        let origin = try origin(of: box, in: whole, at: position, stage: "resize", context)
        let size = image.size
        let cut = CoverCut(of: size, whole: whole, box: box, at: origin)
        if cut.source.size != size { image = try image.extracted(cut.source) }
        let how = Resampling(
            size: cut.scaled, horizontal: Double(whole.width) / Double(size.width),
            vertical: Double(whole.height) / Double(size.height))
        let grown = inLight ? try image.resampledInLight(how) : try image.resampled(how)
        replace(with: try grown.extracted(cut.box))
        let area = PixelRectangle(left: origin.left, top: origin.top, width: box.width, height: box.height)
        moveBoxes { $0.cut(area, of: whole) }
    }

    /// Where a box is cut from the picture once it is scaled to `whole`. Where boxes are to be kept in view and there are
    /// any, they decide. Where the pixels decide, those of a small version, in memory, are looked at.
    package mutating func origin(
        of box: PixelSize, in whole: PixelSize, at cut: CutPosition, stage: String, _ context: JobContext
    ) throws(JobError) -> (left: Int, top: Int) {
        if let name = cut.boxes, box != whole {
            if let kept = keptBoxes(of: name, cutting: box, from: whole, stage: stage, context) {
                return (kept.left, kept.top)
            }
            context.report(cut.position.rawValue, as: "position", at: context.place)
        }
        return try origin(of: box, in: whole, at: cut.position, context)
    }

    /// Nil where nothing was found, or nobody has looked. Tells the sidecar.
    private func keptBoxes(
        of name: String, cutting box: PixelSize, from whole: PixelSize, stage: String, _ context: JobContext
    ) -> KeptBoxes? {
        guard let found = boxes(of: name, context) else { return nil }
        let kept = KeptBoxes(
            cutting: box, from: whole, found.map { ($0.frame, $0.frame.width * $0.frame.height * $0.score) })
        context.report("\(kept?.whole ?? 0) of \(found.count)", as: "boxes", at: context.place)
        guard let kept else { return nil }
        context.report(name, as: "position", at: context.place)
        if kept.whole < found.count {
            context.warn(
                "boxes-cut: \(stage) to \(box.words) keeps \(kept.whole) of \(found.count) boxes of '\(name)' whole; "
                    + "the largest come first")
        }
        return kept
    }

    private mutating func origin(
        of box: PixelSize, in whole: PixelSize, at position: Position, _ context: JobContext
    ) throws(JobError) -> (left: Int, top: Int) {
        let origin = position.origin(of: box, in: whole)
        guard position.looksAtPixels, box != whole else { return origin }
        // Looked at once and cut then: that reads the pixels twice.
        try makeRandomAccess()
        let image = image
        let found = try context.decide { () throws(JobError) in
            try image.viewable().lookedAt(for: box, in: whole, byAttention: position == .attention)
        }
        return found.map { ($0.left, $0.top) } ?? origin
    }
}

/// Pixels that are looked at, at most, for what draws the eye.
private let mostLookedAt = 500_000.0

extension Image {
    fileprivate func lookedAt(for box: PixelSize, in whole: PixelSize, byAttention: Bool) throws(JobError)
        -> PixelRectangle?
    {
        var small = self
        let shrink = (Double(size.pixels) / mostLookedAt).squareRoot()
        if shrink > 1 {
            let size = size.scaled(horizontal: 1 / shrink, vertical: 1 / shrink)
            let how = Resampling(
                size: size, horizontal: Double(size.width) / Double(width),
                vertical: Double(size.height) / Double(height))
            small = try resampled(how).copiedToMemory()
        }
        let horizontal = Double(small.width) / Double(whole.width)
        let vertical = Double(small.height) / Double(whole.height)
        let part = box.scaled(horizontal: horizontal, vertical: vertical)
        guard part != small.size else { return nil }
        let found = try small.smartlyCropped(to: part, byAttention: byAttention).cropOrigin
        func place(_ origin: Int, _ scale: Double, _ room: Int) -> Int {
            min(max(0, Int((Double(origin) / scale).rounded())), room)
        }
        return PixelRectangle(
            left: place(found.left, horizontal, whole.width - box.width),
            top: place(found.top, vertical, whole.height - box.height), width: box.width, height: box.height)
    }
}
