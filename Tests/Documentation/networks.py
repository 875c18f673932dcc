"""Networks that the documentation's examples name, as small as they can be: ONNX files, written without any library."""
import struct


def number(value):
    """A variable-length integer of protocol buffers."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def integer(field, value):
    return number(field << 3) + number(value)


def text(field, value):
    value = value.encode() if isinstance(value, str) else value
    return number(field << 3 | 2) + number(len(value)) + value


def attribute(name, value):
    """Of integers only."""
    if isinstance(value, int):
        return text(5, text(1, name) + integer(3, value) + integer(20, 2))
    return text(5, text(1, name) + b"".join(integer(8, v) for v in value) + integer(20, 7))


def node(kind, inputs, output, **attributes):
    return text(1, b"".join(text(1, name) for name in inputs) + text(2, output) + text(3, output) + text(4, kind)
                + b"".join(attribute(*pair) for pair in attributes.items()))


def floats(name, *shape):
    count = 1
    for side in shape:
        count *= side
    values = struct.pack(f"<{count}f", *((i * 37 % 101 - 50) / 500 for i in range(count)))
    return text(5, b"".join(integer(1, side) for side in shape) + integer(2, 1) + text(8, name) + text(9, values))


def integers(name, *values):
    packed = struct.pack(f"<{len(values)}q", *values)
    return text(5, integer(1, len(values)) + integer(2, 7) + text(8, name) + text(9, packed))


def value(field, name, *shape):
    dimensions = b"".join(text(1, integer(1, side)) for side in shape)
    return text(field, text(1, name) + text(2, text(1, integer(1, 1) + text(2, dimensions))))


def write(path, *graph):
    opset = text(8, integer(2, 11))
    path.write_bytes(integer(1, 6) + text(7, b"".join(graph) + text(2, "example")) + opset)


def classifier(path, labels, size=224, outputs=("logits", "embedding")):
    """Whoever names one output alone gets one; an embedding alone has as many numbers as labels."""
    named = dict(zip(outputs, outputs)) if len(outputs) == 2 else {"logits": outputs[0], "embedding": "between"}
    logits, embedding = named["logits"], named["embedding"]
    write(path, node("Conv", ["data", "w", "b"], "c", kernel_shape=[3, 3], strides=[8, 8]), node("Relu", ["c"], "r"),
          node("GlobalAveragePool", ["r"], "p"), node("Flatten", ["p"], embedding, axis=1),
          node("Gemm", [embedding, "g", "h"], logits, transB=1),
          floats("w", 16, 3, 3, 3), floats("b", 16), floats("g", labels, 16), floats("h", labels),
          value(11, "data", 1, 3, size, size), value(12, logits, 1, labels),
          *([value(12, embedding, 1, 16)] if len(outputs) == 2 else []))


def detector(path, boxes, width, height):
    def head(name, width):
        return (node("Gemm", ["f", f"{name}-w", f"{name}-b"], f"{name}-flat", transB=1),
                node("Reshape", [f"{name}-flat", f"{name}-shape"], name),
                floats(f"{name}-w", boxes * width, 3), floats(f"{name}-b", boxes * width),
                integers(f"{name}-shape", 1, boxes, width))
    write(path, node("GlobalAveragePool", ["data"], "p"), node("Flatten", ["p"], "f", axis=1),
          *head("scores", 2), *head("boxes", 4), value(11, "data", 1, 3, height, width),
          value(12, "scores", 1, boxes, 2), value(12, "boxes", 1, boxes, 4))


def yunet(path, side):
    """Nine outputs, a row for each cell of three grids."""
    def head(name, rows, width):
        return (node("Gemm", ["f", f"{name}-w", f"{name}-b"], f"{name}-flat", transB=1),
                node("Reshape", [f"{name}-flat", f"{name}-shape"], name),
                floats(f"{name}-w", rows * width, 3), floats(f"{name}-b", rows * width),
                integers(f"{name}-shape", 1, rows, width), value(12, name, 1, rows, width))
    heads = [head(f"{part}_{stride}", (side // stride) ** 2, width) for part, width in (("cls", 1), ("obj", 1), ("bbox", 4))
             for stride in (8, 16, 32)]
    write(path, node("GlobalAveragePool", ["data"], "p"), node("Flatten", ["p"], "f", axis=1),
          *(part for parts in heads for part in parts), value(11, "data", 1, 3, side, side))


def centerface(path, side):
    """Three outputs, a plane or two of a quarter of the side."""
    def head(name, planes):
        return (node("Conv", ["data", f"{name}-w", f"{name}-b"], name, kernel_shape=[4, 4], strides=[4, 4]),
                floats(f"{name}-w", planes, 3, 4, 4), floats(f"{name}-b", planes),
                value(12, name, 1, planes, side // 4, side // 4))
    write(path, *head("537", 1), *head("538", 2), *head("539", 2), value(11, "data", 1, 3, side, side))


def denoiser(path, side=256):
    write(path, node("Concat", ["input", "sigma"], "both", axis=1),
          node("Conv", ["both", "w", "b"], "output", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
          floats("w", 3, 4, 3, 3), floats("b", 3), value(11, "input", 1, 3, side, side), value(11, "sigma", 1, 1, side, side),
          value(12, "output", 1, 3, side, side))


def finder(path, width, height, **outputs):
    """Outputs of these shapes, from a picture."""
    parts = []
    for name, shape in outputs.items():
        count = 1
        for side in shape:
            count *= side
        parts += [node("Gemm", ["f", f"{name}-w", f"{name}-b"], f"{name}-flat", transB=1),
                  node("Reshape", [f"{name}-flat", f"{name}-shape"], name), floats(f"{name}-w", count, 3),
                  floats(f"{name}-b", count), integers(f"{name}-shape", *shape)]
    write(path, node("GlobalAveragePool", ["data"], "p"), node("Flatten", ["p"], "f", axis=1), *parts,
          value(11, "data", 1, 3, height, width), *(value(12, name, *shape) for name, shape in outputs.items()))
