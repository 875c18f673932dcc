/// Bad descriptions of detectors.
extension FaultCase {
    static let detectors: [FaultCase] = [
        FaultCase(
            "slips in what a detector outputs",
            """
            version: 1
            file: FILE
            input: { size: 640, pad: 114 }
            output: yolov8
            nms: 45
            """,
            [
                "model.yaml:3:21: input.pad: is for fit: pad only",
                "model.yaml:4:9: output: 'yolov8' is not one of logits, probabilities, embedding, clean, residual, yolo, "
                    + "yolov5, yolov10, yunet, centerface; did you mean 'yolov5'?",
                "model.yaml:5:6: nms: '45' is not a number from 0 to 1",
            ]),
        FaultCase(
            "too few outputs, and one twice",
            """
            version: 1
            file: FILE
            input: { size: 640 }
            output: { yunet: [cls_8, obj_8, bbox_8], centerface: [a, b, b], yolo: [a] }
            """,
            [
                "model.yaml:4:11: output.yunet: cannot be combined with 'yolo'",
                "model.yaml:4:18: output.yunet: has 3 of 9 outputs: cls_8, cls_16, cls_32, obj_8, obj_16, obj_32, bbox_8, "
                    + "bbox_16, bbox_32",
                "model.yaml:4:42: output.centerface: cannot be combined with 'yolo'",
                "model.yaml:4:54: output.centerface: names an output twice",
                "model.yaml:4:71: output.yolo: expected a name in the graph, not a list",
            ]),
        FaultCase(
            "two detectors, or one and a denoiser",
            """
            version: 1
            file: FILE
            input: { size: 640 }
            output: { yolo: a, clean: b, boxes: c, scores: d }
            """,
            [
                "model.yaml:4:11: output.yolo: cannot be combined with 'boxes'",
                "model.yaml:4:20: output.clean: cannot be combined with 'boxes'",
            ]),
        FaultCase(
            "a size that leaves a part of a cell",
            """
            version: 1
            file: FILE
            input: { size: 640x360 }
            output: centerface
            priors: { strides: [8], sizes: [[10]] }
            """,
            [
                "model.yaml:3:16: input.size: 640x360 does not suit centerface: both sides have to be multiples of 32",
                "model.yaml:5:1: priors: is for models that find boxes (output: boxes and scores) only",
            ]),
        FaultCase(
            "boxes of what finds none",
            """
            version: 1
            file: FILE
            input: { size: 224 }
            output: logits
            nms: 0.5
            """,
            ["model.yaml:5:1: nms: is for models that find boxes (output: yolo, for instance) only"]),
    ]
}
