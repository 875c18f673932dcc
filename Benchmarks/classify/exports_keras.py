"""Keras' part of exports.py, run in an environment of its own: exports_keras.py DIRECTORY [NAME...]"""
import functools
import logging
import os
import pathlib
import sys

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
import keras  # noqa: E402
import numpy  # noqa: E402
import tensorflow  # noqa: E402
import tf2onnx  # noqa: E402

import exports_common as common  # noqa: E402

# How the applications have their pictures: channels, mean, what they are divided by.
SYMMETRIC = ("rgb", [127.5], [127.5])
CAFFE = ("bgr", [103.939, 116.779, 123.68], [1])
TORCH = ("rgb", [123.675, 116.28, 103.53], [58.395, 57.12, 57.375])
RAW = ("rgb", [0], [1])
NETWORKS = {
    "MobileNetV2": (224, SYMMETRIC), "EfficientNetB0": (224, RAW), "ResNet50": (224, CAFFE), "MobileNet": (224, SYMMETRIC),
    "MobileNetV3Small": (224, RAW), "MobileNetV3Large": (224, RAW), "EfficientNetV2B0": (224, RAW),
    "DenseNet121": (224, TORCH), "NASNetMobile": (224, SYMMETRIC), "Xception": (299, SYMMETRIC),
}


def exports():
    """By name: application, opset, and what is special."""
    all = {}
    for index, name in enumerate(NETWORKS):
        all[f"keras-{name}"] = (name, 11 + index % 8, "softmax" if index % 2 else "")
    for opset in (7, 9, 12, 13, 15, 17, 18):
        all[f"keras-MobileNetV2-{opset}"] = ("MobileNetV2", opset, "softmax")
    for name, special in (("MobileNetV2", "batch"), ("EfficientNetB0", "batch"), ("MobileNetV2", "nchw")):
        all[f"keras-{name}-{special}"] = (name, 13, special)
    return all


def fed(name, count, seed):
    side, (channels, mean, divide) = NETWORKS[name]
    about = {"channels": channels, "mean": mean, "divide": divide, "layout": "nhwc", "input": "float32"}
    return numpy.concatenate([common.fed(common.picture(side, side, seed + index), about) for index in range(count)])


@functools.cache
def network(name):
    """With random weights, but numbers like those of a trained one: each picture has labels of its own."""
    keras.utils.set_random_seed(1)
    side = NETWORKS[name][0]
    model = getattr(keras.applications, name)(weights=None, classifier_activation=None, input_shape=(side, side, 3))
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0
        if isinstance(layer, keras.layers.Normalization):
            # As tensors they would become inputs of the graph.
            layer.mean, layer.variance = numpy.asarray(layer.mean), numpy.asarray(layer.variance)
    model(fed(name, 6, 100), training=True)
    logits = numpy.asarray(model(fed(name, 6, 200), training=False))
    scale = 3 / (logits - logits.mean(0)).std()
    head = [layer for layer in model.layers if getattr(layer, "kernel", None) is not None
            and layer.kernel.shape[-1] == 1000][-1]
    head.kernel.assign(head.kernel * scale)
    head.bias.assign((head.bias - logits.mean(0)) * scale)
    return model


def main():
    directory, chosen = pathlib.Path(sys.argv[1]), sys.argv[2:]
    logging.disable()
    for name, (application, opset, special) in exports().items():
        side, (channels, mean, divide) = NETWORKS[application]

        def write(path):
            model = network(application)
            batch = None if special == "batch" else 1
            signature = [tensorflow.TensorSpec((batch, side, side, 3), tensorflow.float32, name="input")]

            def answer(input):
                logits = model(input, training=False)
                return tensorflow.nn.softmax(logits) if special == "softmax" else logits
            tf2onnx.convert.from_function(
                tensorflow.function(answer, input_signature=signature), input_signature=signature, opset=opset,
                output_path=str(path), inputs_as_nchw=["input"] if special == "nchw" else None)
        common.export(directory, name, chosen, write, network=f"keras.{application}", exporter="tf2onnx", asked=opset,
                      size=side, layout="nchw" if special == "nchw" else "nhwc", channels=channels, mean=mean,
                      divide=divide, input="float32", output="probabilities" if special == "softmax" else "logits")


if __name__ == "__main__":
    main()
