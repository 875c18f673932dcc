"""What both environments of exports.py have: a picture, and what onnxruntime says of it."""
import json
import time

import numpy
import onnx
import onnxruntime
from PIL import Image


def picture(width, height, seed=0):
    """Patches of colour and some noise, the same everywhere: height x width x 3 bytes."""
    random = numpy.random.default_rng(seed)
    patches = Image.fromarray(random.integers(0, 256, (7, 7, 3), numpy.uint8))
    smooth = numpy.asarray(patches.resize((width, height), Image.Resampling.BICUBIC), numpy.float64)
    return numpy.clip(smooth + random.normal(0, 12, smooth.shape), 0, 255).astype(numpy.uint8)


def fed(pixels, about):
    """As Sluice puts it to the network."""
    values = pixels[..., ::-1] if about["channels"] == "bgr" else pixels
    values = (values.astype(numpy.float32) - numpy.float32(about["mean"])) / numpy.float32(about["divide"])
    if about["layout"] == "nchw":
        values = values.transpose(2, 0, 1)
    return numpy.ascontiguousarray(values[None]).astype(about["input"])


def scores(path, pixels, about):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    values = session.run(None, {session.get_inputs()[0].name: fed(pixels, about)})[0][0].astype(numpy.float64)
    if about["output"] == "probabilities":
        return values
    powers = numpy.exp(values - values.max())
    return powers / powers.sum()


def export(directory, name, chosen, write, **about):
    """Makes one in a folder of its own, and `about.json` with what is known of it and the scores; or why there is none."""
    if chosen and name not in chosen:
        return
    folder = directory / name
    if not chosen and (folder / "about.json").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    path = folder / f"{name}.onnx"
    start = time.monotonic()
    try:
        write(path)
        graph = onnx.load(path, load_external_data=False)
        about["opset"] = next(each.version for each in graph.opset_import if each.domain in ("", "ai.onnx"))
        about["ir"] = graph.ir_version
        about["operators"] = sorted({node.op_type for node in graph.graph.node})
        about["bytes"] = sum(each.stat().st_size for each in folder.iterdir())
    except Exception as error:  # Each exporter has its own.
        about["not-exported"] = f"{type(error).__name__}: {error}"[:1000]
        for old in folder.iterdir():
            old.unlink()
    else:
        pixels = picture(about["size"], about["size"])
        Image.fromarray(pixels).save(folder / f"{name}.png")
        try:
            about["scores"] = scores(path, pixels, about).tolist()
        except Exception as error:
            about["not-run"] = f"{type(error).__name__}: {error}"[:1000]
    about["name"] = name
    (folder / "about.json").write_text(json.dumps(about))
    said = about.get("not-exported") or about.get("not-run") or f"{about['bytes'] / 1e6:.1f} MB, opset {about['opset']}"
    print(f"{name}: {said.splitlines()[0][:160]} ({time.monotonic() - start:.0f} s)", flush=True)
