package import CResample
package import Models

/// What part of a picture a model sees, and how large. Pure.
///
/// The picture is seen as it is stored; the small version is turned upright, which is less work.
package struct ModelView: Equatable {
    /// Of the picture as stored, in its pixels.
    package var left: Double
    package var top: Double
    package var width: Double
    package var height: Double
    /// Of the small version, upright.
    package var size: PixelSize
    /// What the network gets, upright: larger where a grey is put beside the picture.
    package var canvas: PixelSize
    /// That grey.
    package var border: UInt8
    /// 1…8.
    package var orientation: Int
    /// What the canvas covers of the upright picture, in parts of its width and height; may go beyond it.
    package var frame: Frame

    package struct Frame: Equatable {
        package var left: Double
        package var top: Double
        package var width: Double
        package var height: Double

        package init(left: Double, top: Double, width: Double, height: Double) {
            self.left = left
            self.top = top
            self.width = width
            self.height = height
        }
    }

    /// - Parameters:
    ///   - image: the picture's pixels as stored, which stand for `nominal`.
    ///   - scale: from what it stands for to `image`, before sizes were rounded; nil where the axes differ.
    ///   - orientation: that makes it upright, 1…8.
    package init(
        of image: PixelSize, nominal: PixelSize, scale: Double? = nil, orientation: Int, for model: ModelDescription
    ) {
        self.orientation = orientation
        border = UInt8(clamping: model.input.pad ?? 0)
        let isSwapped = orientation >= 5
        let whole = (width: Double(nominal.width), height: Double(nominal.height))
        // The part, in pixels of what the picture stands for, so that it does not depend on the plan.
        var part = (left: 0.0, top: 0.0, width: whole.width, height: whole.height)
        let stored: PixelSize
        if let (width, height) = model.inputSize, model.features == .network {
            canvas = PixelSize(width: width, height: height)
            let target = canvas.swapped(if: isSwapped)
            let (across, down) = (whole.width / Double(target.width), whole.height / Double(target.height))
            switch model.input.fit {
            case .squash: stored = target
            case .pad:
                let shrink = max(across, down)
                stored = nominal.scaled(horizontal: 1 / shrink, vertical: 1 / shrink).within(target)
            case .crop:
                stored = target
                let shrink = min(across, down) * model.input.crop
                part.width = max(1, (Double(target.width) * shrink).rounded())
                part.height = max(1, (Double(target.height) * shrink).rounded())
                // Of an odd pixel, the upright picture's right and lower sides get more, whichever way it is stored.
                let isMirrored = (left: [2, 3, 7, 8].contains(orientation), top: [3, 4, 6, 7].contains(orientation))
                part.left = ((whole.width - part.width) / 2).rounded(isMirrored.left ? .up : .down)
                part.top = ((whole.height - part.height) / 2).rounded(isMirrored.top ? .up : .down)
            }
        } else {
            let side = Double(ModelDescription.descriptorSide)
            let scale = min(1, side / max(whole.width, whole.height))
            stored = nominal.scaled(horizontal: scale, vertical: scale)
            canvas = stored.swapped(if: isSwapped)
        }
        size = stored.swapped(if: isSwapped)
        var (horizontal, vertical) = (Double(image.width) / whole.width, Double(image.height) / whole.height)
        // Shrinking rounds to whole pixels: the last ones may be partly missing, or beyond the picture.
        let isRounded = { (side: Int, exact: Double) in side >= 8 && abs(Double(side) - exact) < 1 }
        if let scale, isRounded(image.width, whole.width * scale), isRounded(image.height, whole.height * scale) {
            (horizontal, vertical) = (scale, scale)
        }
        left = part.left * horizontal
        top = part.top * vertical
        width = min(part.width * horizontal, Double(image.width) - left)
        height = min(part.height * vertical, Double(image.height) - top)
        frame = Frame(
            left: part.left / whole.width, top: part.top / whole.height, width: part.width / whole.width,
            height: part.height / whole.height
        ).turned(by: orientation)
        if model.input.fit == .pad, canvas != size {
            let (across, down) = (
                Double(canvas.width) / Double(size.width), Double(canvas.height) / Double(size.height)
            )
            let origin = self.origin
            frame.left -= frame.width * Double(origin.left) / Double(size.width)
            frame.top -= frame.height * Double(origin.top) / Double(size.height)
            frame.width *= across
            frame.height *= down
        }
    }

    /// Where the picture lies on the canvas.
    package var origin: (left: Int, top: Int) { ((canvas.width - size.width) / 2, (canvas.height - size.height) / 2) }

    /// As it is gathered: as stored.
    package var part: sluice_part {
        let gathered = size.swapped(if: orientation >= 5)
        return sluice_part(
            left: left, top: top, width: width, height: height, columns: Int32(gathered.width),
            rows: Int32(gathered.height))
    }
}

extension ModelView.Frame {
    /// As it lies after the turn that an EXIF orientation asks for.
    package func turned(by orientation: Int) -> Self {
        let (right, bottom) = (1 - left - width, 1 - top - height)
        return switch orientation {
        case 2: Self(left: right, top: top, width: width, height: height)
        case 3: Self(left: right, top: bottom, width: width, height: height)
        case 4: Self(left: left, top: bottom, width: width, height: height)
        case 5: Self(left: top, top: left, width: height, height: width)
        case 6: Self(left: bottom, top: left, width: height, height: width)
        case 7: Self(left: bottom, top: right, width: height, height: width)
        case 8: Self(left: top, top: right, width: height, height: width)
        default: self
        }
    }
}

extension PixelSize {
    fileprivate func within(_ other: PixelSize) -> PixelSize {
        PixelSize(width: min(width, other.width), height: min(height, other.height))
    }
}
