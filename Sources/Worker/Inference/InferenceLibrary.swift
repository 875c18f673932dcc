package import CInference
import Glibc

/// The engine that runs networks, opened at run time: a worker that needs none has nothing of it.
package struct InferenceLibrary {
    /// The engine's functions; the library is never closed.
    package let functions: UnsafePointer<sluice_inference>

    package static let fileName = "libsluice-inference.so"

    /// Name and version of the engine.
    package var engine: String { String(cString: functions.pointee.engine) }

    /// Opens the library that lies in `directory`: beside the program. A confined process cannot do this any more.
    package static func load(from directory: String) throws(InferenceError) -> InferenceLibrary {
        let path = "\(directory)/\(fileName)"
        // All of it now: once confined, it can look for nothing.
        guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else { throw .unavailable(explanation(path)) }
        guard let symbol = dlsym(handle, SLUICE_INFERENCE_ENTRY) else {
            throw .unavailable("\(path) is not a Sluice engine: install it from the same build")
        }
        let entry = unsafeBitCast(symbol, to: sluice_inference_entry.self)
        guard let functions = entry() else { throw .unavailable("the engine in \(path) does not start") }
        guard functions.pointee.version == SLUICE_INFERENCE_VERSION else {
            throw .unavailable(
                "\(path) has interface version \(functions.pointee.version), this program "
                    + "\(SLUICE_INFERENCE_VERSION): install both from the same build")
        }
        return InferenceLibrary(functions: functions)
    }

    /// dlerror(3) names the library that is missing, which may be one of OpenCV's.
    private static func explanation(_ path: String) -> String {
        let words = dlerror().map { String(cString: $0) } ?? path
        let advice =
            access(path, F_OK) == 0
            ? "install OpenCV's dnn module (libopencv-dnn406 on Debian 12)"
            : "install \(fileName) beside sluice-worker"
        return "the engine that runs models cannot be loaded: \(words); \(advice)"
    }
}
