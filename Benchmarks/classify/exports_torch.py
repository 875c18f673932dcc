"""PyTorch's part of exports.py, run in an environment of its own: exports_torch.py DIRECTORY [NAME...]"""
import copy
import functools
import logging
import pathlib
import sys
import warnings

import numpy
import torch
from onnxruntime import quantization

import exports_common as common

# PyPI's torchvision has operators for CUDA, which a torch for processors alone does not load. Networks need none of
# them; their names have to be there.
operators = torch.library.Library("torchvision", "FRAGMENT")
for operator in ("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
                 "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"):
    operators.define(operator)
import timm  # noqa: E402
import torchvision  # noqa: E402

# By name: torchvision's, or timm's where it has a point.
NETWORKS = {
    "resnet18": "resnet18", "resnet50": "resnet50", "mobilenet2": "mobilenet_v2", "mobilenet3-small": "mobilenet_v3_small",
    "mobilenet3-large": "mobilenet_v3_large", "mobilenet4-small": "timm.mobilenetv4_conv_small",
    "efficientnet-b0": "efficientnet_b0", "efficientnet-lite0": "timm.tf_efficientnet_lite0",
    "repvit": "timm.repvit_m0_9", "fastvit": "timm.fastvit_t8", "convnext-tiny": "convnext_tiny", "swin-tiny": "swin_t",
    "tinyvit": "timm.tiny_vit_5m_224", "vit-tiny": "timm.vit_tiny_patch16_224", "squeezenet": "squeezenet1_1",
}
MEAN, DIVIDE = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]
SIDE = 224


def exports():
    """By name: network, what is made of it, exporter, opset, and more options."""
    all = {}
    for index, name in enumerate(NETWORKS):
        # All opsets that people still have, in turn.
        all[f"{name}-script"] = (name, script, 11 + index % 8, {})
        all[f"{name}-dynamo"] = (name, dynamo, 18, {})
    for opset in range(7, 21):
        all[f"mobilenet2-script-{opset}"] = ("mobilenet2", script, opset, {})
    for opset in range(17, 22):
        all[f"resnet18-dynamo-{opset}"] = ("resnet18", dynamo, opset, {})
    all["resnet18-dynamo-whole"] = ("resnet18", dynamo, 18, {"whole": True})
    for name in ("resnet18", "mobilenet3-small", "vit-tiny"):
        all[f"{name}-script-half"] = (name, script, 17, {"form": HalfWeights})
        all[f"{name}-dynamo-half"] = (name, dynamo, 18, {"form": HalfWeights})
    all["resnet18-script-half-input"] = ("resnet18", script, 17, {"form": Half, "input": "float16"})
    for name in ("resnet18", "mobilenet2", "squeezenet"):
        all[f"{name}-int8-qdq"] = (name, quantized, 17, {"format": quantization.QuantFormat.QDQ})
        all[f"{name}-int8-qoperator"] = (name, quantized, 17, {"format": quantization.QuantFormat.QOperator})
    all["vit-tiny-int8-dynamic"] = ("vit-tiny", quantized, 17, {"format": None})
    for name in ("resnet18", "vit-tiny"):
        all[f"{name}-script-batch"] = (name, script, 17, {"free": ("batch",)})
        all[f"{name}-dynamo-batch"] = (name, dynamo, 18, {"free": ("batch",)})
    for name in ("mobilenet2", "squeezenet"):
        all[f"{name}-script-sizes"] = (name, script, 17, {"free": ("batch", "height", "width")})
        all[f"{name}-dynamo-sizes"] = (name, dynamo, 18, {"free": ("batch", "height", "width")})
    all["resnet18-script-bytes"] = ("resnet18", script, 17, {"form": Bytes, "input": "uint8"})
    all["resnet18-script-bytes-nhwc"] = ("resnet18", script, 17, {"form": BytesByPixel, "input": "uint8", "layout": "nhwc"})
    all["mobilenet3-small-dynamo-bytes-nhwc"] = ("mobilenet3-small", dynamo, 18, {
        "form": BytesByPixel, "input": "uint8", "layout": "nhwc"})
    return all


class Form(torch.nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network


class HalfWeights(Form):
    """Numbers of 32 bits in and out, weights of 16."""

    def __init__(self, network):
        super().__init__(network.half())

    def forward(self, picture):
        return self.network(picture.half()).float()


class Half(HalfWeights):
    def forward(self, picture):
        return self.network(picture)


class Bytes(Form):
    """The picture as it is."""

    def __init__(self, network):
        super().__init__(network)
        self.register_buffer("mean", torch.tensor(MEAN).reshape(1, 3, 1, 1))
        self.register_buffer("divide", torch.tensor(DIVIDE).reshape(1, 3, 1, 1))

    def forward(self, picture):
        return self.network((picture.float() - self.mean) / self.divide)


class BytesByPixel(Bytes):
    def forward(self, picture):
        return super().forward(picture.permute(0, 3, 1, 2))


def normalised(count, seed):
    pixels = numpy.stack([common.picture(SIDE, SIDE, seed + index) for index in range(count)])
    return torch.from_numpy(((pixels - MEAN) / DIVIDE).astype(numpy.float32).transpose(0, 3, 1, 2).copy())


@functools.cache
def network(name):
    """With random weights, but numbers like those of a trained one: each picture has labels of its own."""
    torch.manual_seed(1)
    source = NETWORKS[name]
    model = timm.create_model(source[5:], num_classes=1000) if source.startswith("timm.") else torchvision.models.get_model(source)
    heads = [part for part in model.modules() if getattr(part, "weight", None) is not None and part.weight.shape[0] == 1000]
    with torch.no_grad():
        for part in model.modules():
            if isinstance(part, torch.nn.modules.batchnorm._BatchNorm):
                part.momentum = None
        model.train()
        model(normalised(8, 100))
        model.eval()
        logits = model(normalised(8, 200))
        # SqueezeNet's are pooled after their ReLU: no bias can take their mean away.
        mean = 0 if name == "squeezenet" else logits.mean(0)
        scale = 3 / (logits - (mean if name != "squeezenet" else logits.mean(1, keepdim=True))).std()
        for head in heads:
            head.weight *= scale
            head.bias.copy_((head.bias - mean) * scale)
    return model


def example(options):
    pixels = torch.from_numpy(common.picture(SIDE, SIDE)[None].copy())
    if options.get("layout") == "nhwc":
        return pixels
    if options.get("input") == "uint8":
        return pixels.permute(0, 3, 1, 2).contiguous()
    values = normalised(1, 0)
    return values.half() if options.get("input") == "float16" else values


AXES = {"batch": 0, "height": 2, "width": 3}


def script(model, path, opset, options):
    axes = {AXES[name]: name for name in options.get("free", ())}
    torch.onnx.export(model, (example(options),), path, dynamo=False, opset_version=opset, input_names=["input"],
                      output_names=["logits"], dynamic_axes={"input": axes} if axes else None)


def dynamo(model, path, opset, options):
    axes = {AXES[name]: torch.export.Dim.AUTO for name in options.get("free", ())}
    # A dimension of one is taken for a constant.
    given = example(options).repeat(2, 1, 1, 1) if axes else example(options)
    torch.onnx.export(model, (given,), path, dynamo=True, opset_version=opset, external_data=not options.get("whole"),
                      dynamic_shapes=(axes,) if axes else None, input_names=["input"], output_names=["logits"],
                      verbose=False)


class Calibration(quantization.CalibrationDataReader):
    def __init__(self):
        self.rest = [{"input": normalised(1, 300 + index).numpy()} for index in range(4)]

    def get_next(self):
        return self.rest.pop() if self.rest else None


def quantized(model, path, opset, options):
    whole = path.with_suffix(".whole.onnx")
    script(model, whole, opset, options)
    if options["format"] is None:
        quantization.quantize_dynamic(whole, path)
    else:
        quantization.quantize_static(whole, path, Calibration(), quant_format=options["format"], per_channel=True)
    whole.unlink()


def main():
    directory, chosen = pathlib.Path(sys.argv[1]), sys.argv[2:]
    warnings.simplefilter("ignore")
    logging.disable()
    for name, (network_name, exporter, opset, options) in exports().items():
        def write(path):
            model = copy.deepcopy(network(network_name))
            if "form" in options:
                model = options["form"](model)
            with torch.no_grad():
                exporter(model.eval(), path, opset, options)
        input = options.get("input", "float32")
        raw = input == "uint8"
        common.export(directory, name, chosen, write, network=NETWORKS[network_name],
                      exporter={script: "TorchScript", dynamo: "dynamo"}.get(exporter, "onnxruntime int8"), asked=opset,
                      size=SIDE, layout=options.get("layout", "nchw"), channels="rgb", mean=[0] if raw else MEAN,
                      divide=[1] if raw else DIVIDE, input=input, output="logits")


if __name__ == "__main__":
    main()
