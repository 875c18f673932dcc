/// Bad descriptions of models. The files that they name are not there.
extension FaultCase {
    static let models: [FaultCase] = [
        FaultCase(
            "a description without the needed keys", "version: 1\n",
            [
                "model.yaml:1:1: key 'file' is missing (an ONNX file)",
                "model.yaml:1:1: key 'output' is missing (one of logits, probabilities, embedding, clean, residual, "
                    + "yolo, yolov5, yolov10, yunet, centerface, or a map from kind to graph output (logits: NAME))",
            ]),
        FaultCase(
            "a model that is not there",
            """
            version: 1
            file: net.onnx
            output: clean
            """,
            ["model.yaml:2:7: file: 'net.onnx': no such file; looked for /nowhere/net.onnx"]),
        FaultCase(
            "slips in every part",
            """
            version: 1
            file: FILE
            digest: 12ab
            input: { size: 224x, fit: corp, chanels: rgb, mean: [1, 2], divide: 0 }
            output: logit
            tile: 20
            """,
            [
                "model.yaml:3:9: digest: '12ab' is not a SHA-256 of 64 hex digits",
                "model.yaml:4:16: input.size: '224x' is not a size of 1 to 4096 pixels (224, 320x240)",
                "model.yaml:4:27: input.fit: 'corp' is not one of crop, squash, pad; did you mean 'crop'?",
                "model.yaml:4:33: input.chanels: unknown key; did you mean 'channels'?",
                "model.yaml:4:53: input.mean: has 2 numbers for 3 channels (rgb)",
                "model.yaml:4:69: input.divide: '0' is not a number from 0.001 to 1000000",
                "model.yaml:5:9: output: 'logit' is not one of logits, probabilities, embedding, clean, residual, yolo, "
                    + "yolov5, yolov10, yunet, centerface; did you mean 'logits'?",
                "model.yaml:6:7: tile: '20' is not a whole number of pixels from 32 to 2048",
            ]),
        FaultCase(
            "a digest of another file",
            """
            version: 1
            file: FILE
            digest: 0000000000000000000000000000000000000000000000000000000000000000
            output: clean
            """,
            [
                "model.yaml:3:9: digest: does not match FILE, which has "
                    + "abc; download the file again or correct the digest"
            ]),
        FaultCase(
            "keys of the other kind of model",
            """
            version: 1
            file: FILE
            input: { size: 224, layout: nhwc }
            output: residual
            labels: FILE
            """,
            [
                "model.yaml:3:16: input.size: is not for a denoiser; 'tile' is",
                "model.yaml:3:29: input.layout: a denoiser takes nchw",
                "model.yaml:5:1: labels: is for models that classify (output: logits or probabilities) only",
            ]),
        FaultCase(
            "a classifier with a denoiser's keys",
            """
            version: 1
            file: FILE
            input: { crop: 0.5, fit: pad }
            output: { logits: a, clean: b, boxes: c }
            overlap: 8
            """,
            [
                "model.yaml:3:10: input.crop: is for fit: crop only",
                "model.yaml:4:22: output.clean: cannot be combined with 'logits'",
                "model.yaml:4:32: output.boxes: also needs 'scores'",
            ]),
        FaultCase(
            "a classifier with a denoiser's key",
            """
            version: 1
            file: FILE
            output: logits
            overlap: 8
            """,
            [
                "model.yaml:4:1: overlap: is for models that denoise (output: clean or residual) only"
            ]),
        FaultCase(
            "an overlap that leaves nothing",
            """
            version: 1
            file: FILE
            output: clean
            tile: 64
            overlap: 24
            sigma: { as: plane }
            """,
            [
                "model.yaml:6:8: sigma: key 'name' is missing (a name in the graph)",
                "model.yaml:6:14: sigma.as: 'plane' is not one of scalar, map",
            ]),
        FaultCase(
            "an overlap that leaves too little",
            """
            version: 1
            file: FILE
            output: clean
            tile: 64
            overlap: 24
            """,
            ["model.yaml:5:10: overlap: an overlap of 24 on both sides leaves less than half of a tile of 64"]),
    ]
}
