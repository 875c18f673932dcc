package import LinuxIO

extension Publisher {
    /// Gives staged files a time of their last change; `sync` makes it durable. Throws SystemCallError.
    /// - Returns: why the file system does not take it, for people.
    package static func date(
        _ files: [String], in staging: Directory, as date: (seconds: Int64, nanoseconds: Int64)
    ) throws -> String? {
        for file in files {
            let open = try staging.openFile(Array(file.utf8))
            do {
                try open.setLastChange(seconds: date.seconds, nanoseconds: date.nanoseconds, subject: file)
            } catch {
                return "the picture's date could not be set: \(error)"
            }
        }
        return nil
    }
}
