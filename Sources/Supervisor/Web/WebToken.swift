import Glibc
import LinuxIO
import Schema

/// The secret that clients must know.
enum WebToken {
    static let shortest = 16
    static let longest = 512

    /// The first line of the file. Throws ConfigurationFaults.
    static func read(_ path: String) throws(ConfigurationFaults) -> String {
        func fault(_ message: String) -> ConfigurationFaults {
            ConfigurationFaults([Fault(file: path, path: "http.token-file", message: message)])
        }
        let number = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else { throw fault("cannot be read: \(String(cString: strerror(errno)))") }
        let file = Descriptor(owning: number)
        var status = stat()
        guard fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw fault("is not a regular file")
        }
        guard status.st_mode & S_IROTH == 0 else {
            throw fault("is readable by everyone on this machine; fix with: chmod o-r \(path)")
        }
        var bytes = [UInt8](repeating: 0, count: longest + 2)
        let count = withExtendedLifetime(file) { Glibc.read(number, &bytes, bytes.count) }
        guard count >= 0 else { throw fault("cannot be read: \(String(cString: strerror(errno)))") }
        var line = bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }
        while let last = line.last, [0x20, 0x09, 0x0D].contains(last) { line.removeLast() }
        guard line.count >= shortest else {
            throw fault(
                "the first line has \(line.count) characters; at least \(shortest) are needed "
                    + "(openssl rand -hex 24 makes 48)")
        }
        guard line.count <= longest else { throw fault("the first line is longer than \(longest) characters") }
        guard line.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw fault("the first line must be printable ASCII without spaces")
        }
        return String(decoding: line, as: UTF8.self)
    }
}
