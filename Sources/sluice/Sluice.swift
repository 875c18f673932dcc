import ArgumentParser
import Glibc
import Jobs
import LinuxIO
import Retry
import Run

@main
struct Sluice: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice",
        abstract: "Batch image processing from a folder, under a memory cap that holds on any input.",
        discussion: """
            Drop pictures into a folder; renditions and a sidecar JSON appear in another. Pipelines are YAML \
            files: 'sluice schema pipeline' describes them, 'sluice check' validates them.

            Exit codes: 0 all done, 64 usage, 65 some sources quarantined, 66 no input, 69 missing dependency, \
            70 internal error, 73 cannot write output, 78 bad configuration, 130 interrupted.
            """,
        version: sluiceVersion,
        subcommands: [
            Process.self, Watch.self, Train.self, Status.self, Report.self, Retry.self, Check.self, Explain.self,
            ModelCommand.self,
            DoctorCommand.self,
            SchemaCommand.self,
        ])

    static func main() async {
        openMissingStandardDescriptors()
        boundMemoryAllocator()
        // Reloads and stops that come while it starts; until now they end the process, as they do any other.
        if CommandLine.arguments.dropFirst().first == Watch._commandName { EarlySignals.remember() }
        // Run-time and libraries crash without descriptors, with a signal and no word.
        if let shortage = DescriptorShortage.ofThisProcess() {
            printError("\(shortage)")
            Glibc.exit(ExitCode.unavailable.rawValue)
        }
        await main(nil)
    }
}
