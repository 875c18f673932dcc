package import Admission
package import Configuration
import LinuxIO
import Text

/// The user's memory settings; nil: Sluice chooses. Bytes.
package struct MemoryWishes: Sendable, Equatable {
    package var cap: UInt64?
    package var workers: Int?
    /// Spill limit for files in staging; 0: none.
    package var spill: UInt64?

    package init(cap: UInt64? = nil, workers: Int? = nil, spill: UInt64? = nil) {
        self.cap = cap
        self.workers = workers
        self.spill = spill
    }
}

extension MemoryWishes {
    package init(_ configuration: Configuration) {
        self.init(cap: configuration.memoryCap, workers: configuration.workers, spill: configuration.spillLimit)
    }
}

/// What the machine has. Bytes.
package struct MemoryOfMachine: Sendable, Equatable {
    package var physical: UInt64
    /// The smallest limit of the control groups that this process is in; nil: none. systemd's MemoryMax is one.
    package var controlGroup: UInt64?
    package var processors: Int
    /// Staging's file system; nil if it cannot be inspected.
    var staging: FileSystem?
    /// What Slurm allocated to this job; nil if unspecified.
    package var allocation: UInt64?

    package static func here(staging path: String) -> MemoryOfMachine {
        let slurm = SlurmAllocation()
        return MemoryOfMachine(
            physical: physicalMemory(), controlGroup: cgroupMemoryLimit(),
            processors: min(onlineProcessors(), slurm?.processors ?? .max), staging: try? FileSystem.holding(path),
            allocation: slurm?.memory)
    }

    /// The smallest limit that has been set.
    var limit: UInt64? { [controlGroup, allocation].compactMap { $0 }.min() }
}

/// The effective memory cap, and warnings about it.
package struct MemorySettings: Sendable, Equatable {
    package var cap: MemoryCap
    /// Human-readable, one per line.
    package var warnings: [String] = []

    /// - Parameter staging: its path; it need not be there yet.
    /// - Throws: `MemoryCapError`.
    package init(_ wishes: MemoryWishes, staging: String) throws {
        try self.init(wishes, on: .here(staging: staging))
    }

    package init(_ wishes: MemoryWishes, on machine: MemoryOfMachine) throws(MemoryCapError) {
        let total = wishes.cap ?? MemoryCap.byDefault(physical: machine.physical, controlGroup: machine.limit)
        guard total >= MemoryCap.smallest else {
            throw wishes.cap == nil ? .machineTooSmall(machine, cap: total) : .tooSmall(total)
        }
        let workers = wishes.workers ?? MemoryCap.defaultWorkers(cap: total, processors: machine.processors)
        let spill = Self.spill(wishes.spill, machine.staging)
        cap = MemoryCap(total: total, workers: workers, spill: spill.limit)
        guard cap.budget >= 16 << 20 else { throw .tooSmallForWorkers(total, workers) }
        warnings = [Self.warning(of: total, on: machine), spill.warning].compactMap { $0 }
    }

    /// For trying models out, where no job is run: on a machine whose default would be too small for jobs, the smallest cap
    /// there is. What runs the jobs may be another machine, or be told its cap.
    /// - Throws: `MemoryCapError` for a cap that was asked for.
    package static func forChecks(_ wishes: MemoryWishes, on machine: MemoryOfMachine) throws(MemoryCapError)
        -> MemoryCap
    {
        do throws(MemoryCapError) {
            return try MemorySettings(wishes, on: machine).cap
        } catch .machineTooSmall {
            return MemoryCap(total: MemoryCap.smallest, workers: 1)
        }
    }

    private static func warning(of cap: UInt64, on machine: MemoryOfMachine) -> String? {
        let limits = [
            ("the control group's limit", machine.controlGroup), ("the job's memory in Slurm", machine.allocation),
            ("physical memory", machine.physical),
        ]
        for case (let name, let limit?) in limits where limit > 0 && cap > limit {
            return
                "the memory cap of \(mebibytes(cap)) is more than \(name) of \(mebibytes(limit)): the kernel will kill "
                + "workers before the cap is reached; set a lower cap"
        }
        return nil
    }

    private static func warning(ofSpill limit: UInt64, free: UInt64) -> String {
        "the spill limit of \(mebibytes(limit)) is more than the \(mebibytes(free)) free on staging's file system: a "
            + "picture that needs more fills the disk and work stops; free some space, or set a lower limit"
    }

    /// Files in memory would use the very memory they are meant to save.
    private static func spill(_ asked: UInt64?, _ staging: FileSystem?) -> (limit: UInt64, warning: String?) {
        guard let staging else { return (asked ?? 0, nil) }
        guard staging.isMemory else {
            guard let asked else { return (MemoryCap.defaultSpill(free: staging.free), nil) }
            return (asked, asked > staging.free ? warning(ofSpill: asked, free: staging.free) : nil)
        }
        if asked == 0 { return (0, nil) }
        return (
            0,
            "staging is in memory (tmpfs): nothing can be spilled there, and pictures that must be held whole are refused "
                + "if the cap has no room for them; put it on a disk"
        )
    }
}

/// Why no usable memory cap exists.
package enum MemoryCapError: Error, Equatable, CustomStringConvertible {
    /// That was asked for. Bytes.
    case tooSmall(UInt64)
    /// The default for this machine is.
    case machineTooSmall(MemoryOfMachine, cap: UInt64)
    case tooSmallForWorkers(UInt64, Int)

    package var description: String {
        switch self {
        case .tooSmall(let cap): "a memory cap of \(mebibytes(cap)) is too small: \(Self.needs)"
        case .machineTooSmall(let machine, let cap):
            "\(Self.limit(of: machine)): three quarters of that, \(mebibytes(cap)), is too small for a memory cap: "
                + "\(Self.needs). Provide more memory, or set a memory cap yourself"
        case .tooSmallForWorkers(let cap, let workers):
            "a memory cap of \(mebibytes(cap)) is too small for \(workers) workers: each needs "
                + "\(mebibytes(MemoryCap.warmWorker)) before its first job"
        }
    }

    private static var needs: String {
        let job = MemoryCap.smallest - MemoryCap.supervisor - MemoryCap.warmWorker
        return "the supervisor needs \(mebibytes(MemoryCap.supervisor)), a worker \(mebibytes(MemoryCap.warmWorker)) "
            + "and its job \(mebibytes(job)): at least \(mebibytes(MemoryCap.smallest)) in all"
    }

    private static func limit(of machine: MemoryOfMachine) -> String {
        if let job = machine.allocation, job < min(machine.controlGroup ?? .max, machine.physical) {
            return "Slurm gave this job \(mebibytes(job)) (--mem, --mem-per-cpu)"
        }
        if let group = machine.controlGroup, group < machine.physical || machine.physical == 0 {
            return
                "the control group of this process is limited to \(mebibytes(group)) (memory.max, systemd's MemoryMax)"
        }
        return "this machine has \(mebibytes(machine.physical)) of memory"
    }
}
