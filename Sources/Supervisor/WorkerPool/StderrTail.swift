import Glibc
import Text

/// The last part of a worker's standard error, at most 2 KiB.
struct StderrTail {
    private var bytes: [UInt8] = []

    mutating func append(_ more: some Collection<UInt8>) {
        let more = more.suffix(2048)
        bytes.append(contentsOf: more)
        if bytes.count > 2048 { bytes.removeFirst(bytes.count - 2048) }
    }

    /// Reads what arrives within the time. False at the end, or if nothing arrived.
    @discardableResult
    mutating func read(from pipe: Int32, milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, milliseconds) > 0 else { return false }
        var chunk = [UInt8](repeating: 0, count: 4 << 10)
        let count = Glibc.read(pipe, &chunk, chunk.count)
        if count > 0 { append(chunk[..<count]) } else { _ = poll(nil, 0, milliseconds) }
        return count > 0
    }

    var text: String {
        escaped(bytes).split(separator: "\\x0a").joined(separator: " · ")
    }
}
