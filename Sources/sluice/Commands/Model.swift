import Admission
import ArgumentParser
import Check
import Glibc
import LinuxIO
import Models
import Run
import Schema

struct ModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Write descriptions of neural networks.", subcommands: [ModelNew.self])
}

struct ModelNew: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Write a model description for an ONNX file.",
        discussion: """
            Reads the inputs and outputs of FILE and writes a commented description beside it. What the file does not say \
            is marked (?): how pictures are put to the network, and what its outputs mean.

            Example: sluice model new mobilenet.onnx --as torchvision --labels imagenet.txt
            """)

    @Argument(help: ArgumentHelp("The ONNX file.", valueName: "file.onnx"), completion: .file(extensions: ["onnx"]))
    var file: String

    @Option(
        name: [.short, .customLong("out")],
        help: ArgumentHelp("The description to write (default: beside FILE); '-' prints it.", valueName: "model.yaml"),
        completion: .file(extensions: ["yaml", "yml"]))
    var output: String?

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp(
            "How the network was trained (default: what its shape suggests).", valueName: "preprocessing"))
    var preprocessing: ModelTemplate.Preprocessing?

    @Option(
        help: ArgumentHelp("A file with one label per line, in the order of the scores.", valueName: "labels.txt"),
        completion: .file())
    var labels: String?

    @OptionGroup
    var engine: EngineOption

    @Flag(help: "Replace an existing file.")
    var overwrite = false

    func validate() throws {
        try refuseEmpty(["FILE": file, "--out": output, "--labels": labels])
    }

    func run() async throws {
        try await reportingErrors { try await write() }
    }

    private func write() async throws {
        let path = absolutePath(file)
        let out = output ?? (path.hasSuffix(".onnx") ? String(path.dropLast(5)) : path) + ".yaml"
        let target = absolutePath(out)
        if out != "-", !overwrite, access(target, F_OK) == 0 {
            printError("'\(out)' exists already: name another file with --out, or give --overwrite")
            throw ExitCode.cannotCreate
        }
        guard access(path, R_OK) == 0 else {
            printError("'\(file)' cannot be read: \(String(cString: strerror(errno)))")
            throw ExitCode.noInput
        }
        let model = ModelDescription(file: path).withWeightsBeside { _ in "" }
        let cap = try MemorySettings.forChecks(MemoryWishes(), on: .here(staging: "."))
        let ports = try await ModelCheck.ports(
            of: model, budget: cap.budget, ModelPlace(onnxRuntime: engine.onnxruntime))
        let folder = directoryAndName(of: target).directory
        func shown(_ path: String) -> String {
            let path = absolutePath(path)
            return out != "-" && path.hasPrefix("\(folder)/") ? String(path.dropFirst(folder.count + 1)) : path
        }
        let template = ModelTemplate(
            file: shown(path), inputs: ports.inputs, outputs: ports.outputs, preprocessing: preprocessing,
            labels: labels.map(shown))
        if out == "-" { return try Console.result(template.yaml, terminator: "") }
        let (directory, name) = directoryAndName(of: target)
        do {
            let folder = try Directory.open(path: directory)
            let growing = Array(".\(name).sluice-new".utf8)
            if try folder.stat(growing) != nil { try folder.unlink(growing) }
            let file = try folder.createFile(growing)
            try Wire.write(Array(template.yaml.utf8), to: file.number, subject: out)
            try folder.rename(growing, to: folder, Array(name.utf8), replacing: overwrite)
        } catch {
            printError("\(error)")
            throw ExitCode.cannotCreate
        }
        try Console.result("\(out): look at the lines with (?), then 'sluice check \(out)'")
    }
}

extension ModelTemplate.Preprocessing: ExpressibleByArgument {}
