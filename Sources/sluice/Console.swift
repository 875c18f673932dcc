import LinuxIO

/// Standard error for messages, standard output for results. Whole lines in one call, so that lines of several tasks do
/// not mix.
enum Console {
    static func line(_ text: String) { raw(text + "\n") }

    static func raw(_ text: String) {
        // A terminal that went away is no reason to stop working.
        try? Wire.write(Array(text.utf8), to: 2, subject: "standard error")
    }

    /// A result, to standard output.
    /// - Throws: `SystemCallError` when it cannot be written: a result that is lost is not a success.
    static func result(_ text: String, terminator: String = "\n") throws {
        try Wire.write(Array((text + terminator).utf8), to: 1, subject: "standard output")
    }
}
