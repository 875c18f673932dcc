import Glibc

/// The kernel's figures of a process.
struct ProcessFigures {
    /// Bytes of anonymous memory.
    let anonymous: UInt64
    /// Clock ticks of user and system time.
    let ticks: UInt64

    init?(of process: pid_t) {
        guard let status = kernelText("/proc/\(process)/status"), let stat = kernelText("/proc/\(process)/stat"),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("RssAnon:") }),
            let kilobytes = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap({
                UInt64($0)
            })
        else { return nil }
        let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
        guard fields.count > 12, let user = UInt64(fields[12]), let system = UInt64(fields[13]) else { return nil }
        anonymous = kilobytes << 10
        ticks = user + system
    }
}

/// Files of /proc tell their size only when read.
func kernelText(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 8192)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
}
