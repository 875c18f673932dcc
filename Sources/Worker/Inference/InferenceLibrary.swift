import COnnxRuntime
import Glibc

/// ONNX Runtime, which runs networks, opened at run time: a worker that needs none has nothing of it.
package struct InferenceLibrary {
    /// The library, for as long as the process lives.
    let runtime: OpaquePointer

    /// Name and version of the engine.
    package var engine: String { "ONNX Runtime \(version)" }

    var version: String { String(cString: sluice_runtime_version(runtime)) }

    /// Opens the library: the one at `path`; where none is named, the system's, or the one that lies in `directory`,
    /// beside the program. A confined process cannot do this any more.
    package static func load(path: String? = nil, beside directory: String) throws(InferenceError) -> InferenceLibrary {
        let candidates = path.map { [$0] } ?? systemDirectories.flatMap(libraries) + libraries(in: directory)
        var reasons: [String] = []
        for candidate in candidates {
            do throws(InferenceError) {
                return try open(candidate)
            } catch {
                reasons.append("\(candidate): \(error)")
            }
        }
        let words = reasons.isEmpty ? "there is no libonnxruntime.so here" : reasons.joined(separator: "; ")
        throw .unavailable("ONNX Runtime, which runs models, cannot be loaded: \(words); \(advice)")
    }

    private static let advice =
        "install sluice-onnxruntime (Debian 12) or libonnxruntime1.21 (Debian 13), or name the library with "
        + "--onnxruntime or models.runtime"

    private static func open(_ path: String) throws(InferenceError) -> InferenceLibrary {
        var runtime: OpaquePointer?
        try InferenceError.check { sluice_runtime_open(path, &runtime, $0) }
        guard let runtime else { throw .unavailable("it does not start") }
        return InferenceLibrary(runtime: runtime)
    }

    #if arch(x86_64)
        private static let triplet = "x86_64-linux-gnu"
    #elseif arch(arm64)
        private static let triplet = "aarch64-linux-gnu"
    #else
        private static let triplet = "linux-gnu"
    #endif

    private static let systemDirectories = ["/usr/local/lib", "/usr/lib/\(triplet)", "/usr/lib64", "/usr/lib"]

    /// Those of any version, the highest first.
    private static func libraries(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var found: [(name: String, version: [Int])] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name == "libonnxruntime.so" || name.hasPrefix("libonnxruntime.so.") else { continue }
            found.append((name, name.dropFirst("libonnxruntime.so.".count).split(separator: ".").map { Int($0) ?? 0 }))
        }
        return found.sorted { $1.version.lexicographicallyPrecedes($0.version) }.map { "\(directory)/\($0.name)" }
    }
}
