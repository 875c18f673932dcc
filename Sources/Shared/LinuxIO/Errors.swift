import Glibc

/// A system call that failed: which one, on what, and why.
package struct SystemCallError: Error, Sendable, Equatable, CustomStringConvertible {
    package let call: String
    /// The path or descriptor it was about, as shown to people.
    package let subject: String
    package let errno: Int32

    package init(_ call: String, _ subject: String, errno code: Int32 = Glibc.errno) {
        self.call = call
        self.subject = subject
        self.errno = code
    }

    package var description: String { "\(call) \(subject): \(String(cString: strerror(errno)))" }
}
