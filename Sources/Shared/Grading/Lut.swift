import Glibc
package import Schema
import Text

/// Colours by a lookup table.
package struct Lut: Codable, Sendable, Equatable {
    /// The file, absolute; in YAML relative to the pipeline's file.
    package var file: String
    /// SHA-256 of the file (hex), so that a changed table changes the pipeline's digest. Filled in by the loader.
    package var digest: String = ""
    /// Of the file, and the entries in it, for what a worker holds of them; 0 where files are not looked at.
    package var bytes: UInt64 = 0
    package var entries: Int = 0
    /// 0…1: how much of it replaces the picture's own colours.
    package var amount: Double = 1

    package init(file: String) { self.file = file }
}

extension Lut {
    package static let shape = Shape<Lut>.object(
        "a map of file and amount", initial: Lut(file: ""),
        keys: [
            Key(
                "file", \.table, .cube, required: true,
                "A .cube file, 3-D (up to 65 x 65 x 65) or 1-D, relative to this file."),
            Key("amount", \.amount, .number(0...1), "How much of the picture's own colours to replace, from 0 to 1."),
        ]
    ).orScalar(
        Shape<NamedTable>.cube.map { table in
            var lut = Lut(file: "")
            lut.table = table
            return lut
        })

    fileprivate var table: NamedTable {
        get { NamedTable(file: NamedFile(path: file, digest: digest, bytes: bytes), entries: entries) }
        set {
            (file, digest, bytes) = (newValue.file.path, newValue.file.digest, newValue.file.bytes)
            entries = newValue.entries
        }
    }
}

private struct NamedTable: Sendable {
    var file: NamedFile
    var entries: Int
}

extension Shape<NamedTable> {
    /// It is read whole; what is wrong with it is told with its lines.
    fileprivate static let cube = Shape<NamedFile>.file("a lookup table", largest: CubeTable.longest).map {
        file, node, reading -> NamedTable? in
        // Where files that are named are not looked at.
        guard reading.digest != nil else { return NamedTable(file: file, entries: 0) }
        guard let bytes = bytes(of: file.path) else {
            reading.fault(node.place, "cannot be read")
            return nil
        }
        do throws(CubeFault) {
            let table = try CubeTable(bytes)
            return NamedTable(file: file, entries: CubeTable.count(table.dimensions, table.size))
        } catch {
            reading.elsewhere.append(
                Fault(file: escaped(file.path.utf8), line: error.line, column: 1, message: error.message))
            return nil
        }
    }

    private static func bytes(of path: String) -> [UInt8]? {
        let number = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        defer { close(number) }
        return readWhole(number, longest: Int(CubeTable.longest))
    }
}

/// A file from its beginning; nil where it cannot be read, or is longer than so many bytes.
package func readWhole(_ descriptor: Int32, longest: Int) -> [UInt8]? {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_size <= longest else { return nil }
    // One more, so that its end is seen.
    var bytes = [UInt8](repeating: 0, count: max(0, Int(status.st_size)) + 1)
    var done = 0
    while done < bytes.count {
        let got = bytes.withUnsafeMutableBytes {
            pread(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done, done)
        }
        if got < 0 && errno == EINTR { continue }
        guard got >= 0 else { return nil }
        if got == 0 { break }
        done += got
    }
    // It has grown meanwhile.
    guard done < bytes.count else { return nil }
    bytes.removeLast(bytes.count - done)
    return bytes
}
