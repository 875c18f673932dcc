/// Width and height in pixels.
package struct PixelSize: Sendable, Equatable, Hashable {
    package var width: Int
    package var height: Int

    package init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    package var pixels: Int { width * height }
    /// Width and height change places.
    package var swapped: PixelSize { PixelSize(width: height, height: width) }
    package var words: String { "\(width)x\(height)" }

    package func swapped(if condition: Bool) -> PixelSize { condition ? swapped : self }

    /// At least one pixel on each side.
    package func scaled(horizontal: Double, vertical: Double) -> PixelSize {
        PixelSize(
            width: max(1, Int((Double(width) * horizontal).rounded())),
            height: max(1, Int((Double(height) * vertical).rounded())))
    }
}

/// In pixels from the top left corner.
package struct PixelRectangle: Equatable {
    package var left: Int
    package var top: Int
    package var width: Int
    package var height: Int

    package init(left: Int, top: Int, width: Int, height: Int) {
        self.left = left
        self.top = top
        self.width = width
        self.height = height
    }

    package var size: PixelSize { PixelSize(width: width, height: height) }
}
