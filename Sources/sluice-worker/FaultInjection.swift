import Glibc
import Jobs
import LinuxIO
import WorkerProtocol

/// For tests of what a bad worker does to its job and to others: `SLUICE_CRASH=kind:name` misbehaves on sources whose
/// name holds `name`; `kind@4:name` after the fourth rendition that this attempt has made. Kinds: segfault, exit, hang,
/// spin, nonsense, memory, flood, noise, floodstderr, escape.
func injectFaultIfRequested(_ job: JobRequest, afterRenditions made: Int = 0) {
    guard let told = getenv("SLUICE_CRASH") else { return }
    let parts = String(cString: told).split(separator: ":", maxSplits: 1)
    guard parts.count == 2, job.sourceName.contains(parts[1]) else { return }
    let kind = parts[0].split(separator: "@")
    guard made == (kind.count == 2 ? Int(kind[1]) : 0) else { return }
    switch kind[0] {
    case "segfault":
        // Swift's own handler lets a signal that was merely raised pass.
        signal(SIGSEGV, SIG_DFL)
        raise(SIGSEGV)
    case "exit": exit(3)
    case "hang": while true { sleep(1000) }
    case "spin": while true {}
    case "nonsense": try? Wire.write([0xFF, 0xFF, 0xFF, 0xFF, 0x7B], to: answers, subject: "supervisor")
    case "memory": eatMemory()
    case "flood": flood(job)
    case "noise": pour([UInt8](repeating: 0, count: 64 << 10), into: answers)
    case "floodstderr": pour(Array(String(repeating: "warning! ", count: 8192).utf8), into: STDERR_FILENO)
    case "escape":
        // What a decoder that was taken over would try, to outlive its time limit.
        _ = setpgid(0, getpgid(getppid()))
        while true { sleep(1000) }
    default: break
    }
}

/// Touches every page that it gets, and goes on when it gets no more.
private func eatMemory() {
    let piece = 1 << 20
    while true {
        guard let memory = mmap(nil, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            memory != MAP_FAILED
        else {
            usleep(1000)
            continue
        }
        memset(memory, 1, piece)
    }
}

/// Well-formed answers without end.
private func flood(_ job: JobRequest) {
    let report = RenditionReport(
        name: "flood", path: "flood.png", format: "png", width: 1, height: 1, pages: 1, bytes: 1, sha256: "",
        seconds: 0)
    guard let frame = try? Frame.encode(WorkerReply.rendition(job: job.job, report)) else { return }
    pour((0..<64).flatMap { _ in frame }, into: answers)
}

private func pour(_ bytes: [UInt8], into descriptor: Int32) {
    while (try? Wire.write(bytes, to: descriptor, subject: "a flood")) != nil {}
}
