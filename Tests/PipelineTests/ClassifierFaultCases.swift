/// Bad descriptions of models that learn from a handful of pictures.
extension FaultCase {
    static let classifiers: [FaultCase] = [
        FaultCase(
            "the descriptor without a classifier",
            """
            version: 1
            features: descriptor
            """,
            ["model.yaml:1:1: key 'classifier' is missing (the file written by 'sluice train')"]),
        FaultCase(
            "slips in what a classifier goes by",
            """
            version: 1
            features: descripter
            file: FILE
            input: { size: 8, profile: srgb }
            output: embedding
            classifier: FILE
            unknown: 2
            """,
            [
                "model.yaml:2:11: features: 'descripter' is not one of network, descriptor; did you mean 'descriptor'?",
                "model.yaml:4:28: input.profile: 'srgb' is not one of ignore, convert",
                "model.yaml:7:10: unknown: '2' is not a number from 0 to 1",
            ]),
        FaultCase(
            "a network where the descriptor is to be gone by",
            """
            version: 1
            features: descriptor
            file: FILE
            input: { size: 8 }
            output: logits
            classifier: FILE
            """,
            [
                "model.yaml:1:1: key 'labels' is missing (a text file with one label per line)",
                "model.yaml:3:1: file: is for networks only; 'features: descriptor' does not use one",
                "model.yaml:4:1: input: is for networks only; 'features: descriptor' does not use one",
                "model.yaml:5:1: output: is for networks only; 'features: descriptor' does not use one",
            ]),
        FaultCase(
            "a classifier upon scores",
            """
            version: 1
            file: FILE
            input: { size: 8 }
            output: { logits: a }
            classifier: FILE
            unknown: 0.4
            """,
            [
                "model.yaml:1:1: key 'labels' is missing (a text file with one label per line)",
                "model.yaml:5:1: classifier: uses the network's embedding, which 'output' does not name",
                "model.yaml:5:1: classifier: produces its own scores: 'output' must name only the embedding",
            ]),
        FaultCase(
            "unknown pictures for a denoiser",
            """
            version: 1
            file: FILE
            output: clean
            unknown: 0.4
            """,
            ["model.yaml:4:1: unknown: is for models that classify (output: logits or probabilities) only"]),
    ]
}
