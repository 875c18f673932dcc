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
        abstract: "Say what a file is and what a pipeline would make of it.",
        discussion: """
            Shows what the content is (whatever the name says), header, EXIF, the memory estimate term by term, the
            plan, and each rendition's size; or why the file would be refused. Nothing is decoded or written.
            """)

    @Argument(help: "The picture.", completion: .file())
    var file: String

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("A pipeline's name ('web') or file ('my.yaml').", valueName: "name|file"))
    var pipeline: String

    @Option(help: ArgumentHelp("Memory of all processes together, e.g. 192MiB.", valueName: "size"))
    var memoryCap: ByteCount?

    @Option(help: ArgumentHelp("Worker processes that share it (default: as for 'process').", valueName: "n"))
    var workers: Int?

    @Option(
        help: ArgumentHelp(
            "Disk that jobs may use where memory has no room (default: as for results in this directory).",
            valueName: "size"))
    var spillLimit: ByteCount?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        try refuseEmpty(["FILE": file, "--pipeline": pipeline])
        if let workers, !(1...256).contains(workers) {
            throw ValidationError("--workers takes a number from 1 to 256, not \(workers).")
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
