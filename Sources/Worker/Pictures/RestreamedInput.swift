package import CVips
package import Restream
import Synchronization

/// A source that libvips reads from top to bottom through a restreamer, as if it came out of a pipe.
package final class RestreamedInput {
    private let restreamer: any Restreamer
    // Set by whichever of libvips' threads reads, one at a time; asked for by the job's.
    private let failed = Mutex(false)

    package init(_ restreamer: any Restreamer) { self.restreamer = restreamer }

    /// Whether libvips was given an end that is not the picture's. Nothing made of it may be kept, whatever libvips
    /// reports: it takes a cut file for a picture where damage is tolerated.
    package var hasFailed: Bool { failed.withLock { $0 } }

    /// For people: what is missing of the picture, as far as it was read, and was made up for; nil for nothing.
    package var missing: String? { restreamer.missing }

    /// A source for one loader; the caller drops its reference. It keeps this object.
    package func makeSource() -> UnsafeMutablePointer<VipsSource>? {
        guard let source = vips_source_custom_new() else { return nil }
        sluice_source_on_read(
            source,
            { _, buffer, length, owner in
                guard let buffer, let owner, length > 0 else { return 0 }
                let input = Unmanaged<RestreamedInput>.fromOpaque(owner).takeUnretainedValue()
                return input.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: Int(length)))
            },
            Unmanaged.passRetained(self).toOpaque(),
            { owner, _ in
                if let owner { Unmanaged<RestreamedInput>.fromOpaque(owner).release() }
            })
        return UnsafeMutableRawPointer(source).assumingMemoryBound(to: VipsSource.self)
    }

    private func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        do throws(RestreamError) {
            return try restreamer.read(into: buffer)
        } catch {
            failed.withLock { $0 = true }
            return -1
        }
    }
}
