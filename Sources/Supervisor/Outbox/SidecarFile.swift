import FoundationEssentials
package import Jobs
package import LinuxIO
import Text

/// Sidecars and error files as bytes: JSON with sorted keys, two spaces, a newline at the end, so that equal contents
/// are equal files and people can read them.
package enum SidecarFile {
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try Array(encoder.encode(value)) + [UInt8(ascii: "\n")]
    }

    package static func decode(_ bytes: [UInt8]) throws -> Sidecar {
        try JSONDecoder().decode(Sidecar.self, from: Data(bytes))
    }

    /// A file as a sidecar; nil if it is something else, perhaps another program's.
    package static func read(_ path: [UInt8], in directory: Directory) throws -> Sidecar? {
        guard let status = try directory.stat(path), status.isRegular, status.size <= 4 << 20 else { return nil }
        var bytes: [UInt8] = []
        try directory.openFile(path).forEachPiece(subject: escaped(path)) { bytes.append(contentsOf: $0) }
        return try? decode(bytes)
    }

    static func decodeError(_ bytes: [UInt8]) throws -> ErrorFile {
        try JSONDecoder().decode(ErrorFile.self, from: Data(bytes))
    }

    /// A file as an error file; nil where it is something else.
    package static func readError(_ path: [UInt8], in directory: Directory) throws -> ErrorFile? {
        guard let status = try directory.stat(path), status.isRegular, status.size < 1 << 20 else { return nil }
        var bytes: [UInt8] = []
        try directory.openFile(path).forEachPiece(subject: escaped(path)) { bytes.append(contentsOf: $0) }
        return try? decodeError(bytes)
    }
}

/// RFC 3339 in UTC, with milliseconds, of seconds since 1970.
package func timestamp(_ seconds: Double) -> String {
    Date(timeIntervalSince1970: seconds).formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true))
        + "Z"
}
