package import Jobs

/// What a camera's RAW file holds beside the values of the sensor.
package struct RAWLayout: Sendable, Equatable {
    /// Where the file has what EXIF says. Offsets are of the file.
    package enum Exif: Sendable, Equatable {
        /// The file itself is laid out as a TIFF, whatever its mark.
        case tiff
        /// In the JPEG that begins there.
        case jpeg(UInt64)
        /// In TIFF structures: of the picture, of EXIF's own directory, of GPS; those that are not there are empty.
        case blocks([Range<UInt64>])
        case none
    }

    /// For people: `RAW (Canon CR3)`.
    package var name: String
    /// The pictures that the camera made of it, the largest first.
    package var previews: [RAWPreview] = []
    package var exif = Exif.none
    /// Whether each value of the sensor is of one colour: then four of them make a pixel of half the size.
    package var hasFilters = true
    /// Whether the sensor's values are not all there.
    package var endsEarly = false

    package init(name: String) { self.name = name }
}

/// A whole JPEG in a RAW file.
package struct RAWPreview: Sendable, Equatable {
    /// Where it lies in the file.
    package var bytes: Range<UInt64>
    package var header: PictureHeader

    package init(bytes: Range<UInt64>, header: PictureHeader) {
        self.bytes = bytes
        self.header = header
    }
}

extension PictureHeader {
    /// What a decoder gets of it: of a RAW file the embedded picture, or the developed one as far as it can be told before.
    ///
    /// - Returns: nil where it has no such picture; itself where it is no RAW file.
    package func read(as reading: RAWReading?) -> PictureHeader? {
        guard let raw, let reading else { return self }
        switch reading {
        case .preview:
            guard var header = raw.preview(for: reading)?.header else { return nil }
            // That of the file counts, whatever the camera has written into the embedded picture; unless that stands upright.
            let isTurned = (orientation ?? 1) >= 5 && (header.width < header.height) != (width < height)
            header.orientation = isTurned ? header.orientation ?? 1 : orientation ?? header.orientation
            header.original = .raw
            return header
        case .developed(let atHalfSize, _):
            var header = self
            if atHalfSize {
                header.isHalfSize = true
                (header.width, header.height) = ((width + 1) / 2, (height + 1) / 2)
                (header.decodedWidth, header.decodedHeight) = (header.width, header.height)
            }
            return header
        }
    }
}

extension RAWLayout {
    /// The embedded picture that a reading names.
    package func preview(for reading: RAWReading) -> RAWPreview? {
        guard case .preview(let width, let height) = reading else { return nil }
        return previews.first { $0.header.width == width && $0.header.height == height }
    }
}
