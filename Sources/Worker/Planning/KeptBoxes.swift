/// Where a picture is cut so that what was found in it stays in view; pure.
package struct KeptBoxes: Equatable {
    /// Of the cut, in pixels of the picture.
    package var left: Int
    package var top: Int
    /// How many boxes are whole in it.
    package var whole: Int

    /// A box, in parts of the picture's width and height, and what it counts for: its area times its score, for instance.
    package typealias Box = (frame: ModelView.Frame, weight: Double)

    /// The cut has the boxes in its middle, as far as the picture goes. Where it is too small for all of them, it has the
    /// heaviest one, and of the others, the heaviest first, each that still fits in with those before.
    ///
    /// - Parameters:
    ///   - cut: within `size`, the picture's.
    /// - Returns: nil where no box is in the picture.
    package init?(cutting cut: PixelSize, from size: PixelSize, _ boxes: [Box]) {
        var areas: [(area: Area, weight: Double)] = []
        for box in boxes {
            if let area = Area(box.frame, in: size) { areas.append((area, box.weight)) }
        }
        // Of equal ones the first.
        let order = areas.indices.sorted { (areas[$1].weight, $0) < (areas[$0].weight, $1) }
        guard let first = order.first else { return nil }
        var kept = areas[first].area
        // An axis on which one box alone is too long is not asked about the others.
        let across = max(Double(cut.width), kept.right - kept.left)
        let down = max(Double(cut.height), kept.bottom - kept.top)
        for index in order.dropFirst() {
            let both = kept.joined(with: areas[index].area)
            if both.right - both.left <= across, both.bottom - both.top <= down { kept = both }
        }
        left = Self.start(of: cut.width, around: (kept.left + kept.right) / 2, in: size.width)
        top = Self.start(of: cut.height, around: (kept.top + kept.bottom) / 2, in: size.height)
        let (left, top) = (Double(left), Double(top))
        whole =
            areas.filter { area, _ in
                // A pixel is lost to rounding.
                area.left >= left - 1 && area.right <= left + Double(cut.width) + 1
                    && area.top >= top - 1 && area.bottom <= top + Double(cut.height) + 1
            }.count
    }

    private static func start(of length: Int, around middle: Double, in whole: Int) -> Int {
        min(max(0, Int((middle - Double(length) / 2).rounded())), max(0, whole - length))
    }

    /// In pixels.
    private struct Area {
        var left, top, right, bottom: Double

        /// What of a box is in the picture; nil where nothing is.
        init?(_ frame: ModelView.Frame, in size: PixelSize) {
            let (width, height) = (Double(size.width), Double(size.height))
            left = max(0, frame.left * width)
            top = max(0, frame.top * height)
            right = min(width, (frame.left + frame.width) * width)
            bottom = min(height, (frame.top + frame.height) * height)
            guard left < right, top < bottom else { return nil }
        }

        func joined(with other: Area) -> Area {
            var both = self
            (both.left, both.top) = (min(left, other.left), min(top, other.top))
            (both.right, both.bottom) = (max(right, other.right), max(bottom, other.bottom))
            return both
        }
    }
}
