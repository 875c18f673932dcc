import Glibc
import Jobs
import LinuxIO
import WorkerProtocol

/// The files that a pipeline names, opened by the supervisor: a confined worker cannot open any itself.
struct PassedFiles {
    private var opened: [String: Descriptor] = [:]
    private var failures: [String: String] = [:]
    /// Descriptors that are of none of them.
    let rest: ArraySlice<Descriptor>

    /// - Parameter descriptors: of those files that have no failure, in their order.
    init(_ files: [JobRequest.NamedFile], _ descriptors: [Descriptor]) {
        var rest = descriptors[...]
        for file in files {
            if let failure = file.failure { failures[file.path] = failure } else { opened[file.path] = rest.popFirst() }
        }
        self.rest = rest
    }

    /// A separate descriptor for each caller, at the start of the file.
    func open(_ path: String) throws(JobError) -> Int32 {
        guard let file = opened[path] else {
            throw JobError(.stageFailed, "cannot open \(path): \(failures[path] ?? "it was not passed with the job")")
        }
        // Duplicates share their offset with the original.
        let number = fcntl(file.number, F_DUPFD_CLOEXEC, 0)
        guard number >= 0, lseek(number, 0, SEEK_SET) == 0 else {
            throw JobError(.stageFailed, "cannot open \(path): \(String(cString: strerror(errno)))")
        }
        return number
    }
}
