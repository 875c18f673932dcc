import Admission
import ArgumentParser
import Check
import Engine
import Glibc
import ImageHeader
import LinuxIO
import Run

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what a file is and what a pipeline would do with it.",
        discussion: """
            Shows the file's actual format (whatever its name says), header, EXIF, the memory estimate item by \
            item, the plan and each rendition's size; or why the file would be refused. Decodes and writes \
            nothing.

            Exit codes: 0 would be processed, 65 would be refused, 66 no such file.
            """)

    @Argument(help: "The picture.", completion: .file())
    var file: String

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("A pipeline's name ('web') or file ('my.yaml').", valueName: "name|file"))
    var pipeline: String

    @Option(help: ArgumentHelp("Memory for all processes together, e.g. 192MiB.", valueName: "size"))
    var memoryCap: ByteCount?

    @Option(help: ArgumentHelp("Number of worker processes that share it (default: as for 'process').", valueName: "n"))
    var workers: Int?

    @Option(
        help: ArgumentHelp(
            "Disk space jobs may use when memory runs out (default: as for results in this directory).",
            valueName: "size"))
    var spillLimit: ByteCount?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        try refuseEmpty(["FILE": file, "--pipeline": pipeline])
        if let workers, !(1...256).contains(workers) {
            throw ValidationError("--workers must be a number from 1 to 256, not \(workers).")
        }
    }

    func run() async throws {
        try await reportingErrors {
            guard access(file, F_OK) == 0 else {
                printError("'\(file)' does not exist")
                throw ExitCode.noInput
            }
            let settings = try MemorySettings(
                MemoryWishes(cap: memoryCap?.bytes, workers: workers, spill: spillLimit?.bytes), staging: ".")
            let explanation = try await Explanation.of(
                path: file, pipeline: try loadPipeline(pipeline), cap: settings.cap)
            try Console.result(json ? try jsonText(explanation) : explanation.text)
            if explanation.refusal != nil { throw ExitCode.someQuarantined }
        }
    }
}
