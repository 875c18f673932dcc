import ArgumentParser
import Engine
import Run

/// Resource limits for a run over a directory.
struct MemoryOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Memory for all processes together, e.g. 192MiB.", valueName: "size"))
    var memoryCap: ByteCount?

    @Option(
        help: ArgumentHelp("Number of worker processes (default: one per core, if the cap has room).", valueName: "n"))
    var workers: Int?

    @Option(
        help: ArgumentHelp(
            "Disk space to use when memory runs out, e.g. 8GiB; 0 for none.", valueName: "size"))
    var spillLimit: ByteCount?

    func validate() throws {
        if let workers, !(1...256).contains(workers) {
            throw ValidationError("--workers must be a number from 1 to 256, not \(workers).")
        }
    }

    var wishes: MemoryWishes { MemoryWishes(cap: memoryCap?.bytes, workers: workers, spill: spillLimit?.bytes) }
}
