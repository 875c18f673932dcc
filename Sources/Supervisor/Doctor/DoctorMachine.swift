import Admission
import Engine
import Glibc
import LinuxIO
import Run
import Text

// The kernel and the machine.
extension DoctorReport {
    mutating func lookAtKernel() {
        var name = utsname()
        guard uname(&name) == 0 else { return }
        add(.machine, "kernel", "\(words(of: name.sysname)) \(words(of: name.release)), \(words(of: name.machine))")
        if geteuid() == 0 {
            add(.machine, "user", "root: a service running as another user may have fewer permissions than shown here")
        }
    }

    /// - Parameter staging: its path; nil where no place is given: then the working directory's file system counts.
    mutating func lookAtMemory(_ wishes: MemoryWishes, staging: String?) {
        let machine = MemoryOfMachine.here(staging: staging ?? ".")
        let limit = machine.controlGroup.map { "control group limit \(mebibytes($0))" } ?? "no control group limit"
        let swap = totalSwap().map { $0 == 0 ? ", no swap" : ", \(mebibytes($0)) of swap" } ?? ""
        let job = machine.allocation.map { ", \(mebibytes($0)) allocated to this Slurm job" } ?? ""
        add(.machine, "memory", "\(mebibytes(machine.physical)) of physical memory\(job), \(limit)\(swap)")
        do {
            let settings = try MemorySettings(wishes, on: machine)
            let cap = settings.cap
            add(
                .machine, "memory cap",
                "\(mebibytes(cap.total))\(wishes.cap == nil ? " (by default)" : ""), \(cap.workers) workers, "
                    + "\(mebibytes(cap.budget)) for jobs, and up to \(mebibytes(cap.spill)) spilled to staging")
            for warning in settings.warnings {
                warn(.machine, "memory cap", warning, advice: "see memory.cap, and staging, in the configuration")
            }
        } catch {
            fault(
                .machine, "memory cap", "\(error)", .badConfiguration,
                advice: "raise memory.cap, or give this machine or control group more memory")
        }
    }

    mutating func lookAtEvents() {
        // What the kernel falls short of is polled for instead: slower, and never lost.
        limit("max_user_watches", atLeast: 8192, "directories can be watched by all of a user's programs together")
        limit("max_user_instances", atLeast: 16, "of a user's programs can watch directories")
        limit(
            "max_queued_events", atLeast: 4096,
            "events can queue before the kernel drops some and everything is rescanned")
    }

    private mutating func limit(_ name: String, atLeast least: Int, _ meaning: String) {
        let path = "/proc/sys/fs/inotify/\(name)"
        guard let value = number(at: path) else {
            return warn(
                .machine, name, "\(path) cannot be read",
                advice: "without events, inboxes are scanned at every scan-every interval")
        }
        let words = "\(value) \(meaning)"
        if value >= least { return add(.machine, name, words) }
        warn(
            .machine, name, words,
            advice: "sysctl -w fs.inotify.\(name)=\(least * 8); to keep it, 'fs.inotify.\(name) = \(least * 8)' in "
                + "/etc/sysctl.d/60-sluice.conf")
    }
}

private func number(at path: String) -> Int? {
    guard let file = fopen(path, "re") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 64)
    guard fgets(&line, Int32(line.count), file) != nil else { return nil }
    return Int(String(decoding: line.prefix { $0 > 0x20 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
}

/// uname(2) writes into arrays of C, which are tuples here.
private func words(of field: some Any) -> String {
    withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}
