import ArgumentParser

/// Where the library is that runs networks.
struct EngineOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The library of ONNX Runtime, which runs networks (default: the system's, or the one beside sluice-worker).",
            valueName: "file"), completion: .file())
    var onnxruntime: String?
}
