import CLinear
import Glibc

/// liblinear, opened at run time: a worker that trains nothing has nothing of it.
package struct LinearLibrary {
    typealias Train =
        @convention(c) (UnsafePointer<problem>?, UnsafePointer<parameter>?) -> UnsafeMutablePointer<model>?
    typealias Destroy = @convention(c) (UnsafeMutablePointer<UnsafeMutablePointer<model>?>?) -> Void
    private typealias Printing = @convention(c) (@convention(c) (UnsafePointer<CChar>?) -> Void) -> Void

    let train: Train
    let destroy: Destroy
    /// For people.
    package let version: String

    package static let fileName = "liblinear.so.4"

    /// Looks where the system has its libraries. A confined process cannot do this any more.
    package static func load(_ name: String = fileName) throws(InferenceError) -> LinearLibrary {
        // Of the linear algebra behind it some builds start threads with buffers of their own: one is enough here.
        setenv("OPENBLAS_NUM_THREADS", "1", 1)
        setenv("OMP_NUM_THREADS", "1", 1)
        guard let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) else {
            let words = dlerror().map { String(cString: $0) } ?? name
            throw .unavailable("liblinear cannot be loaded: \(words); install it (liblinear4 on Debian)")
        }
        guard let version = dlsym(handle, "liblinear_version")?.assumingMemoryBound(to: Int32.self).pointee,
            let train = dlsym(handle, "train"), let destroy = dlsym(handle, "free_and_destroy_model"),
            let silence = dlsym(handle, "set_print_string_function")
        else { throw .unavailable("\(name) is not liblinear; install the one from package liblinear4") }
        // Its structures change with its version.
        guard version == LIBLINEAR_VERSION else {
            throw .unavailable(
                "liblinear has version \(words(version)), but this program was built with \(words(LIBLINEAR_VERSION))")
        }
        // It reports every step on standard output.
        unsafeBitCast(silence, to: Printing.self)({ _ in })
        return LinearLibrary(
            train: unsafeBitCast(train, to: Train.self), destroy: unsafeBitCast(destroy, to: Destroy.self),
            version: words(version))
    }

    /// 230 is 2.30.
    private static func words(_ version: Int32) -> String {
        "\(version / 100).\(version % 100 < 10 ? "0" : "")\(version % 100)"
    }
}
