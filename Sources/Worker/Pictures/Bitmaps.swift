import BitmapHeader
import ByteReading
import CBitmaps
import CVips
import ImageHeader
import Jobs
import Pipeline
import Vips

extension Loader {
    /// What the header of a BMP or PNM says; nil of other formats.
    func readBitmap() throws(JobError) -> BitmapLayout? {
        guard format == .bmp || format == .pnm else { return nil }
        do throws(HeaderError) {
            return try readHeader(DescriptorBytes(descriptor)).bitmap
        } catch {
            switch error {
            case .truncated: throw JobError(.truncated, "\(error)")
            case .unsupported, .empty, .unknown: throw JobError(.unsupportedFormat, "\(error)")
            case .malformed: throw JobError(.damaged, "\(error)")
            case .unreadable: throw JobError(.unreadable, "\(error)")
            }
        }
    }

    /// As libvips' loaders: 0, or -1 with the reason in its error buffer.
    func load(_ layout: BitmapLayout, _ image: inout UnsafeMutablePointer<VipsImage>?) -> Int32 {
        var native = sluice_bitmap()
        (native.coding, native.bits) = layout.coding.native
        native.width = Int32(clamping: layout.width)
        native.height = Int32(clamping: layout.height)
        native.bands = Int32(clamping: layout.bands)
        native.is_deep = layout.depth > 8
        native.is_bottom_up = layout.isBottomUp
        native.white = UInt32(clamping: layout.white)
        native.offset = layout.offset
        native.line_bytes = layout.lineBytes
        let masks = layout.masks + [0, 0, 0, 0]
        native.masks = (masks[0], masks[1], masks[2], masks[3])
        native.across = Double(layout.density?.across ?? 0) / 1000
        native.down = Double(layout.density?.down ?? 0) / 1000
        return sluice_bitmapload(
            descriptor, &image, &native, layout.colours, Int32(layout.colours.count / 3),
            format == .bmp ? "bmpload" : "pnmload", damage == .none)
    }
}

extension BitmapLayout {
    /// What other loaders say in fields of the image, which was just opened and is not shared.
    func put(on image: Image, from descriptor: Int32) {
        vips_image_set_int(image.pointer, "bits-per-sample", Int32(clamping: depth))
        if pages > 1 { vips_image_set_int(image.pointer, "n-pages", Int32(clamping: pages)) }
        guard let profile else { return }
        let bytes = readBytes(
            descriptor, at: Int(clamping: profile.lowerBound),
            count: Int(clamping: profile.upperBound - profile.lowerBound))
        if !bytes.isEmpty { vips_image_set_blob_copy(image.pointer, "icc-profile-data", bytes, bytes.count) }
    }
}

extension BitmapLayout.Coding {
    fileprivate var native: (coding: sluice_bitmap_coding, bits: Int32) {
        switch self {
        case .indexed(let bits): (SLUICE_BITMAP_INDEXED, Int32(clamping: bits))
        case .runs(let bits): (SLUICE_BITMAP_RUNS, Int32(clamping: bits))
        case .fields(let bits): (SLUICE_BITMAP_FIELDS, Int32(clamping: bits))
        case .bits: (SLUICE_BITMAP_BITS, 1)
        case .samples: (SLUICE_BITMAP_SAMPLES, 0)
        case .digits: (SLUICE_BITMAP_DIGITS, 0)
        case .numbers: (SLUICE_BITMAP_NUMBERS, 0)
        }
    }
}
