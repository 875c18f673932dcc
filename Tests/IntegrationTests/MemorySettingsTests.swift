import Admission
import LinuxIO
import Testing

@testable import Engine
@testable import Run

@Suite("The memory settings")
struct MemorySettingsTests {
    @Test("what Slurm gave a job is told by its environment; outside of jobs nothing is")
    func slurm() {
        func allocation(_ environment: [String: String]) -> String? {
            SlurmAllocation { environment[$0] }.map {
                "\($0.memory.map { "\($0 >> 20)" } ?? "-") \($0.processors.map { "\($0)" } ?? "-")"
            }
        }
        #expect(allocation(["SLURM_MEM_PER_NODE": "512", "SLURM_CPUS_PER_TASK": "2"]) == nil)
        let job = ["SLURM_JOB_ID": "1"]
        func inJob(_ more: [String: String]) -> String? { allocation(job.merging(more) { $1 }) }
        #expect(inJob([:]) == "- -")
        #expect(inJob(["SLURM_MEM_PER_NODE": "512", "SLURM_CPUS_PER_TASK": "2", "SLURM_CPUS_ON_NODE": "4"]) == "512 2")
        #expect(inJob(["SLURM_MEM_PER_CPU": "300", "SLURM_CPUS_ON_NODE": "2"]) == "600 2")
        #expect(inJob(["SLURM_CPUS_ON_NODE": "8", "SLURM_NTASKS": "4"]) == "- -", "four tasks share them")
        #expect(inJob(["SLURM_MEM_PER_NODE": "0"]) == "- -", "all there is")
    }

    private func machine(
        physical: UInt64 = 4 << 30, group: UInt64? = nil, inMemory: Bool = false, free: UInt64 = 100 << 30
    ) -> MemoryOfMachine {
        MemoryOfMachine(
            physical: physical, controlGroup: group, processors: 2,
            staging: FileSystem(isMemory: inMemory, free: free))
    }

    @Test("models are tried out on machines that are too small for jobs by default, under the smallest cap")
    func checks() throws {
        let small = machine(group: 70 << 20)
        #expect(throws: MemoryCapError.self) { try MemorySettings(MemoryWishes(), on: small) }
        #expect(
            try MemorySettings.forChecks(MemoryWishes(), on: small) == MemoryCap(total: MemoryCap.smallest, workers: 1))
        #expect(throws: MemoryCapError.tooSmall(1 << 20)) {
            try MemorySettings.forChecks(MemoryWishes(cap: 1 << 20), on: small)
        }
        #expect(
            try MemorySettings.forChecks(MemoryWishes(), on: machine())
                == MemorySettings(MemoryWishes(), on: machine()).cap)
    }

    @Test("by default they follow the machine, or its control group, and the disk")
    func defaults() throws {
        let settings = try MemorySettings(MemoryWishes(), on: machine())
        #expect(settings.cap == MemoryCap(total: 512 << 20, workers: 2, spill: 50 << 30))
        #expect(settings.warnings.isEmpty)
        let small = try MemorySettings(MemoryWishes(), on: machine(group: 96 << 20, free: 1 << 30))
        #expect(small.cap == MemoryCap(total: 72 << 20, workers: 1, spill: 512 << 20))
    }

    @Test("64 MiB is a cap; 48 MiB is refused, with what is needed")
    func smallCaps() throws {
        #expect(try MemorySettings(MemoryWishes(cap: 64 << 20), on: machine()).cap.workers == 1)
        for cap: UInt64 in [0, 48 << 20, (56 << 20) - 1] {
            #expect(throws: MemoryCapError.tooSmall(cap)) {
                try MemorySettings(MemoryWishes(cap: cap), on: machine())
            }
        }
        #expect(MemoryCapError.tooSmall(48 << 20).description.contains("48 MiB is too small"))
        #expect(MemoryCapError.tooSmall(48 << 20).description.contains("at least 56 MiB"))
        #expect(throws: MemoryCapError.tooSmallForWorkers(64 << 20, 6)) {
            try MemorySettings(MemoryWishes(cap: 64 << 20, workers: 6), on: machine())
        }
    }

    @Test("a machine or control group that is too small is named, with its limit")
    func smallMachines() throws {
        func message(_ machine: MemoryOfMachine) -> String? {
            do {
                _ = try MemorySettings(MemoryWishes(), on: machine)
                return nil
            } catch { return error.description }
        }
        let group = try #require(message(machine(group: 64 << 20)))
        #expect(group.contains("control group") && group.contains("64 MiB") && group.contains("at least 56 MiB"))
        let whole = try #require(message(machine(physical: 60 << 20)))
        #expect(whole.contains("this machine has 60 MiB"))
        #expect(message(machine(group: 80 << 20)) == nil)
    }

    @Test("a spill limit over what is free on the disk holds, with a warning")
    func spillOverDisk() throws {
        let over = try MemorySettings(MemoryWishes(spill: 10 << 30), on: machine(free: 47 << 20))
        #expect(over.cap.spill == 10 << 30)
        #expect(over.warnings.count == 1 && over.warnings[0].contains("47 MiB free on staging's file system"))
        #expect(try MemorySettings(MemoryWishes(spill: 47 << 20), on: machine(free: 47 << 20)).warnings.isEmpty)
    }

    @Test("a cap over what there is holds, with a warning")
    func overcommitted() throws {
        let group = try MemorySettings(MemoryWishes(cap: 256 << 20), on: machine(group: 128 << 20))
        #expect(group.cap.total == 256 << 20)
        #expect(group.warnings.count == 1 && group.warnings[0].contains("control group's limit of 128 MiB"))
        let whole = try MemorySettings(MemoryWishes(cap: 8 << 30), on: machine())
        #expect(whole.warnings.count == 1 && whole.warnings[0].contains("physical memory of 4.0 GiB"))
        #expect(try MemorySettings(MemoryWishes(cap: 128 << 20), on: machine(group: 128 << 20)).warnings.isEmpty)
    }

    @Test("nothing is spilled to files that are memory themselves")
    func stagingInMemory() throws {
        for asked in [nil, 8 << 30] as [UInt64?] {
            let settings = try MemorySettings(MemoryWishes(spill: asked), on: machine(inMemory: true))
            #expect(settings.cap.spill == 0)
            #expect(settings.warnings.count == 1 && settings.warnings[0].contains("tmpfs"))
        }
        #expect(try MemorySettings(MemoryWishes(spill: 0), on: machine(inMemory: true)).warnings.isEmpty)
        #expect(try MemorySettings(MemoryWishes(spill: 3 << 30), on: machine()).cap.spill == 3 << 30)
        #expect(try MemorySettings(MemoryWishes(spill: 0), on: machine()).cap.spill == 0)
    }
}
