import Glibc

/// Sockets that the service manager opened for this process and passed on (sd_listen_fds(3)).
package enum PassedSockets {
    private static let firstNumber: Int32 = 3
    private static let most: Int32 = 64

    /// What came, and what came and cannot be used.
    package struct Found: Sendable {
        package var sockets: [ListeningSocket] = []
        /// For people.
        package var problems: [String] = []
    }

    /// Takes them over, so that no worker inherits them. Once, before there are other threads to speak of: the variables
    /// that announce them are removed from the environment.
    package static func take() -> Found {
        let announced = (variable("LISTEN_PID"), variable("LISTEN_FDS"), variable("LISTEN_FDNAMES"))
        for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) }
        guard let process = announced.0.flatMap(Int32.init), process == getpid(),
            let count = announced.1.flatMap(Int32.init), count > 0
        else { return Found() }
        let names = (announced.2 ?? "").split(separator: ":", omittingEmptySubsequences: false)
        var found = Found()
        if count > most { found.problems.append("LISTEN_FDS is \(count); only the first \(most) are used") }
        for index in 0..<min(count, most) {
            let number = firstNumber + index
            do {
                found.sockets.append(try ListeningSocket.passed(number))
            } catch {
                let name = Int(index) < names.count ? names[Int(index)] : "unknown"
                // Not ours to use, and not the workers' either.
                _ = fcntl(number, F_SETFD, FD_CLOEXEC)
                found.problems.append(
                    "descriptor \(number) ('\(name)') passed by systemd is not a listening stream socket: \(error)")
            }
        }
        return found
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
