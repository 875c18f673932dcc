import CResample
package import CVips
package import Jobs
package import Planning

/// How a picture gets another size. Lanczos 3 over all of its pixels.
package struct Resampling {
    package var size: PixelSize
    /// The scales of both axes, under 1 to shrink; where they do not lead to the size exactly, both edges share the rest.
    package var horizontal: Double
    package var vertical: Double
    /// Lines of the result that may be read again by one who asks for a strip at a time, where the picture itself can be
    /// read once only.
    package var keptLines: Int = 64
    /// Whether a thread of its own decodes a JPEG, some lines ahead.
    package var readsAhead: Bool = false
    /// Whether light is averaged, by sRGB's curve, rather than samples.
    fileprivate var inLight = false

    package init(size: PixelSize, horizontal: Double, vertical: Double, keptLines: Int = 64, readsAhead: Bool = false) {
        self.size = size
        self.horizontal = horizontal
        self.vertical = vertical
        self.keptLines = keptLines
        self.readsAhead = readsAhead
    }

    package var shrinks: Bool { horizontal <= 1 && vertical <= 1 }

    fileprivate var parameters: sluice_resampling {
        sluice_resampling(
            width: Int32(size.width), height: Int32(size.height), horizontal: 1 / horizontal, vertical: 1 / vertical,
            kept_lines: Int32(keptLines), reads_ahead: readsAhead, in_light: inLight)
    }
}

extension Image {
    /// Light is averaged, and what comes out is samples again. Where the picture shrinks, and `sluice_can_resample`.
    func shrunkInLight(_ how: Resampling) throws(JobError) -> Image {
        var how = how
        how.inLight = true
        return try Image.make { sluice_resample(pointer, &$0, how.parameters, hasAlpha) }
    }

    package func resampled(_ how: Resampling) throws(JobError) -> Image {
        guard how.shrinks, sluice_can_resample(pointer) else {
            return try premultiplied { multiplied throws(JobError) in try multiplied.resizedByLibvips(how) }
        }
        if let image = try shrunkWhileDecoding(how) { return image }
        return try Image.make { sluice_resample(pointer, &$0, how.parameters, hasAlpha) }
    }

    /// libvips computes the size from the scales: where those do not lead there, the picture is stretched a little.
    private func resizedByLibvips(_ how: Resampling) throws(JobError) -> Image {
        var (horizontal, vertical) = (how.horizontal, how.vertical)
        if size.scaled(horizontal: horizontal, vertical: vertical) != how.size {
            horizontal = Double(how.size.width) / Double(width)
            vertical = Double(how.size.height) / Double(height)
        }
        return try Image.make { sluice_resize(pointer, &$0, horizontal, vertical) }
    }

    /// What libvips has opened of a JPEG at `shrink`, so that a resize reads the planes of the file instead.
    package func scalable(
        jpeg source: UnsafeMutablePointer<VipsSource>, shrink: Int, failOn: VipsFailOn
    ) -> Image {
        let file = Held(source)
        let loaded = self
        return Image(sharing: pointer) { how throws(JobError) -> Image? in
            var result: VipsPointer?
            let code = sluice_scaled_jpeg(
                file.source, loaded.pointer, &result, how.parameters, Int32(shrink), Int32(failOn.rawValue))
            guard code == 0 else { throw takeVipsError(or: .damaged) }
            return result.map { Image(taking: $0) }
        }
    }

    private final class Held {
        let source: UnsafeMutablePointer<VipsSource>

        init(_ source: UnsafeMutablePointer<VipsSource>) {
            self.source = source
            g_object_ref(source)
        }

        deinit { g_object_unref(source) }
    }
}
