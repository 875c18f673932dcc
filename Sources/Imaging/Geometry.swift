/// Width and height in pixels.
package struct PixelSize: Sendable, Equatable, Hashable {
    package var width: Int
    package var height: Int

    package init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    var pixels: Int { width * height }
    /// Width and height change places.
    var swapped: PixelSize { PixelSize(width: height, height: width) }
    var words: String { "\(width)x\(height)" }

    func swapped(if condition: Bool) -> PixelSize { condition ? swapped : self }

    /// At least one pixel on each side.
    func scaled(horizontal: Double, vertical: Double) -> PixelSize {
        PixelSize(
            width: max(1, Int((Double(width) * horizontal).rounded())),
            height: max(1, Int((Double(height) * vertical).rounded())))
    }
}

/// In pixels from the top left corner.
struct PixelRectangle: Equatable {
    var left: Int
    var top: Int
    var width: Int
    var height: Int

    var size: PixelSize { PixelSize(width: width, height: height) }
}
