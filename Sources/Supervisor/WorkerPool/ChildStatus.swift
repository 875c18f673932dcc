import Glibc

// How a child process ended, from wait(2)'s status.

/// Whether the child is dead; it is not reaped.
func hasEnded(_ pid: pid_t) -> Bool {
    var info = siginfo_t()
    let result = waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT)
    return result < 0 ? errno == ECHILD : info.si_signo == SIGCHLD
}

func exitCause(_ status: Int32) -> Death.Cause {
    switch status & 0x7F {
    case 0: .exited((status >> 8) & 0xFF)
    case SIGKILL: .killedFromOutside
    case let signal: .signalled(signal)
    }
}

func describe(_ status: Int32) -> String {
    switch exitCause(status) {
    case .signalled(let signal): "the worker was killed by \(signalName(signal)) before it was ready"
    case .killedFromOutside: "the worker was killed by \(signalName(SIGKILL)) before it was ready"
    case .exited(let code): "the worker exited with status \(code) before it was ready"
    default: "the worker exited before it was ready"
    }
}
