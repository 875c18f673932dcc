import ArgumentParser
import Retry
import Text

struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring quarantined sources back for another try.",
        discussion: """
            With --config, moves sources from quarantine back to their inboxes, where 'sluice watch' picks them \
            up (now, or at its next start). If a new file has the same name by now, both are left alone. With \
            --out, the next 'sluice process' processes them again. FILE is a path in quarantine or as it was in \
            the inbox, a name as 'sluice status' prints it, or a folder of them.

            Exit codes: 0 all brought back, 65 some could not be, 66 nothing to retry.

            Examples: sluice retry --config sluice.yaml --all
                      sluice retry --out ~/web holiday/IMG_1.JPG
            """)

    @OptionGroup var place: PlaceOptions

    @Flag(help: "Everything in quarantine.")
    var all = false

    @Flag(help: "Print JSON.")
    var json = false

    @Argument(help: "The files to bring back.", completion: .file())
    var files: [String] = []

    func validate() throws {
        try refuseEmpty(Dictionary(files.map { ("FILE", $0) }) { $0.isEmpty ? $0 : $1 })
        if all == !files.isEmpty { throw ValidationError("Name the files to bring back, or use --all.") }
    }

    func run() async throws {
        try await reportingErrors {
            let retry = RetryRun(all ? .all : .files(rawArguments(files)))
            let report: RetryRun.Report
            if let configuration = try place.loadConfiguration() {
                report = try retry.ofInboxes(configuration)
            } else {
                report = try await retry.ofProcess(output: place.output ?? ".")
            }
            if json { try Console.result(try jsonText(report)) }
            for left in report.left { printError("left in quarantine: \(left.file): \(left.reason)") }
            if !json {
                for source in report.retried {
                    try Console.result("brought back: \(source.source) (\(escaped(source.inbox.utf8)))")
                }
                if !report.retried.isEmpty { try Console.result(report.next) }
            }
            if report.isEmpty {
                printError("nothing to retry")
                throw ExitCode.noInput
            }
            if !report.left.isEmpty { throw ExitCode.someQuarantined }
        }
    }
}

/// The arguments as raw bytes: the parser's strings have lost what is not UTF-8.
private func rawArguments(_ texts: [String]) -> [[UInt8]] {
    var raw: [String: [[UInt8]]] = [:]
    for index in 1..<max(1, Int(CommandLine.argc)) {
        guard let pointer = CommandLine.unsafeArgv[index] else { continue }
        let bytes = UnsafeBufferPointer(start: pointer, count: length(pointer)).map { UInt8(bitPattern: $0) }
        raw[String(decoding: bytes, as: UTF8.self), default: []].append(bytes)
    }
    return texts.map { text in
        guard var bytes = raw[text], !bytes.isEmpty else { return Array(text.utf8) }
        let first = bytes.removeFirst()
        raw[text] = bytes
        return first
    }
}

private func length(_ text: UnsafePointer<CChar>) -> Int {
    var length = 0
    while text[length] != 0 { length += 1 }
    return length
}
