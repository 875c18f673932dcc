import Glibc
import LinuxIO

/// A file's bytes in memory, read from it as they are needed: page cache, which the kernel takes back where memory is
/// short.
final class MappedFile {
    let bytes: UnsafeRawBufferPointer

    init(_ file: borrowing Descriptor, called name: String) throws(InferenceError) {
        var status = stat()
        guard fstat(file.number, &status) == 0 else { throw .broken("\(name): \(String(cString: strerror(errno)))") }
        guard status.st_size > 0 else { throw .broken("\(name) is empty") }
        let size = Int(status.st_size)
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, file.number, 0), start != MAP_FAILED else {
            throw .broken("\(name) cannot be mapped: \(String(cString: strerror(errno)))")
        }
        bytes = UnsafeRawBufferPointer(start: start, count: size)
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }
}
