import Glibc
import Jobs
import LinuxIO
import Pictures
import Vips

/// Copies the video of a motion photo into staging, piece by piece: it is never held.
/// - Parameter staging: the job's directory.
func copyMotion(
    _ motion: MotionVideo, of source: Descriptor, into staging: Directory
) throws(JobError) -> MotionReport {
    let name = ResultName.motion(motion.format).staged
    do {
        let file = try staging.createFile(Array(name.utf8), mode: 0o666)
        var hasher = SHA256Hasher()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 64)
        defer { buffer.deallocate() }
        var done: UInt64 = 0
        while done < motion.bytes {
            let wanted = Int(min(UInt64(buffer.count), motion.bytes - done))
            let count = pread(source.number, buffer.baseAddress, wanted, off_t(clamping: motion.start + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let reason = count < 0 ? String(cString: strerror(errno)) : "it has become shorter"
                throw JobError(.unreadable, "The motion video cannot be read: \(reason).")
            }
            let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            hasher.update(piece)
            try file.writeAll(piece, subject: "staging/\(name)")
            done += UInt64(count)
        }
        return MotionReport(path: name, format: motion.format, bytes: done, sha256: hasher.finish())
    } catch let error as JobError {
        throw error
    } catch {
        throw JobError(.encodeFailed, "The motion video cannot be written: \(error).", stage: stagingFault)
    }
}
