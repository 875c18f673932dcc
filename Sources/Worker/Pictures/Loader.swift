import BitmapHeader
import CJXL
import CRAW
import CVips
import Glibc
import ImageHeader
package import Jobs
package import Pipeline
import Restream
package import Vips

/// Opens a source by the loader of its format, from a descriptor, in sequential access.
package struct Loader {
    /// Seekable; its offset is moved.
    package let descriptor: Int32
    /// Of what is decoded: of a RAW file's embedded picture JPEG.
    package let format: PictureFormat
    /// Where that lies in the file, if it is not all of it.
    package var part: Range<UInt64>?
    /// Of a RAW file that is developed.
    package var isHalfSize = false
    package var damage: DamageTolerance
    /// Of BMP and PNM; read from the file where it is not known.
    var bitmap: BitmapLayout?
    /// What the file says of its colours outside a profile: put on every image.
    package var colour: SourceColour?
    /// What the samples of a TIFF are.
    package var samples: SampleLayout?
    /// Of an animated PNG, whose decoder shows the still picture alone.
    var animation: PNGAnimation?
    /// Of a document, the decoder's number of the page; nil: the first, of a HEIF the main picture.
    package var page: Int?

    package init(
        descriptor: Int32, format: PictureFormat, damage: DamageTolerance, colour: SourceColour? = nil,
        samples: SampleLayout? = nil
    ) {
        self.descriptor = descriptor
        self.format = format
        self.damage = damage
        self.colour = colour
        self.samples = samples
    }

    /// Of what a RAW file is read as.
    init(
        descriptor: Int32, format: PictureFormat, damage: DamageTolerance, raw: RAWReading?, of header: PictureHeader?
    ) throws(JobError) {
        guard format == .raw else {
            self.init(descriptor: descriptor, format: format, damage: damage)
            return
        }
        guard let raw, let layout = header?.raw else {
            throw JobError(.workerProtocol, "A RAW file arrived without a word of how to read it.")
        }
        switch raw {
        case .preview:
            guard let preview = layout.preview(for: raw) else {
                throw JobError(.damaged, "the embedded picture is gone")
            }
            self.init(descriptor: descriptor, format: .jpeg, damage: damage)
            part = preview.bytes
        case .developed(let atHalfSize, _):
            if layout.endsEarly, damage != .none {
                throw JobError(.truncated, "the file ends before the values of the camera's sensor do")
            }
            self.init(descriptor: descriptor, format: .raw, damage: damage)
            isHalfSize = atHalfSize
        }
    }

    /// - Parameters:
    ///   - shrink: 1, 2, 4 or 8; JPEG only.
    ///   - scale: 0…1; WebP only.
    ///   - frames: this many on top of each other, -1 for all; GIF, WebP and JPEG XL only.
    ///   - restreamed: reads through this instead of the descriptor. For one call: it is read once.
    package func open(
        shrink: Int = 1, scale: Double = 1, frames: Int = 1, restreamed: RestreamedInput? = nil
    ) throws(JobError) -> Image {
        let source = try makeSource(restreamed)
        defer { g_object_unref(source) }
        let failOn = Int32(damage.vips.rawValue)
        let pages = Int32(clamping: frames)
        if format == .jxl { VipsRuntime.openModule("jxl") }
        let bitmap = if let known = bitmap { known } else { try readBitmap() }
        var image = try explained { () throws(JobError) in
            try Image.make(failing: .damaged) { image in
                switch format {
                case .jpeg: sluice_jpegload(source, &image, Int32(shrink), failOn)
                case .png: sluice_pngload(source, &image, failOn)
                case .webp: sluice_webpload(source, &image, scale, pages, failOn)
                case .tiff: sluice_tiffload_page(source, &image, Int32(clamping: page ?? 0), failOn)
                case .gif: sluice_gifload(source, &image, pages, failOn)
                case .heif, .avif:
                    page.map { sluice_heifload_page(source, &image, Int32(clamping: $0), failOn) }
                        ?? sluice_heifload(source, &image, failOn)
                case .jxl: sluice_jxlload(source, &image, pages, damage == .none)
                case .raw: sluice_rawload(descriptor, &image, isHalfSize, damage == .none)
                case .bmp, .pnm: bitmap.map { load($0, &image) } ?? -1
                }
            }
        }
        // What a loader attaches may be gone before the last copy of the image is: from here on nothing is.
        guard sluice_own_blobs(image.pointer) == 0 else { throw takeVipsError(or: .damaged) }
        if let bitmap { bitmap.put(on: image, from: descriptor) }
        if let samples { image = try samples.applied(to: image) }
        if let colour { image = try colour.mark(image) }
        return format == .jpeg ? image.scalable(jpeg: source, shrink: shrink, failOn: damage.vips) : image
    }

    /// A file of moving pictures alone is sound, and nothing that libheif reads.
    private func explained(_ load: () throws(JobError) -> Image) throws(JobError) -> Image {
        do throws(JobError) {
            return try load()
        } catch {
            guard format == .heif || format == .avif, error.message.contains("any supported brands") else {
                throw error
            }
            let brand = readBytes(descriptor, at: 8, count: 4)
            guard ["avis", "msf1", "hevc", "hevx"].contains(where: { brand.elementsEqual($0.utf8) }) else {
                throw error
            }
            throw JobError(
                .unsupportedFormat,
                "The content is an AVIF or HEIF sequence without a still picture, which is not supported.")
        }
    }

    private func makeSource(_ restreamed: RestreamedInput?) throws(JobError) -> UnsafeMutablePointer<VipsSource> {
        if restreamed == nil, let part {
            guard let source = FilePart(descriptor, part).makeSource() else { throw takeVipsError(or: .unreadable) }
            return source
        }
        if restreamed == nil && lseek(descriptor, 0, SEEK_SET) != 0 {
            throw JobError(.unreadable, "the source cannot be rewound: \(String(cString: strerror(errno)))")
        }
        let source = restreamed.map { $0.makeSource() } ?? vips_source_new_from_descriptor(descriptor)
        guard let source else { throw takeVipsError(or: .unreadable) }
        return source
    }
}

extension DamageTolerance {
    fileprivate var vips: VipsFailOn {
        switch self {
        case .none: VIPS_FAIL_ON_NONE
        case .truncated: VIPS_FAIL_ON_TRUNCATED
        case .error: VIPS_FAIL_ON_ERROR
        case .warning: VIPS_FAIL_ON_WARNING
        }
    }
}
