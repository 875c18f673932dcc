import Glibc

/// Where the parts of a picture that a model has seen lie in what stages have made of it since; pure. Both pictures are
/// measured in parts of their width and height.
package struct PartMap: Equatable {
    /// The new x and y: so much of the old x, of the old y, and a constant.
    private var x = (ofX: 1.0, ofY: 0.0, start: 0.0)
    private var y = (ofX: 0.0, ofY: 1.0, start: 0.0)

    package init() {}

    package static func == (one: PartMap, other: PartMap) -> Bool { one.x == other.x && one.y == other.y }

    /// The smallest upright box around a part; it may go beyond the picture.
    package func frame(of part: ModelView.Frame) -> ModelView.Frame {
        let corners = [(0.0, 0.0), (1, 0), (0, 1), (1, 1)].map { across, down in
            point(part.left + across * part.width, part.top + down * part.height)
        }
        let (across, down) = (corners.map(\.x), corners.map(\.y))
        let (left, top) = (across.min() ?? 0, down.min() ?? 0)
        return ModelView.Frame(
            left: left, top: top, width: (across.max() ?? 0) - left, height: (down.max() ?? 0) - top)
    }

    private func point(_ left: Double, _ top: Double) -> (x: Double, y: Double) {
        (x.ofX * left + x.ofY * top + x.start, y.ofX * left + y.ofY * top + y.start)
    }

    /// What is left of a picture of this size is `area`, which is larger than the picture where it was padded.
    package mutating func cut(_ area: PixelRectangle, of size: PixelSize) {
        let (across, down) = (Double(size.width) / Double(area.width), Double(size.height) / Double(area.height))
        x = (x.ofX * across, x.ofY * across, x.start * across - Double(area.left) / Double(area.width))
        y = (y.ofX * down, y.ofY * down, y.start * down - Double(area.top) / Double(area.height))
    }

    /// The turn that an EXIF orientation asks for; 2 and 4 mirror.
    package mutating func turn(by orientation: Int) {
        if orientation >= 5 { (x, y) = (y, x) }
        if [2, 3, 6, 7].contains(orientation) { x = (-x.ofX, -x.ofY, 1 - x.start) }
        if [3, 4, 7, 8].contains(orientation) { y = (-y.ofX, -y.ofY, 1 - y.start) }
    }

    /// Clockwise about the middle, of a picture of this size, into the middle of one of that size.
    package mutating func rotate(degrees: Double, from size: PixelSize, to other: PixelSize) {
        let (cosine, sine) = (cos(degrees * .pi / 180), sin(degrees * .pi / 180))
        let (width, height) = (Double(size.width), Double(size.height))
        func mixed(_ ofX: Double, _ ofY: Double, of side: Int) -> (ofX: Double, ofY: Double, start: Double) {
            let (across, down) = (ofX * width / Double(side), ofY * height / Double(side))
            return (
                across * x.ofX + down * y.ofX, across * x.ofY + down * y.ofY,
                across * (x.start - 0.5) + down * (y.start - 0.5) + 0.5
            )
        }
        (x, y) = (mixed(cosine, -sine, of: other.width), mixed(sine, cosine, of: other.height))
    }
}
