import Glibc
import LinuxIO

/// The programs under test: they lie beside the test bundle that was built with them.
enum BuiltPrograms {
    static let directory: String = {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let path = buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
        let slash = path.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex
        return String(decoding: path[..<slash], as: UTF8.self)
    }()
    static var sluice: String { "\(directory)/sluice" }
    static var worker: String { "\(directory)/sluice-worker" }

    /// Whether workers can run networks: ONNX Runtime lies where they look for it.
    static let hasEngine: Bool = {
        let places = [
            directory, "/usr/local/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64",
            "/usr/lib",
        ]
        return places.contains { place in
            let names = try? Directory.open(path: place).list().map { String(decoding: $0.name, as: UTF8.self) }
            return names?.contains { $0.hasPrefix("libonnxruntime.so") } == true
        }
    }()
}

/// Runs `sluice` to its end.
func sluice(
    _ arguments: String..., environment: [String: String?] = [:], directory: String? = nil, timeout: Double = 300
) async throws -> FinishedProgram {
    try await runProgram(
        BuiltPrograms.sluice, arguments, environment: environment, directory: directory, timeout: timeout)
}

/// Programs that some tests need: tests say `.enabled(if: Tool.vips.isInstalled)`.
enum Tool: String {
    case vips, exiftool, promtool, python3, strace, clang
    case heifInfo = "heif-info"
    case heifConvert = "heif-convert"

    /// Absolute.
    var path: String? {
        let search = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return search.split(separator: ":").map { "\($0)/\(rawValue)" }.first { access($0, X_OK) == 0 }
    }

    var isInstalled: Bool { path != nil }
}

/// The processes whose parent is this one.
func children(of process: pid_t) -> [pid_t] {
    var found: [pid_t] = []
    guard let stream = opendir("/proc") else { return [] }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if let number = pid_t(name), parent(of: number) == process { found.append(number) }
    }
    return found
}

private func parent(of process: pid_t) -> pid_t? {
    guard let file = fopen("/proc/\(process)/stat", "r") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 1024)
    guard fgets(&line, Int32(line.count), file) != nil else { return nil }
    // The second field is the name in brackets, which may hold anything.
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
    return fields.count > 2 ? pid_t(fields[2]) : nil
}

/// What the worker can be asked to try is compiled into debug builds only.
let isDebugBuild: Bool = {
    #if DEBUG
        true
    #else
        false
    #endif
}()
