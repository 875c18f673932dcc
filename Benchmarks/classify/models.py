"""Models as Sluice and as onnxruntime run them; for the scripts beside this one."""
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
import bench  # noqa: E402

bench.enter_environment()
try:
    import cv2
    import numpy
    import onnxruntime
    from PIL import Image, ImageOps
except ImportError:
    print(f"{pathlib.Path(sys.argv[0]).name}: numpy, Pillow, OpenCV and onnxruntime are needed: "
          "Benchmarks/speed/peers.sh installs them", file=sys.stderr)
    sys.exit(69)

SHARED = pathlib.Path(os.environ.get("SLUICE_SHARED", bench.CHECKOUT.parent / "shared"))
CAFFE = "channels: bgr, mean: [103.939, 116.779, 123.68], divide: 1"
SYMMETRIC = "mean: 127.5, divide: 127.5"
# By name: file, pixels of a side, how values are put to the network, labels.
KNOWN = {
    "squeezenet": ("squeezenet1.1.onnx", 224, CAFFE, "imagenet-1000.txt"),
    "squeezenet8": ("squeezenet1.1.int8.onnx", 224, CAFFE, "imagenet-1000.txt"),
    "mobilenet2": ("mobilenet_v2_1.0_224.onnx", 224, SYMMETRIC, "imagenet-1001.txt"),
    "mobilenet1": ("mobilenet_v1_0.25_128.onnx", 128, SYMMETRIC, "imagenet-1001.txt"),
}


def describe(name, work):
    """A model's description as a file."""
    file, side, input, labels = KNOWN[name]
    path = work / f"{name}.yaml"
    path.write_text(f"version: 1\nfile: {SHARED / 'models' / file}\ninput: {{ size: {side}, crop: 0.875, {input} }}\n"
                    f"output: {{ logits: logits, embedding: embedding }}\nlabels: {SHARED / 'models' / labels}\n")
    return path


def small(path, side):
    """The middle of a picture, upright: the mean of the pixels below each, or bilinear where it is enlarged; 8 bits."""
    picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    part = int(min(picture.size) * 0.875 + 0.5)
    left, top = (picture.width - part) // 2, (picture.height - part) // 2
    pixels = numpy.asarray(picture)[top:top + part, left:left + part]
    if part >= side:
        return cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA)
    # INTER_AREA repeats pixels where it enlarges, as no network was trained. In floating point, rounded once: with 8 bits
    # OpenCV cuts off what PIL rounds twice, a step in an eighth and a fifth of the pixels.
    enlarged = cv2.resize(pixels.astype(numpy.float32), (side, side), interpolation=cv2.INTER_LINEAR)
    return numpy.floor(enlarged + 0.5).astype(numpy.uint8)


def prepared(name, pixels):
    values = pixels.astype(numpy.float32)
    if KNOWN[name][2] == CAFFE:
        values = values[..., ::-1] - numpy.array([103.939, 116.779, 123.68], numpy.float32)
    else:
        values = (values - 127.5) / 127.5
    return numpy.ascontiguousarray(values.transpose(2, 0, 1)[None])


def session(name):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(SHARED / "models" / KNOWN[name][0], options)


def scores(session, name, path):
    logits = session.run(["logits"], {session.get_inputs()[0].name: prepared(name, small(path, KNOWN[name][1]))})[0][0]
    powers = numpy.exp(logits.astype(numpy.float64) - logits.max())
    return powers / powers.sum()


def labels(name):
    return (SHARED / "models" / KNOWN[name][3]).read_text().splitlines()


def process(binary, source, out, pipeline, *arguments):
    """Runs a pipeline: the sidecars, by the source's path."""
    subprocess.run([binary / "sluice", "process", source, "--pipeline", pipeline, "--out", out, "--quiet", *arguments],
                   check=True)
    return {sidecar["source"]["path"]: sidecar for sidecar in map(read, sorted(pathlib.Path(out).rglob("*.json")))
            if "source" in sidecar}


def read(path):
    return json.loads(path.read_text())
