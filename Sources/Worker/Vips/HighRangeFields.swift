import CVips

// How an image carries that it has light beyond white.
extension HighRange {
    package static let lightField = "sluice-light"
    package static let primariesField = "sluice-primaries"
    package static let brightestField = "sluice-brightest"
    package static let fields = [lightField, primariesField, brightestField]

    /// As it was marked; nil for SDR.
    package init?(_ image: Image) {
        guard let light = image.integer(Self.lightField).flatMap(Light.init),
            let primaries = image.integer(Self.primariesField)
        else { return nil }
        self.init(light: light, primaries: primaries, brightest: image.double(Self.brightestField))
    }
}

extension Image {
    package func double(_ name: String) -> Double? {
        guard hasField(name) else { return nil }
        var value = 0.0
        guard vips_image_get_double(pointer, name, &value) == 0 else {
            vips_error_clear()
            return nil
        }
        return value
    }
}
