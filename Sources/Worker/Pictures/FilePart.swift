import CVips
import Glibc
import Synchronization

/// A part of a file that libvips reads, at any offset, as if there were nothing else. The descriptor stays the caller's, and
/// its offset where it is.
final class FilePart: Sendable {
    private let descriptor: Int32
    private let start: Int
    private let length: Int
    // libvips has one reader at a time, on whichever thread.
    private let offset = Mutex<Int>(0)

    init(_ descriptor: Int32, _ part: Range<UInt64>) {
        self.descriptor = descriptor
        start = Int(clamping: part.lowerBound)
        length = Int(clamping: part.upperBound - part.lowerBound)
    }

    /// A source for one loader; the caller drops its reference. It keeps this object.
    func makeSource() -> UnsafeMutablePointer<VipsSource>? {
        guard let source = vips_source_custom_new() else { return nil }
        let release: GClosureNotify = { owner, _ in
            if let owner { Unmanaged<FilePart>.fromOpaque(owner).release() }
        }
        sluice_source_on_read(
            source,
            { _, buffer, length, owner in
                guard let buffer, let owner, length > 0 else { return 0 }
                let part = Unmanaged<FilePart>.fromOpaque(owner).takeUnretainedValue()
                return Int(part.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: Int(length))))
            },
            Unmanaged.passRetained(self).toOpaque(), release)
        sluice_source_on_seek(
            source,
            { _, offset, whence, owner in
                guard let owner else { return -1 }
                return Unmanaged<FilePart>.fromOpaque(owner).takeUnretainedValue().seek(offset, whence)
            },
            Unmanaged.passRetained(self).toOpaque(), release)
        return UnsafeMutableRawPointer(source).assumingMemoryBound(to: VipsSource.self)
    }

    private func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        offset.withLock { offset in
            let count = min(Int(buffer.count), max(0, length - offset))
            guard count > 0 else { return 0 }
            while true {
                let part = pread(descriptor, buffer.baseAddress, Int(count), off_t(start + offset))
                if part < 0 && errno == EINTR { continue }
                if part > 0 { offset += Int(part) }
                return part
            }
        }
    }

    private func seek(_ distance: Int, _ whence: Int32) -> Int {
        offset.withLock { offset in
            let from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? offset : length
            let (target, overflow) = from.addingReportingOverflow(distance)
            guard !overflow, target >= 0 else { return -1 }
            offset = target
            return target
        }
    }
}
