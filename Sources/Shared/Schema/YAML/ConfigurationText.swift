import Glibc

/// Reads the small text files that people write.
package enum ConfigurationText {
    /// The file's text. Throws one fault where it is missing, no regular file, unreadable, too large or not UTF-8.
    package static func read(_ path: String) throws(ConfigurationFaults) -> String {
        do throws(Fault) {
            return try contents(path)
        } catch {
            throw ConfigurationFaults([error])
        }
    }

    private static func contents(_ path: String) throws(Fault) -> String {
        // Non-blocking, so that a FIFO does not hang the start.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw unreadable(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let kind = status.st_mode & S_IFMT == S_IFDIR ? "a directory" : "not a regular file"
            throw Fault(file: path, message: "is \(kind); a YAML file is needed")
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path, errno) }
            if count == 0 { break }
            bytes.append(contentsOf: buffer[..<count])
            guard bytes.count <= YAMLDocument.largestFile else {
                throw Fault(file: path, message: "is larger than 1 MiB, too large for a configuration")
            }
        }
        // A byte order mark would be part of the first key.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let place = invalidPlace(bytes)
            throw Fault(
                file: path, line: place.line, column: place.column, message: "not UTF-8; save the file as UTF-8")
        }
        return text
    }

    private static func unreadable(_ path: String, _ code: Int32) -> Fault {
        if code == ENOENT { return Fault(file: path, message: "no such file") }
        return Fault(file: path, message: "cannot be read: \(String(cString: strerror(code)))")
    }

    private static func invalidPlace(_ bytes: [UInt8]) -> Place {
        var place = Place.start
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            if scalar == "\n" {
                place = Place(line: place.line + 1, column: 1)
            } else {
                place.column += 1
            }
        }
        return place
    }
}
