import Jobs

extension PictureHeader {
    /// Bytes that reading a progressive JPEG's scans, or an interlaced PNG's passes, side by side takes at most, beside
    /// what a decoder takes for the same picture without scans or passes; nil for other pictures.
    package var restreamedBytes: UInt64? {
        switch format {
        case .jpeg where isProgressive: restreamedJPEGBytes
        case .png where isInterlaced: restreamedPNGBytes
        default: nil
        }
    }

    /// A row of MCUs of coefficients, two bytes and an eighth each; a mebibyte of the file, however many scans; tables.
    private var restreamedJPEGBytes: UInt64 {
        let perPixel = max(1, coefficientsPerPixel ?? 4)
        // An MCU has ten blocks at most, of which the component that is sampled most has its share.
        let lines = bands == 1 ? 8 : 8 * max(1, min(4, (10 / perPixel).rounded(.down)))
        // A width that is no whole number of MCUs, of up to 32 pixels, is filled up.
        let coefficients = Double(width + 31) * lines * perPixel
        return UInt64(coefficients * 2.125) + 1_500_000
    }

    /// Two rows of each pass, and the line that they make; zlib's state, and a buffer, for each pass.
    private var restreamedPNGBytes: UInt64 {
        let line = UInt64(max(width, 0)) * UInt64(max(bands, 1)) * UInt64(max(depth, 1)) / 8
        return line * 13 / 2 + 1_000_000
    }
}
