extension ModelDescription {
    /// Pixels of the longest side of what the built-in descriptor looks at.
    package static let descriptorSide = 256

    /// Pixels of the picture, along each axis, that one pixel of what the model sees is the mean of, at least, where the
    /// picture has them: a decoder that shrinks leaves so many, as its own means are not quite the same.
    package static let meanOf = 2.0

    /// By how much a picture of this size may be shrunk before the model's small version is made of it; 1 and more.
    package func mostShrink(width: Double, height: Double) -> Double {
        let pixels: Double
        if features == .descriptor {
            pixels = max(width, height) / Double(Self.descriptorSide)
        } else {
            guard let (across, down) = inputSize, across > 0, down > 0 else { return 1 }
            let (horizontal, vertical) = (width / Double(across), height / Double(down))
            switch input.fit {
            case .crop: pixels = min(horizontal, vertical) * input.crop
            case .squash: pixels = min(horizontal, vertical)
            case .pad: pixels = max(horizontal, vertical)
            }
        }
        return max(1, pixels / Self.meanOf)
    }
}
