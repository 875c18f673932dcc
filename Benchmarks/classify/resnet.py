"""A network of the size of ResNet-50, 100 MB of weights that nobody has trained: for what it takes, not what it says."""
import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

BLOCKS = [(64, 3), (128, 4), (256, 6), (512, 3)]


class Maker:
    def __init__(self):
        self.random = numpy.random.default_rng(1)
        self.nodes, self.weights = [], []

    def add(self, kind, inputs, **attributes):
        name = f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def weight(self, *shape):
        name = f"w{len(self.weights)}"
        spread = (2 / max(1, int(numpy.prod(shape[1:])))) ** 0.5 if len(shape) > 1 else 0.01
        values = self.random.normal(0, spread, shape).astype(numpy.float32)
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def convolution(self, input, bands, width, side, stride=1):
        weights = [self.weight(width, bands, side, side), self.weight(width)]
        return self.add("Conv", [input, *weights], kernel_shape=[side, side], strides=[stride, stride],
                        pads=[side // 2] * 4)

    def bottleneck(self, input, bands, width, stride):
        inner = self.add("Relu", [self.convolution(input, bands, width, 1)])
        inner = self.add("Relu", [self.convolution(inner, width, width, 3, stride)])
        inner = self.convolution(inner, width, width * 4, 1)
        if bands != width * 4:
            input = self.convolution(input, bands, width * 4, 1, stride)
        return self.add("Relu", [self.add("Add", [inner, input])])


def write(path):
    maker = Maker()
    value = maker.add("Relu", [maker.convolution("data", 3, 64, 7, 2)])
    value = maker.add("MaxPool", [value], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    bands = 64
    for width, count in BLOCKS:
        for index in range(count):
            value = maker.bottleneck(value, bands, width, 2 if index == 0 and width > 64 else 1)
            bands = width * 4
    value = maker.add("GlobalAveragePool", [value])
    maker.nodes.append(helper.make_node("Flatten", [value], ["embedding"], axis=1))
    maker.nodes.append(helper.make_node("Gemm", ["embedding", maker.weight(1000, bands), maker.weight(1000)],
                                        ["logits"], transB=1))
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 1000]),
               helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, bands])]
    graph = helper.make_graph(
        maker.nodes, "resnet", [helper.make_tensor_value_info("data", TensorProto.FLOAT, [1, 3, 224, 224])], outputs,
        maker.weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)])
    model.ir_version = 6
    onnx.save(model, path)
