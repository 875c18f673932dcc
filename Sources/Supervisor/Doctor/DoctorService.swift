import Glibc
import LinuxIO
import Outbox

// Who has started this process, and what that one has promised it.
extension DoctorReport {
    /// - Parameter environment: the value of a variable.
    mutating func lookAtService(
        _ environment: (String) -> String? = { name in getenv(name).map { String(cString: $0) } }
    ) {
        guard environment("INVOCATION_ID") != nil || environment("NOTIFY_SOCKET") != nil else {
            return add(.service, "systemd", "this process is not a unit's: nothing is notified, and nobody watches it")
        }
        let notifies = environment("NOTIFY_SOCKET") != nil
        let watchdog = environment("WATCHDOG_USEC").flatMap { Double($0) }.map {
            ", a sign of life every \($0 / 1e6) s"
        }
        if notifies {
            add(.service, "systemd", "a unit that is told when Sluice is ready\(watchdog ?? "")")
        } else {
            add(.service, "systemd", "a unit that is not told when Sluice is ready (Type=notify would be)")
        }
        if let count = environment("LISTEN_FDS").flatMap({ Int($0) }), count > 0 {
            add(.service, "sockets", "\(count) handed over by systemd")
        }
    }

    /// Times stand in sidecars, and TLS and signatures elsewhere hang on them; sources settle by a clock of their own.
    mutating func lookAtClock(now: Double = wallClock()) {
        // The year 2025, before which there was no Sluice.
        if now >= 1_735_689_600 { return add(.machine, "clock", String(timestamp(now).prefix(19)) + "Z") }
        warn(
            .machine, "clock", "it is \(timestamp(now)) here", advice: "set the clock: timedatectl set-ntp true")
    }

    mutating func lookAtDescriptors() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        let words = "\(limit.rlim_cur) files may be open"
        if limit.rlim_cur >= 512 { return add(.machine, "open files", words) }
        warn(
            .machine, "open files", words,
            advice: "ulimit -n 1024, or LimitNOFILE=1024 in the unit: inboxes with many folders need some hundred")
    }
}
