package enum OneShotError: Error, CustomStringConvertible {
    case noInput(String)
    case outputIsInput(String)
    case inputInsideOutput(String)
    /// The output has results of the same sources from another pipeline.
    case otherPipeline(output: String, other: String, asked: String)

    package var description: String {
        switch self {
        case .noInput(let path): "'\(path)' is not a readable directory"
        case .outputIsInput(let path): "--out '\(path)' is the input directory itself: choose another"
        case .otherPipeline(let output, let other, let asked):
            "--out '\(output)' already holds results of these sources from pipeline '\(other)'; those of '\(asked)' would "
                + "replace them. Choose another --out, or use --overwrite"
        case .inputInsideOutput(let path): "'\(path)' is inside --out: results would become sources"
        }
    }
}
