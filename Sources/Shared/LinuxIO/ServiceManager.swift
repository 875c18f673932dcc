import Glibc

/// The service manager that started this program and wants to hear how it is (sd_notify(3)): a datagram at a time to the
/// socket that `NOTIFY_SOCKET` names. It needs no libsystemd, never blocks, and never fails the program: what cannot be
/// sent at once is not sent.
package final class ServiceManager: Sendable {
    private let socket: Descriptor
    /// sockaddr_un's path as the kernel wants it: an abstract name begins with a zero byte.
    private let path: [UInt8]

    /// Nanoseconds within which it wants to hear `WATCHDOG=1`, again and again; nil: it does not.
    package let watchdog: Int64?

    /// Nil without a service manager. Workers get neither variable (`workerEnvironment`).
    package static func ofThisProcess() -> ServiceManager? {
        func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
        return ServiceManager(
            socket: variable("NOTIFY_SOCKET"),
            watchdog: watchdogTime(variable("WATCHDOG_USEC"), process: variable("WATCHDOG_PID"), own: getpid()))
    }

    /// - Parameters:
    ///   - name: an absolute path, or `@` and an abstract name; anything else is ignored.
    ///   - watchdog: nanoseconds.
    package init?(socket name: String?, watchdog: Int64? = nil) {
        guard let name, let path = Self.path(name) else { return nil }
        let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let number = Glibc.socket(AF_UNIX, kind, 0)
        guard number >= 0 else { return nil }
        self.socket = Descriptor(owning: number)
        self.path = path
        self.watchdog = watchdog
    }

    /// Tells it these assignments, `READY=1` say, in one message. A line end within one would begin another: it becomes a
    /// blank.
    package func notify(_ assignments: String...) {
        let text = assignments.map { $0.replacingLineEnds() }.joined(separator: "\n")
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.offset(of: \.sun_path).map { $0 + path.count } ?? 0)
        let bytes = Array(text.utf8)
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = retryingInterrupted {
                    sendto(socket.number, bytes, bytes.count, Int32(MSG_NOSIGNAL), address, length)
                }
            }
        }
    }

    /// Nil where the kernel knows no such address.
    static func path(_ name: String) -> [UInt8]? {
        var path = Array(name.utf8)
        let room = MemoryLayout.size(ofValue: sockaddr_un().sun_path)
        guard path.count > 1, path.count < room else { return nil }
        switch path[0] {
        case UInt8(ascii: "/"): path.append(0)
        case UInt8(ascii: "@"): path[0] = 0
        default: return nil
        }
        return path
    }

    /// Of sd_watchdog_enabled(3)'s variables, in nanoseconds; nil where they are meant for another process.
    static func watchdogTime(_ microseconds: String?, process: String?, own: Int32) -> Int64? {
        guard let microseconds, let time = Int64(microseconds), time > 0, time <= .max / 1000 else { return nil }
        if let process, process != String(own) { return nil }
        return time * 1000
    }
}

extension String {
    fileprivate func replacingLineEnds() -> String {
        String(decoding: utf8.map { $0 < 0x20 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
    }
}
