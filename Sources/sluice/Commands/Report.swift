import ArgumentParser
import Configuration
import LinuxIO
import Outbox
import Report
import Text

struct Report: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a contact sheet of the results: one HTML file, built from the sidecars.",
        discussion: """
            Shows thumbnails, labels, space saved, timings, and what failed and why, for an outbox of 'sluice \
            process' (with all its shards) or of a configuration. The file is self-contained and works without a \
            server. JSON files that are not sidecars are skipped.

            Example: sluice report ~/web
            """)

    @Argument(
        help: ArgumentHelp("The output directory of 'sluice process'.", valueName: "out"), completion: .directory)
    var output: String?

    @Option(
        name: [.short, .long], help: ArgumentHelp("The configuration file of 'sluice watch'.", valueName: "file"),
        completion: .file())
    var config: String?

    @Option(
        name: [.short, .customLong("out")],
        help: ArgumentHelp(
            "The file to write; - for standard output. (default: report.html in the outbox)", valueName: "file"),
        completion: .file())
    var file: String?

    @Option(
        help: ArgumentHelp(
            """
            embed: thumbnails inside the report, 64 MiB in total at most; link: links to the renditions; none.
            """, valueName: "how"))
    var thumbnails = ReportRun.Thumbnails.embed

    @Flag(help: "Print a summary as JSON to standard output.")
    var json = false

    func validate() throws {
        try refuseEmpty(["the outbox": output, "--config": config, "--out": file])
        if (config == nil) == (output == nil) { throw ValidationError("Give either an outbox or --config.") }
        if json, file == "-" { throw ValidationError("Standard output can carry the report or --json, not both.") }
    }

    func run() async throws {
        try await reportingErrors {
            let configuration = try config.map {
                try Configuration.load(path: $0, pipelineDirectories: pipelineDirectories(), digest: digestOfFile)
            }
            let place = try configuration.map { try ReportPlace($0) } ?? ReportPlace(output: output ?? ".")
            var options = ReportRun.Options()
            options.thumbnails = thumbnails
            let target = file == "-" ? nil : try Target(file, outbox: place.outbox)
            let run = ReportRun(place, options, in: target?.directory.path)
            var summary = ReportSummary(try run.count(), memoryCap: place.memoryCap, timestamp: timestamp)
            summary.report = target?.path
            if let target {
                let report = try DurableFile(in: target.directory, name: target.name)
                try await run.write(summary, to: report.append)
                try report.finish()
                if !json { try Console.result(target.path) }
            } else {
                try await run.write(summary) { try Console.result($0, terminator: "") }
            }
            if json { try Console.result(jsonText(summary)) }
        }
    }

    /// Where the report goes.
    private struct Target {
        let directory: Directory
        let name: [UInt8]
        var path: String { "\(directory.path)/\(escaped(name))" }

        /// - Throws: `ReportError.notAReport` where something else has the name that reports have by default.
        init(_ file: String?, outbox: Directory) throws {
            guard let file else {
                directory = outbox
                name = Array("report.html".utf8)
                if try directory.stat(name) != nil, try !isReport() { throw ReportError.notAReport(path) }
                return
            }
            let slash = file.lastIndex(of: "/")
            name = Array(file[(slash.map { file.index(after: $0) } ?? file.startIndex)...].utf8)
            let parent = slash.map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? "."
            if name.isEmpty { throw ValidationError("--out is a directory: name a file.") }
            directory = try Directory.open(path: parent)
        }

        private func isReport() throws -> Bool {
            guard try directory.stat(name)?.isRegular == true else { return false }
            struct Enough: Error {}
            var start: [UInt8] = []
            do {
                try directory.openFile(name).forEachPiece(subject: path) { piece in
                    start.append(contentsOf: piece.prefix(ReportPage.mark.utf8.count))
                    throw Enough()
                }
            } catch is Enough {}
            return start.elementsEqual(ReportPage.mark.utf8)
        }
    }
}

extension ReportRun.Thumbnails: ExpressibleByArgument {}
