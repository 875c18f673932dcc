import Glibc

/// What Slurm gave the job that this process runs in. Not all sites confine jobs by control groups; then only the
/// environment tells what is ours (sbatch(1), "OUTPUT ENVIRONMENT VARIABLES").
struct SlurmAllocation: Sendable, Equatable {
    /// Bytes on this node; nil: unspecified, or all there is.
    var memory: UInt64?
    var processors: Int?

    /// Nil outside of jobs.
    /// - Parameter environment: the value of a variable.
    init?(_ environment: (String) -> String? = { name in getenv(name).map { String(cString: $0) } }) {
        guard environment("SLURM_JOB_ID") != nil else { return nil }
        func value(_ name: String) -> Int? {
            environment("SLURM_\(name)").flatMap { Int($0) }.flatMap { (1...1 << 30).contains($0) ? $0 : nil }
        }
        let isAlone = (value("NTASKS") ?? 1) == 1
        processors = value("CPUS_PER_TASK") ?? (isAlone ? value("CPUS_ON_NODE") : nil)
        let mebibytes = value("MEM_PER_NODE") ?? value("MEM_PER_CPU").map { $0 * (value("CPUS_ON_NODE") ?? 1) }
        memory = mebibytes.map { UInt64($0) << 20 }
    }
}
