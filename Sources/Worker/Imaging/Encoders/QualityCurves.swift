import Pipeline

/// What photographs of a megapixel come to at each quality, in the mean, with the efforts that are the defaults; measured with
/// libvips 8.14.1 and the libraries of Debian 12. A search begins with them, and goes by what it has measured then: one
/// that is wrong costs tries, and nothing else. Their steepness is much the same for all pictures.
extension Rendition.Encoder {
    /// Bytes of a file without pixels.
    var headerBytes: Double {
        switch self {
        case .jpeg, .tiff, .png, .gif: 620
        case .avif, .heif: 400
        case .webp, .jxl: 50
        }
    }

    /// Logarithm of a file's bytes a pixel.
    var sizeCurve: QualityCurve {
        let points: [(quality: Double, value: Double)] =
            switch self {
            case .jpeg, .tiff, .png, .gif:
                [
                    (1, -3.9), (5, -3.49), (10, -3.29), (20, -3.00), (30, -2.80), (40, -2.65), (50, -2.53),
                    (60, -2.41), (70, -2.24), (75, -2.14), (80, -2.00), (85, -1.83), (90, -1.57), (95, -1.18),
                    (98, -0.78), (100, -0.3),
                ]
            case .webp:
                [
                    (1, -3.95), (5, -3.77), (10, -3.63), (20, -3.40), (30, -3.22), (40, -3.08), (50, -2.95),
                    (60, -2.83), (70, -2.72), (75, -2.65), (80, -2.47), (85, -2.25), (90, -1.93), (95, -1.50),
                    (98, -1.19), (100, -0.9),
                ]
            case .avif:
                [
                    (1, -5.1), (5, -4.98), (15, -4.73), (30, -4.25), (45, -3.76), (60, -3.22), (70, -2.96),
                    (80, -2.66), (90, -2.03), (97, -1.31), (100, -0.9),
                ]
            case .heif:
                [
                    (1, -5.0), (5, -4.87), (15, -4.49), (30, -3.75), (45, -2.92), (60, -2.07), (70, -1.46),
                    (80, -0.97), (90, -0.66), (97, -0.62), (100, -0.6),
                ]
            case .jxl:
                [
                    (1, -5.3), (5, -5.01), (15, -4.33), (25, -4.07), (35, -4.00), (45, -3.68), (55, -3.62),
                    (65, -3.39), (75, -3.15), (85, -2.77), (92, -2.30), (97, -1.64), (100, -1.0),
                ]
            }
        return QualityCurve(points: points)
    }

    /// Of what a file lacks to a similarity of 1, the logarithm with the other sign.
    var similarityCurve: QualityCurve {
        let points: [(quality: Double, value: Double)] =
            switch self {
            case .jpeg, .tiff, .png, .gif:
                [
                    (1, 1.3), (5, 1.59), (10, 1.96), (20, 2.41), (30, 2.68), (40, 2.86), (50, 3.01), (60, 3.15),
                    (70, 3.34), (75, 3.45), (80, 3.60), (85, 3.80), (90, 4.10), (95, 4.68), (98, 5.60), (100, 7),
                ]
            case .webp:
                [
                    (1, 2.1), (5, 2.23), (10, 2.37), (20, 2.58), (30, 2.75), (40, 2.89), (50, 3.02), (60, 3.14),
                    (70, 3.27), (75, 3.34), (80, 3.55), (85, 3.81), (90, 4.18), (95, 4.66), (98, 5.03), (100, 5.4),
                ]
            case .avif:
                [
                    (1, 2.05), (5, 2.13), (15, 2.34), (30, 2.68), (45, 3.04), (60, 3.46), (70, 3.66), (80, 3.93),
                    (90, 4.55), (97, 5.49), (100, 6.2),
                ]
            case .heif:
                [
                    (1, 2.1), (5, 2.19), (15, 2.46), (30, 3.00), (45, 3.81), (60, 4.70), (70, 5.53), (80, 6.79),
                    (90, 8.85), (97, 9.37), (100, 9.5),
                ]
            case .jxl:
                [
                    (1, 2.2), (5, 2.34), (15, 2.60), (25, 2.72), (35, 2.76), (45, 2.90), (55, 2.95), (65, 3.08),
                    (75, 3.24), (85, 3.54), (92, 3.92), (97, 4.61), (100, 5.8),
                ]
            }
        return QualityCurve(points: points)
    }
}
