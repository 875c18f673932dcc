import ArgumentParser
import LinuxIO
import PipelineModel

@main
struct Sluice: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice",
        abstract: "Batch image processing from a folder, under a memory cap that holds on any input.",
        discussion: """
            Drop pictures into a folder; renditions and a sidecar JSON appear in another. Pipelines are YAML files:
            'sluice schema pipeline' describes them, 'sluice check' validates them.

            Exit codes: 0 all done, 64 usage, 65 some sources quarantined, 66 no input, 69 missing dependency,
            73 cannot write output, 78 bad configuration, 130 interrupted.
            """,
        version: sluiceVersion,
        subcommands: [
            Process.self, Watch.self, Train.self, Status.self, Report.self, Retry.self, Check.self, Explain.self,
            DoctorCommand.self,
            SchemaCommand.self,
        ])

    static func main() async {
        openMissingStandardDescriptors()
        boundMemoryAllocator()
        await main(nil)
    }
}
