import ArgumentParser
import Configuration
import Places
import Status

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what is running, waiting or failed (and why), and how much memory is in use.",
        discussion: """
            Reads the journal and asks the running sluice, if there is one; changes nothing. Names that are not \
            plain text are shown with \\xNN for each unusual byte. Exits with 66 if sluice has never run there.

            Examples: sluice status --config sluice.yaml
                      sluice status --out ~/web --json
            """)

    @OptionGroup var place: PlaceOptions

    @Option(help: ArgumentHelp("How many recent failures to list.", valueName: "n"))
    var failures = 10

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if failures < 0 { throw ValidationError("--failures must be 0 or more, not \(failures).") }
    }

    func run() async throws {
        try await reportingErrors {
            let report: StatusReport
            if let configuration = try place.loadConfiguration() {
                let place = StatusPlace(configuration)
                report = try known(place.report(failures: failures), at: place.journal)
            } else {
                let output = place.output ?? "."
                report = try known(
                    .ofProcess(output: output, failures: failures), at: ProcessState(output: output).journal)
            }
            try Console.result(json ? try jsonText(report) : report.text)
            if report.supervisor == nil, report.journal == nil, !report.running { throw ExitCode.noInput }
        }
    }

    private func known(_ report: StatusReport?, at journal: String) throws -> StatusReport {
        if let report { return report }
        printError("no journal at '\(journal)', and no sluice is running there")
        throw ExitCode.noInput
    }
}

/// Which sluice to address: that of a configuration, or that of an outbox of `process`.
struct PlaceOptions: ParsableArguments {
    @Option(
        name: [.short, .long], help: ArgumentHelp("The configuration file of 'sluice watch'.", valueName: "file"),
        completion: .file())
    var config: String?

    @Option(
        name: [.short, .customLong("out")],
        help: ArgumentHelp("The output directory of 'sluice process'.", valueName: "out"),
        completion: .directory)
    var output: String?

    func validate() throws {
        try refuseEmpty(["--config": config, "--out": output])
        if (config == nil) == (output == nil) { throw ValidationError("Give either --config or --out.") }
    }

    func loadConfiguration() throws -> Configuration? {
        try config.map {
            try Configuration.load(path: $0, pipelineDirectories: pipelineDirectories(), digest: digestOfFile)
        }
    }
}
