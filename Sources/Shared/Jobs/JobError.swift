/// Why a job failed, as in its `NAME.error.json`.
package struct JobError: Error, Codable, Sendable, Equatable {
    package var code: ErrorCode
    /// Human-readable: what is wrong, and what to do about it.
    package var message: String
    /// The stage or rendition that was at work, if any.
    package var stage: String?

    package init(_ code: ErrorCode, _ message: String, stage: String? = nil) {
        self.code = code
        self.message = message
        self.stage = stage
    }
}

/// Stable, kebab-case; documented in Documentation/errors.md. New codes may be added, old ones keep their meaning.
package enum ErrorCode: String, Codable, Sendable, CaseIterable {
    /// The content is in a format that Sluice does not read (SVG, PDF, PSD, text, …), whatever the name says.
    case unsupportedFormat = "unsupported-format"
    /// The format is read, but the pipeline's `accept` leaves it out.
    case formatNotAccepted = "format-not-accepted"
    /// The file has no bytes.
    case emptyFile = "empty-file"
    /// The decoder found the file damaged.
    case damaged = "damaged"
    /// The file ends before the picture does.
    case truncated = "truncated"
    /// Not even a part of the picture can be decoded, though `limits.damage` tolerates what can be.
    case beyondRepair = "beyond-repair"
    /// More pixels than `limits.pixels`.
    case tooManyPixels = "too-many-pixels"
    /// More bytes than `limits.bytes`.
    case tooManyBytes = "too-many-bytes"
    /// More frames, or pages of a document of which each is made, than `limits.pages`.
    case tooManyPages = "too-many-pages"
    /// The estimate is over the memory cap; the message gives the cap it would need.
    case tooLargeForCap = "too-large-for-cap"
    /// An attempt ran longer than `limits.time`.
    case timedOut = "timed-out"
    /// The worker was killed by a signal that the picture caused.
    case workerCrashed = "worker-crashed"
    /// The worker ran into its memory limit.
    case memoryLimit = "memory-limit"
    /// The worker broke the protocol.
    case workerProtocol = "worker-protocol"
    /// A stage cannot be done on this picture (a crop outside it, say).
    case stageFailed = "stage-failed"
    /// A rendition cannot be written in its format (WebP wider than 16383, say).
    case encodeFailed = "encode-failed"
    /// Supervisor or machine went down so often during this job that it is given up.
    case interrupted
    /// The source cannot be read (permission, I/O error).
    case unreadable = "unreadable"
    /// A link, FIFO, socket or device: only regular files are taken.
    case notARegularFile = "not-a-regular-file"
    /// Every name that the renditions could have in the outbox is another source's.
    case nameTaken = "name-taken"
    /// The name is too long for its renditions or sidecar.
    case nameTooLong = "name-too-long"

    /// Whether another attempt could end differently.
    package var isTransient: Bool {
        switch self {
        case .timedOut, .workerCrashed, .memoryLimit, .workerProtocol, .unreadable: true
        default: false
        }
    }

    /// Whether the cause may be gone though neither the source nor the pipeline has changed: a file in the outbox, the
    /// memory cap, a permission. A new run tries such a source again.
    package var dependsOnSurroundings: Bool {
        switch self {
        case .nameTaken, .tooLargeForCap, .memoryLimit, .interrupted, .unreadable: true
        default: false
        }
    }

    /// What the person who owns the file can do. Ends up in `NAME.error.json`.
    package var advice: String {
        switch self {
        case .unsupportedFormat: "Convert it to JPEG, PNG, WebP, TIFF, HEIF, AVIF, JPEG XL or GIF."
        case .formatNotAccepted: "Add the format to the pipeline's accept list, or use another pipeline."
        case .emptyFile: "Copy the file again; the upload was cut off."
        case .damaged: "Copy the file again from its origin. If no intact copy exists, set limits.damage: none."
        case .truncated: "Copy the file again; it ends early. To accept it anyway, set limits.damage: none."
        case .beyondRepair: "Copy the file again from its origin; no part of this one can be decoded."
        case .tooManyPixels: "Raise limits.pixels in the pipeline if you trust the source."
        case .tooManyBytes: "Raise limits.bytes in the pipeline if you trust the source."
        case .tooManyPages: "Raise limits.pages in the pipeline if you trust the source, or split the document."
        case .tooLargeForCap:
            "Raise memory.cap to the figure in the message, or save the picture in a format that streams."
        case .timedOut: "Raise limits.time, or check whether the file was crafted to be slow."
        case .workerCrashed: "The file crashes a decoder: set it aside and report it to libvips."
        case .memoryLimit: "Raise memory.cap, or save the picture in a format that streams (baseline JPEG, PNG, TIFF)."
        case .workerProtocol: "Report this to Sluice's issue tracker with the file."
        case .stageFailed: "Check the stage named here: it cannot be applied to this picture."
        case .encodeFailed: "Choose another format or a smaller size for the rendition named here."
        case .interrupted:
            "Check the system log for why sluice or the machine stopped (out of memory?), then drop the file again."
        case .unreadable: "Check the file's permissions and the disk's health, then drop it again."
        case .notARegularFile: "Put a copy of the file itself into the inbox."
        case .nameTaken: "Rename the file: another source of this inbox already has results under these names."
        case .nameTooLong: "Give the file a shorter name."
        }
    }
}
