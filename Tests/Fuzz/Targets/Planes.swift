import ByteReading
import CResample
import CVips
import Glibc
import ImageHeader
import Jobs
import Vips

extension FuzzTarget {
    /// A JPEG as its planes, resampled. The last byte says how: it stands behind the picture.
    static let jpegPlanes: @Sendable ([UInt8]) throws -> Void = { bytes in
        try VipsRuntime.start()
        guard let choice = bytes.last, let header = try? readHeader(MemoryBytes(bytes)), header.format == .jpeg,
            header.pixels <= 1 << 18
        else { return }
        // libvips 8.14.1 ends the process where a shrink leaves less than a pixel; plans ask for none of these.
        let most = min(header.width, header.height)
        let shrink = [1, 2, 4, 8].last { $0 <= 1 << Int(choice & 3) && $0 <= most } ?? 1
        bytes.withUnsafeBytes { decode($0, shrink: Int32(shrink), choice) }
        vips_error_clear()
        // A few are given back later, by libvips' threads; what is lost with every picture would become many.
        let left = VipsRuntime.trackedAllocations
        try require(left < 100, "pixels of \(left) allocations are left in memory")
    }

    private static func decode(_ bytes: UnsafeRawBufferPointer, shrink: Int32, _ choice: UInt8) {
        guard let source = vips_source_new_from_memory(bytes.baseAddress, bytes.count) else { return }
        defer { g_object_unref(source) }
        let failOn = Int32(choice >> 2 & 3)
        var opened: UnsafeMutablePointer<VipsImage>?
        guard sluice_jpegload(source, &opened, shrink, failOn) == 0, let opened else { return }
        defer { g_object_unref(opened) }
        let scale = 1 + Double(choice >> 4 & 7) * 0.6
        let how = sluice_resampling(
            width: max(1, Int32(Double(opened.pointee.Xsize) / scale)),
            height: max(1, Int32(Double(opened.pointee.Ysize) / scale)), horizontal: scale, vertical: scale,
            kept_lines: 1, reads_ahead: choice >> 7 == 1, in_light: false)
        var resampled: UnsafeMutablePointer<VipsImage>?
        guard sluice_scaled_jpeg(source, opened, &resampled, how, shrink, failOn) == 0, let resampled else { return }
        defer { g_object_unref(resampled) }
        var size = 0
        g_free(vips_image_write_to_memory(resampled, &size))
    }
}
