package import Jobs
package import LinuxIO

/// Something in an inbox that cannot become a source, and why.
package struct Refusal: Sendable, Equatable {
    package var path: RelativePath
    /// What stands there; nil where it could not be found out.
    package var status: FileStatus?
    package var error: JobError

    static func tooLong(_ path: RelativePath, _ limit: Int) -> Refusal {
        let message = "The path has \(path.bytes.count) bytes; the maximum is \(limit)."
        return Refusal(path: path, status: nil, error: JobError(.nameTooLong, message))
    }

    static func tooDeep(_ path: RelativePath, _ limit: Int) -> Refusal {
        let message = "\(path) is more than \(limit) directories deep."
        return Refusal(path: path, status: nil, error: JobError(.unreadable, message))
    }

    static func unreadable(_ path: RelativePath, _ status: FileStatus?, _ error: any Error) -> Refusal {
        Refusal(path: path, status: status, error: JobError(.unreadable, "\(path) cannot be read: \(error)."))
    }

    static func notRegular(_ path: RelativePath, _ status: FileStatus) -> Refusal {
        let kind =
            switch status.type {
            case .symbolicLink: "a symbolic link"
            case .fifo: "a FIFO"
            case .socket: "a socket"
            case .characterDevice, .blockDevice: "a device"
            default: "not a regular file"
            }
        return Refusal(
            path: path, status: status,
            error: JobError(.notARegularFile, "\(path) is \(kind); only regular files are accepted."))
    }
}
