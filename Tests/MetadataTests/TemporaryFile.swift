import Glibc

@testable import Metadata

/// A file without a name, gone when the test is over.
final class TemporaryFile {
    let descriptor: Int32

    init() throws {
        var template = Array("/tmp/sluice-metadata-XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw MetadataError.system(call: "mkstemp", errno: errno) }
        unlink(template)
    }

    deinit { close(descriptor) }

    func write(_ bytes: [UInt8]) throws {
        guard ftruncate(descriptor, 0) == 0 else { throw MetadataError.system(call: "ftruncate", errno: errno) }
        try FileEditor(descriptor: descriptor).write(bytes, at: 0)
    }

    func bytes() throws -> [UInt8] {
        let source = try PictureBytes(descriptor: descriptor)
        return try source.prefix(at: 0, count: Int(source.size))
    }
}
