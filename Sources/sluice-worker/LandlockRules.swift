import CLinux
import Glibc
import LinuxIO
import WorkerProtocol

/// What the kernel offers; nil without Landlock.
func landlockABI() -> Int? {
    let abi = sluice_landlock_abi()
    return abi > 0 ? Int(abi) : nil
}

/// Read and execute what libraries are loaded from (libvips' modules come later than this), work below staging, and
/// nothing else. Files that are open, or come over the socket, stay open whatever the rules.
func landlock(staging: Descriptor?) -> ConfinementReport.Piece {
    let abi = sluice_landlock_abi()
    guard abi > 0 else { return .missing(reason(errno)) }
    let number = sluice_landlock_ruleset(abi)
    guard number >= 0 else { return .missing("landlock_create_ruleset: \(reason(errno))") }
    let ruleset = Descriptor(owning: number)
    for path in readable + libraryDirectories() {
        // What is not there needs no rule.
        guard let place = try? openPath(path) else { continue }
        guard sluice_landlock_allow_reading(ruleset.number, abi, place.number) == 0 else {
            return .missing("a rule for \(path): \(reason(errno))")
        }
    }
    if let null = try? openPath("/dev/null"), sluice_landlock_allow_writing(ruleset.number, abi, null.number) != 0 {
        return .missing("a rule for /dev/null: \(reason(errno))")
    }
    if let staging, sluice_landlock_allow_working(ruleset.number, abi, staging.number) != 0 {
        return .missing("a rule for staging: \(reason(errno))")
    }
    guard sluice_landlock_restrict(ruleset.number) == 0 else {
        return .missing("landlock_restrict_self: \(reason(errno))")
    }
    return .holds(words(abi: abi, canWrite: staging != nil))
}

private func words(abi: Int32, canWrite: Bool) -> String {
    var parts = [canWrite ? "reads libraries, writes below staging only" : "reads libraries, writes nowhere"]
    if abi >= 4 { parts.append("no TCP") }
    if abi >= 6 { parts.append("no signals or abstract sockets to the outside") }
    return "ABI \(abi): " + parts.joined(separator: ", ")
}

/// `/proc/self` and the processors: C libraries look there for their stack and for how many threads to start.
private let readable = [
    "/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/dev/urandom", "/dev/random", "/proc/self",
    "/sys/devices/system/cpu", "/sys/devices/system/node",
]

/// Where libraries came from that do not lie below /usr: a toolchain's run-time, a libvips of one's own; their modules
/// and plug-ins lie beside or below them.
private func libraryDirectories() -> [String] {
    guard let file = fopen("/proc/self/maps", "re") else { return [] }
    defer { fclose(file) }
    var found: Set<String> = []
    var line = [CChar](repeating: 0, count: 8192)
    while fgets(&line, Int32(line.count), file) != nil {
        let bytes = line.prefix { $0 != 0 && $0 != 0x0A }.map { UInt8(bitPattern: $0) }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let start = text.firstIndex(of: "/"), text.contains(".so"), let end = text.lastIndex(of: "/"),
            start < end
        else { continue }
        found.insert(String(text[start..<end]))
    }
    return found.filter { directory in !["/usr/", "/lib/", "/lib64/"].contains { "\(directory)/".hasPrefix($0) } }
}
