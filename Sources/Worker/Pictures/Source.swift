import BitmapHeader
import ByteReading
import ImageHeader
package import Jobs
import Metadata
package import Pipeline
package import Planning
package import Restream
import Vips

/// A source whose header was read and found acceptable.
package struct Source {
    package private(set) var loader: Loader
    package let facts: SourceFacts
    package let hasAlpha: Bool
    package let metadata: SourceMetadata
    /// Bytes.
    package let fileSize: UInt64
    /// Whether the header shows scans or passes that a restreamer reads in parallel.
    package let isLayered: Bool

    /// Reads the header only.
    ///
    /// - Parameter raw: how a camera's RAW file is read.
    package init(
        descriptor: Int32, fileSize: UInt64, pipeline: Pipeline, page: DocumentPage? = nil, raw: RAWReading? = nil,
        _ context: JobContext
    ) throws(JobError) {
        guard fileSize > 0 else { throw JobError(.emptyFile, "the file has no bytes") }
        if fileSize > pipeline.limits.bytes {
            throw JobError(.tooManyBytes, "\(fileSize) bytes (limit: \(pipeline.limits.bytes))")
        }
        // The supervisor has checked the header too, but a worker trusts nothing. A header that cannot be read may
        // still be one that libvips reads.
        let header = if let page { page.header } else { try readableHeader(descriptor) }
        guard let format = header?.format ?? sniffFormat(descriptor) else {
            throw JobError(.unsupportedFormat, "Unrecognised file format.")
        }
        let accepts = pipeline.accept.contains(format) || (format == .avif && pipeline.accept.contains(.heif))
        guard accepts else {
            throw JobError(.formatNotAccepted, "the content is \(format.rawValue), which the pipeline does not accept")
        }
        self.fileSize = fileSize
        isLayered = header.map { $0.isProgressive || ($0.isInterlaced && !$0.isAnimated) } ?? false
        var loader = try Loader(
            descriptor: descriptor, format: format, damage: pipeline.limits.damage, raw: raw, of: header)
        loader.page = page?.place.number
        let shown = header?.read(as: raw)
        loader.bitmap = header?.bitmap
        let image: Image
        var facts: SourceFacts
        if format == .webp, let header {
            // Opening a WebP reserves its canvas, whether it is ever decoded at that size or not: 400 MB at 100
            // megapixels. So it is refused before, or opened small; everything but the size is the same.
            var known = SourceFacts(format: .webp, width: header.width, height: header.height, bands: 3, depth: 8)
            try known.check(pipeline.limits)
            let (long, short) = (max(header.width, header.height, 1), max(1, min(header.width, header.height)))
            // A pixel has to be left of the shorter side.
            image = try loader.open(scale: min(1, max(64 / Double(long), 1 / Double(short))))
            known = SourceFacts(of: image, format: format)
            (known.width, known.height) = (header.width, header.height)
            facts = known
        } else {
            do throws(JobError) {
                let opened = try loader.open()
                loader.samples = try SampleLayout(shown, of: opened, context)
                image = try loader.samples?.applied(to: opened) ?? opened
            } catch {
                throw error.naming(header)
            }
            facts = SourceFacts(of: image, format: format)
            facts.raw = format == .raw ? raw : nil
            // Alpha that says nothing is looked for once.
            if loader.bitmap?.bands == 4 { loader.bitmap?.bands = image.bands }
        }
        hasAlpha = image.hasAlpha
        metadata = SourceMetadata(
            of: image, descriptor: descriptor, format: format, raw: header?.raw, header?.heif?.companions ?? [], context
        )
        if header?.heif?.isTurnedByEXIF == true || format == .raw {
            let turn = shown?.orientation
            facts.orientation =
                turn ?? metadata.exifOfFile.map { readExif($0).record }?.orientation ?? facts.orientation
        }
        facts.countPages(header, page, context)
        if format == .png, header?.isAnimated == true {
            loader.animation = try facts.countFrames(descriptor, pipeline, context)
        }
        self.facts = facts
        loader.colour = SourceColour(
            shown, of: image, exif: metadata.exif(ofColoursIn: loader), descriptor: descriptor, context)
        self.loader = loader
        try facts.check(pipeline.limits)
        if header?.raw?.endsEarly == true, loader.format == .raw {
            context.warn("incomplete: the file ends before the values of the camera's sensor do")
        }
        for warning in header?.bitmap?.warnings ?? [] { context.warn(warning) }
        if let parts = header?.jxl?.leftOut, !parts.isEmpty {
            context.warn("bands-ignored: channels beside colours and alpha: \(parts.joined(separator: ", "))")
        }
        facts.warnOfPages(header, page, pipeline.limits, context)
    }

    /// The same, read as if damage were tolerated.
    package var tolerant: Source {
        var source = self
        source.loader.damage = .none
        return source
    }

    /// A restreamer of the source; nil when it cannot be had, and the decoder reads the source itself.
    package func restreamer() -> (any Restreamer)? {
        guard isLayered else { return nil }
        return switch facts.format {
        case .jpeg: try? JPEGRestreamer(descriptor: loader.descriptor)
        case .png: try? PNGRestreamer(descriptor: loader.descriptor)
        default: nil
        }
    }

    /// A restreamer that makes up for missing pixels; nil where there is none.
    package func tolerantRestreamer() -> PNGRestreamer? {
        guard isLayered, facts.format == .png else { return nil }
        return try? PNGRestreamer(descriptor: loader.descriptor, isTolerant: true)
    }

    /// Whether there is a restreamer, as far as can be told without decoding.
    package var canBeRestreamed: Bool {
        guard isLayered else { return false }
        return switch facts.format {
        case .jpeg: JPEGRestreamer.isSuitable(descriptor: loader.descriptor)
        case .png: PNGRestreamer.isSuitable(descriptor: loader.descriptor)
        default: false
        }
    }

    /// Decodes one picture. Where the context has a restreamed input, it is read through that.
    /// - Parameters:
    ///   - shrink: 1, 2, 4 or 8; JPEG only.
    ///   - size: to load at; WebP only.
    package func open(shrink: Int, size: PixelSize?, _ context: JobContext) throws(JobError) -> Picture {
        var image: Image
        if let size {
            // libwebp rounds each side: ask for a little more rather than a line less.
            let scale = max(
                Double(size.width) / Double(facts.width), Double(size.height) / Double(facts.height))
            image = try loader.open(scale: scale)
        } else {
            image = try loader.open(shrink: shrink, restreamed: context.restreamed)
        }
        image = try image.removingFields(["page-height", "n-pages", "delay", "loop", "gif-delay", "gif-loop"])
        image = try image.covered(by: coverage(of: image, frames: 1))
        var picture = try openPicture(
            image, format: facts.decoded, nominal: PixelSize(width: facts.width, height: facts.height),
            orientation: facts.orientation ?? 1, context)
        picture.scale = size == nil ? 1 / Double(shrink) : nil
        if size != nil {
            picture.loadScale = Double(image.width) / Double(facts.width)
            picture.loadNoise =
                noiseLeftByAveraging(facts.width, to: image.width)
                * noiseLeftByAveraging(facts.height, to: image.height)
        } else {
            // Of a block's frequencies as many are left as the result has, as strong as they were.
            (picture.loadScale, picture.loadNoise) = (1 / Double(shrink), 1 / Double(shrink))
        }
        return picture
    }

    /// libpng says `read error` of a file cut short and of a damaged one alike: its end tells which.
    package func explained(_ error: JobError) -> JobError {
        if loader.damage == .none { return error.beyondRepair }
        guard error.code == .damaged, facts.format == .png else { return error }
        let tail = readBytes(loader.descriptor, at: max(0, Int(fileSize) - 4096), count: 4096)
        let hasEnd = tail.indices.contains { tail[$0...].starts(with: "IEND".utf8) }
        return hasEnd ? error : JobError(.truncated, "the file ends before the picture does", stage: error.stage)
    }
}

extension JobError {
    /// Where all damage is tolerated, there is nothing left to be set.
    package var beyondRepair: JobError {
        [.damaged, .truncated].contains(code) ? JobError(.beyondRepair, message, stage: stage) : self
    }
}

/// What the header says; nil where it cannot be read. Throws where it says that this is nothing to be read.
private func readableHeader(_ descriptor: Int32) throws(JobError) -> PictureHeader? {
    do throws(HeaderError) {
        return try readHeader(DescriptorBytes(descriptor))
    } catch .unsupported(let name) {
        throw JobError(.unsupportedFormat, "The content is \(name), whatever the file name says.")
    } catch {
        return nil
    }
}

/// Along one axis: libwebp takes the mean of the pixels that lie below one of the result, of those at both ends a part.
private func noiseLeftByAveraging(_ from: Int, to: Int) -> Double {
    guard to > 0, from > to else { return 1 }
    let shrink = Double(from) / Double(to)
    return (from % to == 0 ? shrink : shrink - 1.0 / 3).squareRoot() / shrink
}
