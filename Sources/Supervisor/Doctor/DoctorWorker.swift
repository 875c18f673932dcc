import Engine
import Journal
import LinuxIO
import WorkerPool
import WorkerProtocol

// A worker: starts one, and reports what it says about itself.
extension DoctorReport {
    /// - Parameter staging: the staging directory, absolute, where there is one.
    mutating func lookAtWorker(staging: String?, onnxRuntime: String?) async {
        let reinstall = "install sluice and sluice-worker from the same build, side by side"
        let executable: String
        do {
            executable = try findWorkerExecutable()
        } catch {
            return fault(.worker, "program", "\(error)", .missingDependency, advice: reinstall)
        }
        do {
            let worker = try await WorkerProcess.start(
                executable: executable, staging: staging, models: 0, onnxRuntime: onnxRuntime, trains: true,
                tellsFormats: true)
            let greeting = worker.greeting
            let libraries = mappedLibraries(of: worker.processIdentifier)
            await worker.stop()
            add(.worker, "program", "\(executable), protocol version \(workerProtocolVersion)")
            if let greeting { take(greeting) }
            report(libraries, of: .worker)
        } catch let death as Death {
            let words = death.stderrTail.isEmpty ? "" : ": \(death.stderrTail)"
            fault(
                .worker, "program", "\(executable) does not start: \(death.cause.words)\(words)", .missingDependency,
                advice: "\(reinstall); 'ldd \(executable)' lists missing libraries")
        } catch {
            fault(.worker, "program", "\(executable) does not start: \(error)", .missingDependency, advice: reinstall)
        }
    }

    /// The supervisor's own.
    mutating func lookAtOwnLibraries() {
        if let version = Journal.libraryVersion { add(.machine, "SQLite", version) }
        report(mappedLibraries(), of: .machine)
    }

    /// Those that a fault may hang on, on one line.
    private mutating func report(_ libraries: [String: String], of section: Section) {
        let known = libraries.filter { library in worthTelling.contains { library.key.hasPrefix($0) } }
        guard !known.isEmpty else { return }
        let words = known.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        add(section, "libraries", words.joined(separator: ", "))
    }

    private mutating func take(_ greeting: WorkerGreeting) {
        for (name, version) in greeting.libraries.sorted(by: { $0.key < $1.key }) { add(.worker, name, version) }
        if let fault = greeting.engineFault {
            warn(.worker, "models", fault, advice: "only pipelines that name a model need it")
        }
        if let fault = greeting.trainingFault {
            warn(.worker, "liblinear", fault, advice: "only 'sluice train' needs it")
        }
        if let formats = greeting.formats { take(formats) }
        guard let confinement = greeting.confinement else {
            return warn(.sandbox, "sandbox", "the worker does not report it", advice: "reinstall both programs")
        }
        if confinement.isSwitchedOff {
            return warn(
                .sandbox, "sandbox", "switched off: SLUICE_SANDBOX=off",
                advice: "unset it unless you are debugging a worker")
        }
        for (name, piece) in confinement.pieces {
            switch piece {
            case .holds(let words): add(.sandbox, name, words)
            case .missing(let why):
                warn(.sandbox, name, "not available: \(why)", advice: advice[name] ?? "workers carry on without it")
            }
        }
    }

    private mutating func take(_ formats: [FormatSupport]) {
        add(.worker, "reads", formats.filter(\.reads).map(\.name).joined(separator: ", "))
        add(.worker, "writes", formats.filter(\.writes).map(\.name).joined(separator: ", "))
        for format in formats where !format.reads {
            if format.name == "raw" {
                warn(
                    .worker, "raw", "LibRaw is not installed: of RAW files only embedded pictures can be used",
                    advice: "install libraw20 (Debian 12) or libraw23t64 (Debian 13)")
                continue
            }
            warn(
                .worker, format.name, "cannot be read by this libvips",
                advice:
                    "install a libvips with \(format.name) support (and libheif with its plug-ins for heif and avif)")
        }
        for format in formats where !format.writes && !neverWritten.contains(format.name) {
            warn(
                .worker, format.name, "cannot be written by this libvips",
                advice: "only pipelines with renditions in \(format.name) need it: \(format.encoder)")
        }
    }
}

/// Whatever libraries could do.
private let neverWritten: Set = ["raw", "bmp", "pnm"]

/// Of what decoders, encoders, colours and metadata hang on.
private let worthTelling = [
    "libexif", "libheif", "libjxl", "libde265", "libaom", "libdav1d", "libx265", "libjpeg", "libpng", "libwebp",
    "libtiff",
    "libcgif",
    "libnsgif", "libimagequant", "liblcms2", "libnettle", "libz", "liborc", "libglib-2.0",
]

private let advice = [
    "landlock": "workers carry on without it. Linux 5.13 or newer has it; 'landlock' must be in the lsm= list that the "
        + "kernel was booted with, and containers must let its system calls through",
    "seccomp":
        "workers carry on without it. The kernel needs CONFIG_SECCOMP_FILTER, and a container must not forbid it",
    "no_new_privs": "workers carry on without it, and without landlock and seccomp, which need it",
    "descriptors": "mount /proc, or use Linux 5.9 or newer",
]

extension Death.Cause {
    /// The cause alone, for people.
    fileprivate var words: String {
        switch self {
        case .neverReady(let why), .brokeProtocol(let why): why
        default: "\(self)"
        }
    }
}
