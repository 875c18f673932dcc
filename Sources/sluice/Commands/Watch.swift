import ArgumentParser
import Configuration
import LinuxIO
import Logging
import Run

struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Watch inboxes and process what lands in them until stopped.",
        discussion: """
            SIGTERM and Ctrl-C finish the pictures in progress (for at most 'drain' seconds), then stop. SIGHUP \
            reloads the pipelines, and keeps the old ones if the new ones have faults.

            Example: sluice watch --config Examples/sluice.yaml
            """)

    @Option(
        name: [.short, .long], help: ArgumentHelp("The configuration file (YAML).", valueName: "file"),
        completion: .file())
    var config: String

    @Option(help: ArgumentHelp("trace, debug, info, warning or error.", valueName: "level"))
    var logLevel = LogLevelArgument.info

    @Option(
        help: ArgumentHelp(
            """
            text, json or auto: text, with priorities and without times if standard error is systemd's journal.
            """, valueName: "format"))
    var logFormat = LogFormatArgument.auto

    func validate() throws {
        try refuseEmpty(["--config": config])
    }

    func run() async throws {
        surviveClosedPipes()
        try await reportingErrors {
            let file = config
            let read: @Sendable () throws -> Configuration = {
                try Configuration.load(
                    path: file, pipelineDirectories: pipelineDirectories(), digest: digestOfFile)
            }
            let configuration = try read()
            let sink = LogSink(logFormat.format)
            LoggingSystem.bootstrap { _ in LineLogHandler(sink) }
            var logger = Logger(label: "sluice")
            logger.logLevel = logLevel.level
            try await Run.Watch(configuration, logger: logger, reload: read).run()
        }
    }
}

extension LogLevelArgument: ExpressibleByArgument {}
extension LogFormatArgument: ExpressibleByArgument {}

/// The format of log lines.
enum LogFormatArgument: String, CaseIterable {
    case auto, text, json

    var format: LogFormat {
        switch self {
        case .auto: .automatic
        case .text: .text
        case .json: .json
        }
    }
}

/// The log level.
enum LogLevelArgument: String, CaseIterable {
    case trace, debug, info, warning, error

    var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .info }
}
