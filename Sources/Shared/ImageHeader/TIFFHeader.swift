import ByteReading
import Jobs

/// TIFF 6.0 and BigTIFF: the first directory, and the length of the chain of directories.
enum TIFFHeader {
    static func read(_ reader: inout ByteReader) throws(ParseFailure) -> PictureHeader {
        let file = try TIFFFile(&reader)
        let first = try file.firstDirectory(&reader)
        var page = Page()
        var raw = TIFFRaw()
        let next = try file.readDirectory(&reader, at: first) { (reader, entry) throws(ParseFailure) in
            try page.take(entry, &reader)
            try raw.take(entry, &reader)
        }
        switch try raw.kind(&reader, in: file, after: first, next: next) {
        case .raw(let name): return try RAWContent(directories: &reader).header(named: name, reader)
        case .reducedCopy(let name): throw .unsupported(name)
        case nil: break
        }
        var header = try page.header()
        header.tiff?.isBigTIFF = file.isBig
        let chain = try file.followDirectories(&reader, from: next, after: first)
        header.pictures = chain.pictures
        header.minimumPages = chain.found
        header.pages = chain.isComplete ? chain.found : nil
        return header
    }

    /// The page whose directory is at `place`.
    static func read(_ reader: inout ByteReader, pageAt place: UInt64) throws(ParseFailure) -> PictureHeader {
        let file = try TIFFFile(&reader)
        var page = Page()
        _ = try file.readDirectory(&reader, at: place) { (reader, entry) throws(ParseFailure) in
            try page.take(entry, &reader)
        }
        var header = try page.header()
        header.tiff?.isBigTIFF = file.isBig
        return header
    }

    /// What a directory says, with the defaults of TIFF 6.0.
    private struct Page {
        var width: UInt64?
        var height: UInt64?
        var extraSamples: UInt64 = 0
        var rowsPerStrip: UInt64?
        var orientation: Int?
        var layout = TIFFLayout()

        mutating func take(_ entry: TIFFFile.Entry, _ reader: inout ByteReader) throws(ParseFailure) {
            switch entry.tag {
            case 256: width = try entry.value(&reader)
            case 257: height = try entry.value(&reader)
            case 338:
                extraSamples = entry.count
                layout.extraSamples = try entry.values(&reader, most: 16)?.map { Int(clamping: $0) } ?? []
            case 301, 318, 319: try layout.colour.take(entry, &reader)
            case 339: layout.sampleFormat = try entry.number(&reader) ?? 1
            case 529: layout.yCbCrCoefficients = try entry.fractions(&reader, count: 3)
            case 532: layout.referenceBlackWhite = try entry.fractions(&reader, count: 6)
            case 530: layout.subsampling = try entry.values(&reader, most: 2)?.map { Int(clamping: $0) }
            case 274: orientation = try entry.number(&reader).flatMap { (1...8).contains($0) ? $0 : nil }
            case 278: rowsPerStrip = try entry.value(&reader)
            default: try takeLayout(entry, &reader)
            }
        }

        private mutating func takeLayout(_ entry: TIFFFile.Entry, _ reader: inout ByteReader) throws(ParseFailure) {
            switch entry.tag {
            case 258: layout.bitsPerSample = min(try entry.number(&reader) ?? 1, Int(UInt16.max))
            case 259: layout.compression = try entry.number(&reader) ?? 1
            case 262: layout.photometric = try entry.number(&reader) ?? 1
            case 277: layout.samplesPerPixel = min(try entry.number(&reader) ?? 1, Int(UInt16.max))
            case 284: layout.isPlanar = try entry.value(&reader) == 2
            case 322: layout.tileWidth = try entry.number(&reader)
            case 323: layout.tileHeight = try entry.number(&reader)
            default: break
            }
        }

        func header() throws(ParseFailure) -> PictureHeader {
            guard let width, let height else { throw .malformed("no width or height") }
            guard width <= UInt32.max, height <= UInt32.max else { throw .malformed("a size over 32 bits") }
            var layout = layout
            if layout.tileWidth != nil, layout.tileHeight != nil {
                layout.rowsPerStrip = nil
            } else {
                (layout.tileWidth, layout.tileHeight) = (nil, nil)
                layout.rowsPerStrip = Int(min(rowsPerStrip ?? height, height))
            }
            var header = PictureHeader(
                format: .tiff, width: Int(width), height: Int(height), bands: bands(layout),
                depth: depth(layout))
            header.hasAlpha = extraSamples > 0
            header.orientation = orientation
            header.tiff = layout
            return header
        }

        /// As libvips expands them: a palette to RGB, Lab to its packed form of four bytes.
        private func bands(_ layout: TIFFLayout) -> Int {
            let samples = max(1, layout.samplesPerPixel)
            switch layout.photometric {
            case 3: return samples == 2 ? 4 : 3
            case 8: return max(4, samples)
            default: return samples
            }
        }

        /// LogL and LogLuv come out as floating point.
        private func depth(_ layout: TIFFLayout) -> Int {
            [32844, 32845].contains(layout.photometric) ? 32 : layout.bitsPerSample
        }
    }
}
