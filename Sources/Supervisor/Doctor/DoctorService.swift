import Glibc
import LinuxIO
import Outbox

// What started this process, and what it provides.
extension DoctorReport {
    /// - Parameter environment: the value of a variable.
    mutating func lookAtService(
        _ environment: (String) -> String? = { name in getenv(name).map { String(cString: $0) } }
    ) {
        guard environment("INVOCATION_ID") != nil || environment("NOTIFY_SOCKET") != nil else {
            return add(.service, "systemd", "not running as a systemd unit: no readiness notification and no watchdog")
        }
        let notifies = environment("NOTIFY_SOCKET") != nil
        let watchdog = environment("WATCHDOG_USEC").flatMap { Double($0) }.map {
            ", with a watchdog ping every \($0 / 1e6) s"
        }
        if notifies {
            add(.service, "systemd", "unit with readiness notification\(watchdog ?? "")")
        } else {
            add(.service, "systemd", "unit without readiness notification (use Type=notify)")
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
            .machine, "clock", "the clock says \(timestamp(now))", advice: "set the clock: timedatectl set-ntp true")
    }

    mutating func lookAtDescriptors() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        let words = "up to \(limit.rlim_cur) open files"
        if limit.rlim_cur >= 512 { return add(.machine, "open files", words) }
        warn(
            .machine, "open files", words,
            advice: "ulimit -n 1024, or LimitNOFILE=1024 in the unit: inboxes with many folders need several hundred")
    }
}
