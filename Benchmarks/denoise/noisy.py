"""Pictures with noise, and what `denoise` makes of them; for the scripts beside this one."""
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
import bench  # noqa: E402

bench.enter_environment()
try:
    import numpy
    from PIL import Image
except ImportError:
    print(f"{pathlib.Path(sys.argv[0]).name}: numpy and Pillow are needed: Benchmarks/speed/peers.sh installs them",
          file=sys.stderr)
    sys.exit(69)

SIGMAS = [15, 25, 50]
PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"}


def shared(name):
    return pathlib.Path(os.environ.get("SLUICE_SHARED", bench.CHECKOUT.parent / "shared")) / name


def pictures(directories, most=None):
    """Files of pictures in these directories, in order."""
    found = [path for directory in directories for path in sorted(directory.glob("*"))
             if path.suffix.lower() in PICTURES]
    return found[:most]


def pixels(path):
    return numpy.asarray(Image.open(path)).astype(numpy.float64)


def with_noise(clean, sigma):
    """White Gaussian noise, the same each time; clipped and rounded as in a camera's file."""
    noise = numpy.random.default_rng(1000 * sigma).normal(0, sigma, clean.shape)
    return numpy.clip(numpy.round(clean + noise), 0, 255).astype(numpy.uint8)


def psnr(one, other):
    return 10 * numpy.log10(255 ** 2 / numpy.mean((numpy.asarray(one, float) - other) ** 2))


def write(array, path):
    Image.fromarray(array).save(path, compress_level=1)


def denoise(binary, source, work, stage, workers=1, format="{ format: png, compression: 1 }"):
    """Runs a pipeline of this stage over a directory: by the source's name, the result's path and the stage's report."""
    out, pipeline = work / f"{source.name}-out", work / "denoise.yaml"
    pipeline.write_text(f"version: 1\nlimits: {{ time: 1h }}\nstages:\n  - denoise: {stage}\n"
                        f"renditions:\n  full: {format}\n")
    subprocess.run([str(binary / "sluice"), "process", source, "--pipeline", pipeline, "--out", out, "--workers",
                    str(workers), "--overwrite", "--quiet"], check=True)
    results = {}
    for path in out.glob("*.json"):
        sidecar = json.loads(path.read_text())
        report = next(stage for stage in sidecar["stages"] if stage["name"] == "denoise")
        results[sidecar["source"]["path"]] = out / sidecar["renditions"][0]["path"], report
    return results
