import CLinux
import Glibc
import LinuxIO

/// A started worker process, by its descriptors.
struct SpawnedWorker {
    let pid: pid_t
    /// Requests and descriptors go in here; closing it ends the worker.
    let requests: Descriptor
    /// Frames come out here.
    let replies: Descriptor
    /// Its standard error.
    let words: Descriptor
}

/// Starts `executable` with a socket as standard input and pipes as standard output and error. The worker asks to die
/// with the *thread* that calls this (prctl(2), PR_SET_PDEATHSIG), so the caller's thread must outlive it.
///
/// The worker gets the nice value and the I/O priority that the supervisor was started with.
/// - Parameter arguments: without its name.
func spawnWorker(executable: String, arguments: [String], environment: [String]) throws -> SpawnedWorker {
    let (ours, theirs) = try Wire.pair()
    let output = try Wire.pipe()
    let errors = try Wire.pipe()

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, theirs.number, 0)
    posix_spawn_file_actions_adddup2(&actions, output.write.number, 1)
    posix_spawn_file_actions_adddup2(&actions, errors.write.number, 2)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A group of its own: Ctrl-C is for the supervisor, which then decides what becomes of its workers.
    posix_spawnattr_setpgroup(&attributes, 0)
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(
        &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    sluice_take_priorities_of_process()
    var pid = pid_t()
    let failure = withExtendedLifetime((theirs, output, errors)) {
        withCStrings([executable] + arguments) { argv in
            withCStrings(environment) { envp in
                posix_spawn(&pid, executable, &actions, &attributes, argv, envp)
            }
        }
    }
    guard failure == 0 else { throw SystemCallError("posix_spawn", executable, errno: failure) }
    return SpawnedWorker(pid: pid, requests: ours, replies: output.read, words: errors.read)
}

/// A NULL-terminated array of C strings, for the duration of `body`.
private func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers)
}

/// What a worker gets of the supervisor's environment: where to find libraries and how to speak, nothing else.
func workerEnvironment() -> [String] {
    let passed = [
        "PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "SLUICE_CRASH", "SLUICE_SANDBOX", "SWIFT_BACKTRACE",
    ]
    var environment = passed.compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } }
    // libvips' environment settings must not change what a memory estimate was made for; HEIF plug-ins stay as
    // installed. Nor is VIPS_WARNING set, which silences warnings whatever its value: of some decoders they are all
    // that tells a reason. Otherwise libvips raises the thread stack size that the worker has bounded.
    environment.append("VIPS_MIN_STACK_SIZE=1m")
    // Swift's own backtracer would start another process at a crash, outside the memory cap and for seconds; the
    // supervisor attributes the signal. Set the variable to debug.
    if getenv("SWIFT_BACKTRACE") == nil { environment.append("SWIFT_BACKTRACE=enable=no") }
    return environment
}
