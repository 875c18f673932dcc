import CVips
import Jobs
import Synchronization

/// libvips could not be started; the worker cannot work.
package struct VipsStartError: Error, Sendable, CustomStringConvertible {
    package let description: String
}

/// The one libvips of this process.
package enum VipsRuntime {
    /// Starts libvips: no operation cache, low tiles, nothing but Sluice's loaders. Calling it again does nothing.
    ///
    /// - Parameters:
    ///   - concurrency: libvips' threads in a picture. Workers are the parallelism, so 1.
    ///   - tileHeight: lines; 16 instead of libvips' 128 cuts the memory of a streaming resize 3–4.5 times.
    package static func start(concurrency: Int = 1, tileHeight: Int = 16) throws(VipsStartError) {
        guard case .failure(let error) = started(concurrency, tileHeight) else { return }
        throw error
    }

    package static var version: String { String(cString: vips_version_string()) }

    /// Allocations and bytes that libvips holds for pixels; both come back to where they were after a job.
    package static var trackedAllocations: Int { Int(vips_tracked_get_allocs()) }
    package static var trackedBytes: Int { Int(vips_tracked_get_mem()) }
    package static var trackedFiles: Int { Int(vips_tracked_get_files()) }

    /// Started once, by the first caller's wishes.
    private static func started(_ concurrency: Int, _ tileHeight: Int) -> Result<Void, VipsStartError> {
        first.start(concurrency, tileHeight)
    }

    private static let first = Once()

    private final class Once: Sendable {
        private let outcome = Mutex<Result<Void, VipsStartError>?>(nil)

        func start(_ concurrency: Int, _ tileHeight: Int) -> Result<Void, VipsStartError> {
            outcome.withLock { outcome in
                if let outcome { return outcome }
                let result = boot(concurrency: concurrency, tileHeight: tileHeight)
                outcome = result
                return result
            }
        }
    }

    private static func boot(concurrency: Int, tileHeight: Int) -> Result<Void, VipsStartError> {
        LogCapture.install()
        guard withoutModules({ vips_init("sluice") }) == 0 else {
            return .failure(
                VipsStartError(description: "libvips does not start: \(takeVipsError(or: .damaged).message)"))
        }
        openModule("heif")
        guard sluice_set_options(Int32(tileHeight)) == 0 else {
            return .failure(VipsStartError(description: "libvips refuses a tile height of \(tileHeight)"))
        }
        vips_concurrency_set(Int32(concurrency))
        vips_cache_set_max(0)

        // vips_block_untrusted_set leaves text files readable as matrices, and sniffers of blocked loaders still run:
        // so everything is blocked, then the six let in, and those are called by name only.
        vips_block_untrusted_set(1)
        vips_operation_block_set("VipsForeignLoad", 1)
        for loader in ["Jpeg", "Png", "Webp", "Tiff", "Nsgif", "Heif"] {
            vips_operation_block_set("VipsForeignLoad\(loader)", 0)
        }
        // JPEG XL is read by Sluice's own loader, and written by libvips, where that has no modules.
        vips_operation_block_set("VipsForeignSaveJxl", 0)
        return .success(())
    }
}
