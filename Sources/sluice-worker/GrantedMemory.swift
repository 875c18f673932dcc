import CAllocator
import Glibc
import Imaging
import Jobs
import LinuxIO
import Text
import Vips

/// The running job's memory grant and usage. While one exists, the worker's malloc enforces the grant.
struct GrantedMemory: ~Copyable {
    private let grant: MemoryGrant

    /// - Parameter staging: the job's directory; what does not fit into memory goes into a file there that has no name.
    ///   Nil where there is none: nothing is spilled then.
    /// - Parameter models: bytes of models that the worker holds already, which were granted to earlier jobs.
    init(_ grant: MemoryGrant, staging: Descriptor?, models: UInt64 = 0) {
        self.grant = grant
        sluice_begin_grant(
            sluice_grant(
                memory: grant.memory + (grant.models - min(grant.models, models)), spill: grant.spill,
                spills_from: grant.spillsFrom ?? .max,
                directory: staging?.number ?? -1))
    }

    deinit { sluice_end_grant() }

    /// Bytes: the most that lay in the file so far.
    var spilled: UInt64 { sluice_grant_usage().spilled }

    /// Bytes: the most that the job that runs asked for so far.
    static var mostAsked: UInt64 { sluice_grant_usage().memory }

    /// Whether every request was served so far. What comes of a job after a refusal cannot be trusted: libvips and others
    /// warn of missing memory, leave pixels black, and report success.
    var isSufficient: Bool { sluice_grant_usage().refusals == 0 }

    /// Why the job fails, where a request was refused.
    var shortage: JobError? {
        let usage = sluice_grant_usage()
        guard usage.refusals > 0 else { return nil }
        if usage.spill_error != 0 {
            let reason = String(cString: strerror(usage.spill_error))
            return JobError(
                .encodeFailed, "cannot spill \(mebibytes(usage.largest_refused)) to a file in staging: \(reason)",
                stage: stagingFault)
        }
        let spill = grant.spill > 0 ? " and \(mebibytes(grant.spill)) of spill file" : ""
        return JobError(
            .memoryLimit,
            "The job was given \(mebibytes(grant.memory)) of memory\(spill), and requested "
                + "\(mebibytes(usage.largest_refused)) more.")
    }
}
