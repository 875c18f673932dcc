package import Jobs

/// Why a header could not be read.
package enum HeaderError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file has no bytes.
    case empty
    /// Recognised, but of no format that is read: its name for people.
    case unsupported(String)
    /// Not recognised at all.
    case unknown
    /// The file ends before its width and height.
    case truncated(PictureFormat)
    /// The header contradicts its format, and how.
    case malformed(PictureFormat, String)
    /// A read failed with this `errno`.
    case unreadable(errno: Int32)

    package var description: String {
        switch self {
        case .empty: "the file is empty"
        case .unsupported(let name): "the content is \(name), which is not supported"
        case .unknown: "unrecognised file format"
        case .truncated(let format): "the \(format.rawValue) header ends early"
        case .malformed(let format, let reason): "the \(format.rawValue) header is damaged: \(reason)"
        case .unreadable(let code): "the file cannot be read (errno \(code))"
        }
    }
}

/// Why parsing stopped, before the format is added.
package enum ParseFailure: Error, Equatable {
    /// A byte that the header needs lies behind the end of the file.
    case endOfFile
    /// The header asks for more bytes or more steps than `HeaderLimits` grants.
    case overLimit
    /// A read failed with this `errno`.
    case system(Int32)
    /// What is wrong.
    case malformed(String)
    /// It is sound, and of a kind that is not read: its name for people.
    case unsupported(String)

    package func headerError(for format: PictureFormat) -> HeaderError {
        switch self {
        case .endOfFile: .truncated(format)
        case .overLimit: .malformed(format, "too much data before the picture's size")
        case .system(let code): .unreadable(errno: code)
        case .malformed(let reason): .malformed(format, reason)
        case .unsupported(let name): .unsupported(name)
        }
    }
}
