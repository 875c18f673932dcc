import ArgumentParser
import Configuration
import Doctor
import Schema

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check what this machine offers, and whether Sluice works here.",
        discussion: """
            Starts one worker and reports which parts of its sandbox this kernel supports, which formats its \
            libraries read and write, and what memory and inotify allow; with --config or --out, also whether \
            the directories can be written, synced and renamed between. It does not disturb a running sluice.

            Exit codes: 0 usable, 69 no worker, 73 a directory cannot be written, 78 bad configuration.
            """)

    @Option(
        name: [.short, .long], help: ArgumentHelp("The configuration file of 'sluice watch'.", valueName: "file"),
        completion: .file())
    var config: String?

    @Option(
        name: [.short, .customLong("out")],
        help: ArgumentHelp("The output directory of 'sluice process'.", valueName: "out"),
        completion: .directory)
    var output: String?

    @OptionGroup
    var engine: EngineOption

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        try refuseEmpty(["--config": config, "--out": output])
    }

    func run() async throws {
        try await reportingErrors {
            var configuration: Configuration?
            var faults: [String] = []
            if let config {
                do {
                    configuration = try Configuration.load(
                        path: config, pipelineDirectories: pipelineDirectories(), digest: digestOfFile)
                } catch let found as ConfigurationFaults {
                    faults = found.faults.map { "\($0)" }
                }
            }
            let report = await Doctor(
                configuration: configuration, faults: faults, output: output, onnxRuntime: engine.onnxruntime
            )
            .examine()
            try Console.result(json ? try jsonText(report) : report.text)
            switch report.trouble {
            case nil: break
            case .missingDependency: throw ExitCode.unavailable
            case .badConfiguration: throw ExitCode.badConfiguration
            case .unwritable: throw ExitCode.cannotCreate
            }
        }
    }
}
