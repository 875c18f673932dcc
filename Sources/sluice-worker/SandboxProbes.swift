import LinuxIO

#if DEBUG
    import CLinux
    import FoundationEssentials
    import Glibc
    import LinuxIO
    import WorkerProtocol

    /// `sluice-worker --try WHAT[:DETAIL]`, for tests: tries something from inside the confinement that this very
    /// worker has just put on, and says on standard output how that went: `done`, or `refused` with errno.
    ///
    /// - Returns: the exit status: 0 when the attempt was made, 64 if it is unknown.
    func tryForbidden(_ attempt: String, _ confinement: ConfinementReport) -> Int32 {
        let parts = attempt.split(separator: ":", maxSplits: 1).map(String.init)
        let name = parts.first ?? ""
        let detail = parts.count > 1 ? parts[1] : ""
        if name == "report" {
            let report = (try? JSONEncoder().encode(confinement)) ?? Data()
            return say(String(decoding: report, as: UTF8.self))
        }
        if name == "descriptors" { return say(openDescriptors()) }
        if name == "limit" { return say(softLimits(detail)) }
        if name == "status" { return say(lineOfStatus(detail)) }
        if name == "allocate" { return say(tryAllocator(detail)) }
        guard let attempt = attempts[name] else { return 64 }
        errno = 0
        if attempt(detail) { return say("done") }
        let code = errno
        return say("refused \(code) \(String(cString: strerror(code)))")
    }

    private func say(_ text: String) -> Int32 {
        (try? Wire.write(Array("\(text)\n".utf8), to: STDOUT_FILENO, subject: "standard output")) == nil ? 74 : 0
    }

    /// Each is true when it could be done.
    private let attempts: [String: @Sendable (String) -> Bool] = [
        // Files
        "read": { path in opens(path, O_RDONLY) },
        "write": { path in opens(path, O_WRONLY) },
        "create": { path in opens(path, O_WRONLY | O_CREAT | O_EXCL) },
        "list": { path in opendir(path).map { closedir($0) == 0 } ?? false },
        "make-directory": { path in mkdir(path, 0o700) == 0 },
        "remove": { path in unlink(path) == 0 },
        "truncate": { path in truncate(path, 0) == 0 },
        "chmod": { path in chmod(path, 0) == 0 },
        "touch": { path in utimensat(AT_FDCWD, path, nil, 0) == 0 },
        "link": { path in symlink("/etc/passwd", path) == 0 },
        "pipe": { path in mkfifo(path, 0o600) == 0 },
        "work": work,
        // The network
        "tcp": { _ in connects(AF_INET, Int32(SOCK_STREAM.rawValue)) },
        "udp": { _ in sends(Int32(SOCK_DGRAM.rawValue)) },
        "unix": { _ in connects(AF_UNIX, Int32(SOCK_STREAM.rawValue)) },
        "pair": { _ in
            var ends: [Int32] = [-1, -1]
            return socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0
        },
        // Other processes
        "ptrace": { _ in calls(SYS_ptrace, Int(seize), Int(getppid())) },
        "read-memory": { _ in calls(SYS_process_vm_readv, Int(getppid())) },
        "signal": { _ in kill(getppid(), 0) == 0 },
        "limit-parent": { _ in sluice_soft_limit(getppid(), Int32(RLIMIT_NOFILE.rawValue), 3) == 0 },
        "leave-group": { _ in setpgid(0, getpgid(getppid())) == 0 || setsid() >= 0 },
        "forget-parent": { _ in sluice_die_with_parent(0) == 0 },
        // Programs and processes
        "execve": { _ in execv("/bin/true", [nil]) == 0 },
        "fork": { _ in starts(SYS_clone, flags: Int(SIGCHLD)) },
        "clone3": { _ in calls(SYS_clone3, 0, 0) },
        "thread": { _ in (try? startThread(named: "probe") {}) != nil },
        // The kernel
        "user-namespace": { _ in calls(SYS_unshare, 0x1000_0000) },
        "cloned-namespace": { _ in starts(SYS_clone, flags: 0x1000_0000 | Int(SIGCHLD)) },
        "bpf": { _ in calls(SYS_bpf, 0) },
        "io_uring": { _ in calls(SYS_io_uring_setup, 1, 0) },
        "keyctl": { _ in calls(SYS_keyctl, 0, -3) },
        "mount": { _ in calls(SYS_mount, 0, 0, 0) },
        "userfaultfd": { _ in calls(SYS_userfaultfd, 0) },
        "x32": { _ in calls(SYS_getpid | 0x4000_0000) },
        // What sanitizers and valgrind are to report
        "freed": { _ in
            guard let block = malloc(64) else { return false }
            memset(block, 1, 64)
            free(block)
            return writesToNull(block, 64)
        },
        "uninitialised": { _ in
            guard let block = malloc(64) else { return false }
            defer { free(block) }
            return writesToNull(block, 64)
        },
    ]

    private func writesToNull(_ block: UnsafeMutableRawPointer, _ count: Int) -> Bool {
        let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
        guard null >= 0 else { return false }
        defer { close(null) }
        return write(null, block, count) == count
    }

    /// PTRACE_SEIZE, of an enum that is not exported.
    private let seize = 0x4206

    private func calls(_ number: Int32, _ first: Int = 0, _ second: Int = 0, _ third: Int = 0) -> Bool {
        sluice_system_call(Int(number), first, second, third, 0) >= 0
    }

    /// A child that comes to be ends at once.
    private func starts(_ number: Int32, flags: Int) -> Bool {
        let pid = sluice_system_call(Int(number), flags, 0, 0, 0)
        if pid == 0 { _exit(0) }
        return pid > 0
    }

    private func opens(_ path: String, _ flags: Int32) -> Bool {
        let number = open(path, flags | O_CLOEXEC, 0o600)
        guard number >= 0 else { return false }
        return close(number) == 0
    }

    /// Everything that a job does in its staging directory: makes a directory and a file, writes, reads back, renames,
    /// removes.
    private func work(_ directory: String) -> Bool {
        let below = "\(directory)/probe"
        guard mkdir(below, 0o700) == 0 else { return false }
        let number = open("\(below)/a", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard number >= 0 else { return false }
        defer { close(number) }
        var byte: UInt8 = 0
        return write(number, "x", 1) == 1 && pread(number, &byte, 1, 0) == 1 && byte == UInt8(ascii: "x")
            && ftruncate(number, 0) == 0 && rename("\(below)/a", "\(below)/b") == 0 && unlink("\(below)/b") == 0
            && rmdir(below) == 0
    }

    private func socketOf(_ family: Int32, _ kind: Int32) -> Descriptor? {
        let number = socket(family, kind, 0)
        return number < 0 ? nil : Descriptor(owning: number)
    }

    /// Whether a socket can be made, and the call that follows does not fail for want of rights.
    private func connects(_ family: Int32, _ kind: Int32) -> Bool {
        guard let socket = socketOf(family, kind) else { return false }
        return withLoopback { connect(socket.number, $0, $1) == 0 || (errno != EPERM && errno != EACCES) }
    }

    private func sends(_ kind: Int32) -> Bool {
        guard let socket = socketOf(AF_INET, kind) else { return false }
        return withLoopback { sendto(socket.number, "x", 1, 0, $0, $1) == 1 || (errno != EPERM && errno != EACCES) }
    }

    private func withLoopback(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Bool) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(9).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// Numbers and what they stand for, one a line.
    private func openDescriptors() -> String {
        (Int32(0)..<4096).filter { fcntl($0, F_GETFD) >= 0 }.map { number in
            var target = [CChar](repeating: 0, count: 4096)
            let count = readlink("/proc/self/fd/\(number)", &target, target.count - 1)
            let bytes = target.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
            return "\(number) \(String(decoding: bytes, as: UTF8.self))"
        }.joined(separator: "\n")
    }

    private func softLimits(_ name: String) -> String {
        var limit = rlimit()
        let resource = name == "core" ? RLIMIT_CORE : RLIMIT_NOFILE
        return getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0
            ? "\(limit.rlim_cur) \(limit.rlim_max)" : "unknown"
    }

    private func lineOfStatus(_ key: String) -> String {
        guard let file = fopen("/proc/self/status", "re") else { return "unreadable" }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 4096)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if text.hasPrefix("\(key):") {
                return String(text.dropFirst(key.count + 1).filter { !$0.isWhitespace })
            }
        }
        return "absent"
    }
#endif
