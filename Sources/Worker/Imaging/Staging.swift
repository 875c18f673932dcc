import CVips
import Glibc
import Jobs
import Pictures
import Pipeline
import Vips

/// One file in the staging directory, made for one rendition. Gone again unless it is kept.
struct StagedFile: ~Copyable {
    let directory: Int32
    private(set) var name: String
    let descriptor: Int32
    private var isKept = false

    /// - Throws: `encodeFailed` with the stage `staging` when the directory does not take it.
    init(in directory: Int32, name: String) throws(JobError) {
        // Read too: TIFF is written by seeking back, and the digest reads it all.
        let opened = openat(directory, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard opened >= 0 else {
            // Thrown before anything is set: deinit must not remove a file that is not ours.
            let reason = String(cString: strerror(errno))
            throw JobError(.encodeFailed, "cannot create \(name) in staging: \(reason)", stage: stagingFault)
        }
        self.directory = directory
        self.name = name
        descriptor = opened
    }

    deinit {
        close(descriptor)
        if !isKept { unlinkat(directory, name, 0) }
    }

    mutating func keep() { isKept = true }

    mutating func rename(to newName: String) throws(JobError) {
        guard renameat(directory, name, directory, newName) == 0 else {
            let reason = String(cString: strerror(errno))
            throw JobError(.encodeFailed, "cannot rename \(name) in staging: \(reason)", stage: stagingFault)
        }
        name = newName
    }

    /// Bytes.
    func size() throws(JobError) -> UInt64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw JobError(.encodeFailed, "cannot inspect \(name): \(String(cString: strerror(errno)))")
        }
        return UInt64(status.st_size)
    }

    /// Lets an encoder write the file, and does not believe it: libvips can report success after it ran out of memory.
    func write(_ image: Image, by encoder: any PictureEncoder) throws(JobError) {
        guard let target = vips_target_new_to_descriptor(descriptor) else { throw takeVipsError(or: .encodeFailed) }
        let result = encoder.save(image, to: target)
        g_object_unref(target)
        guard result == 0 else { throw takeVipsError(or: .encodeFailed) }
        let alarms = ["out of memory", "short write", "write error", "unable to allocate", "no space left"]
        for warning in LogCapture.current where alarms.contains(where: warning.lowercased().contains) {
            throw jobError(fromVips: warning, or: .encodeFailed)
        }
    }

    /// Whether the file begins and ends as its format does.
    func check(_ encoder: Rendition.Encoder) throws(JobError) {
        let bytes = Int(try size())
        let head = readBytes(descriptor, at: 0, count: 32)
        let tail = readBytes(descriptor, at: max(0, bytes - 12), count: 12)
        let format = sniffFormat(descriptor)
        let isWhole =
            switch encoder {
            case .jpeg: format == .jpeg && tail.suffix(2) == [0xFF, 0xD9]
            case .png: format == .png && tail.dropFirst(4).starts(with: "IEND".utf8)
            case .gif: format == .gif && tail.last == 0x3B
            case .webp:
                format == .webp && bytes == 8 + (4..<8).reversed().reduce(0) { $0 << 8 | Int(head[$1]) }
            case .tiff: format == .tiff
            case .avif: format == .avif
            case .jxl: format == .jxl
            case .heif: format == .heif
            }
        guard isWhole else { throw JobError(.encodeFailed, "the encoder left an incomplete file of \(bytes) bytes") }
    }
}
