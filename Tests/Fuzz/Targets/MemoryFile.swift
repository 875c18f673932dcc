import Glibc

/// A file in memory, for what reads and edits descriptors.
struct MemoryFile: ~Copyable {
    let descriptor: Int32

    init(_ bytes: [UInt8]) throws {
        let name = "/sluice-fuzz-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        descriptor = shm_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        shm_unlink(name)
        guard descriptor >= 0, write(descriptor, bytes, bytes.count) == bytes.count else {
            throw WrongAnswer(description: "no file in memory: \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }

    func bytes() -> [UInt8] {
        let size = Int(lseek(descriptor, 0, SEEK_END))
        return [UInt8](unsafeUninitializedCapacity: max(0, size)) { buffer, filled in
            filled = max(0, pread(descriptor, buffer.baseAddress, buffer.count, 0))
        }
    }
}
