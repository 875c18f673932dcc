package import CVips
package import Jobs
package import Planning

package typealias VipsPointer = UnsafeMutablePointer<VipsImage>

/// A libvips image and the reference that keeps it alive.
///
/// An image is a recipe: pixels are computed when something reads them. Never shared between threads.
package final class Image {
    package let pointer: VipsPointer
    /// For a picture as its decoder hands it on: decodes it again, at a smaller size, with less work than a resize of
    /// this one. Nil where there is no such way, or when that size is none for it.
    private let shrinksWhileDecoding: ((Resampling) throws(JobError) -> Image?)?

    /// Takes over the caller's reference.
    package init(taking pointer: VipsPointer) {
        self.pointer = pointer
        shrinksWhileDecoding = nil
    }

    /// Another reference to an image.
    package init(sharing pointer: VipsPointer, shrinksWhileDecoding: @escaping (Resampling) throws(JobError) -> Image?)
    {
        g_object_ref(pointer)
        self.pointer = pointer
        self.shrinksWhileDecoding = shrinksWhileDecoding
    }

    deinit { g_object_unref(pointer) }

    /// Runs a libvips operation that makes an image; `code` is what a failure counts as when libvips' own words do
    /// not tell.
    package static func make(
        failing code: ErrorCode = .stageFailed, _ operation: (inout VipsPointer?) -> Int32
    ) throws(JobError) -> Image {
        var result: VipsPointer?
        guard operation(&result) == 0, let result else { throw takeVipsError(or: code) }
        return Image(taking: result)
    }

    package func shrunkWhileDecoding(_ how: Resampling) throws(JobError) -> Image? { try shrinksWhileDecoding?(how) }

    package var width: Int { Int(vips_image_get_width(pointer)) }
    package var height: Int { Int(vips_image_get_height(pointer)) }
    package var size: PixelSize { PixelSize(width: width, height: height) }
    package var bands: Int { Int(vips_image_get_bands(pointer)) }
    package var format: VipsBandFormat { vips_image_get_format(pointer) }
    package var interpretation: VipsInterpretation { vips_image_get_interpretation(pointer) }
    package var bytesPerBand: Int { Int(vips_format_sizeof(format)) }
    /// Bytes of the decoded pixels.
    package var byteCount: UInt64 { UInt64(width) * UInt64(height) * UInt64(bands) * UInt64(bytesPerBand) }

    package var isCMYK: Bool { interpretation == VIPS_INTERPRETATION_CMYK }
    /// Grey, with or without alpha.
    package var isGrey: Bool { bands < 3 }
    package var hasAlpha: Bool { isCMYK ? bands == 5 : bands == 2 || bands == 4 }
    package var is16Bit: Bool { format == VIPS_FORMAT_USHORT }
    /// The value of a full channel, or of an opaque alpha.
    package var fullScale: Double { is16Bit ? 65535 : 255 }
    /// How far an extraction or a smart crop moved the origin, in pixels.
    package var cropOrigin: (left: Int, top: Int) {
        (-Int(vips_image_get_xoffset(pointer)), -Int(vips_image_get_yoffset(pointer)))
    }
}

// The fields that travel with the pixels.
extension Image {
    package func hasField(_ name: String) -> Bool { vips_image_get_typeof(pointer, name) != 0 }

    package func integer(_ name: String) -> Int? {
        guard hasField(name) else { return nil }
        var value: Int32 = 0
        guard vips_image_get_int(pointer, name, &value) == 0 else {
            vips_error_clear()
            return nil
        }
        return Int(value)
    }

    package func integers(_ name: String) -> [Int32]? {
        guard hasField(name) else { return nil }
        var values: UnsafeMutablePointer<Int32>?
        var count: Int32 = 0
        guard vips_image_get_array_int(pointer, name, &values, &count) == 0, let values else {
            vips_error_clear()
            return nil
        }
        return Array(UnsafeBufferPointer(start: values, count: Int(count)))
    }

    package func blob(_ name: String) -> [UInt8]? {
        guard hasField(name) else { return nil }
        var bytes: UnsafeRawPointer?
        var count = 0
        guard vips_image_get_blob(pointer, name, &bytes, &count) == 0, let bytes else {
            vips_error_clear()
            return nil
        }
        return Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }

    /// In libvips' order. What is not UTF-8 in a name is replaced.
    package var fieldNames: [String] {
        var names: [String] = []
        Image.forEachField(of: pointer) { names.append(String(cString: $0)) }
        return names
    }

    /// Removes fields by their own bytes: a PNG's comments put any bytes into a name, which no String gives back.
    package static func removeFields(of image: VipsPointer, where isRemoved: (String) -> Bool) {
        forEachField(of: image) { if isRemoved(String(cString: $0)) { vips_image_remove(image, $0) } }
    }

    private static func forEachField(of image: VipsPointer, _ body: (UnsafePointer<CChar>) -> Void) {
        // A list of copies, so that fields may go meanwhile.
        guard let fields = vips_image_get_fields(image) else { return }
        defer { g_strfreev(fields) }
        var next = fields
        while let field = next.pointee {
            body(field)
            next += 1
        }
    }

    /// The same pixels with fields of its own: an image's fields may be changed only while it is not shared.
    package func editingFields(_ edit: (VipsPointer) -> Void) throws(JobError) -> Image {
        let copy = try self.interpreted(as: interpretation)
        edit(copy.pointer)
        return copy
    }

    package func removingFields(_ names: [String]) throws(JobError) -> Image {
        guard names.contains(where: hasField) else { return self }
        return try editingFields { pointer in
            for name in names { vips_image_remove(pointer, name) }
        }
    }
}
