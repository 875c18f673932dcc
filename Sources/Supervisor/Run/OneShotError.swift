package enum OneShotError: Error, CustomStringConvertible {
    case noInput(String)
    case outputIsInput(String)
    case inputInsideOutput(String)
    /// The output has results of the same sources that another pipeline made.
    case otherPipeline(output: String, other: String, asked: String)

    package var description: String {
        switch self {
        case .noInput(let path): "'\(path)' is no directory that can be read"
        case .outputIsInput(let path): "--out '\(path)' is the input directory itself: choose another"
        case .otherPipeline(let output, let other, let asked):
            "--out '\(output)' holds results that the pipeline '\(other)' made of these sources; those of '\(asked)' would "
                + "take their place. Choose another --out, or replace them with --overwrite"
        case .inputInsideOutput(let path): "'\(path)' lies inside --out: results would become sources"
        }
    }
}
