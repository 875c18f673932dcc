"""Pictures for benchmarks of what a job costs: small JPEGs, each with bytes of its own."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Torture"))
import pictures  # noqa: E402


def make_pictures(directory, count, width=640, height=480):
    """So many JPEGs `NNNNNN.jpg`; 16 different pictures, so that making them does not take long."""
    directory.mkdir(parents=True, exist_ok=True)
    originals = []
    for seed in range(min(16, count)):
        path = directory / f"original-{seed}.jpg"
        pictures.convert(pictures.ppm(width, height, seed), path)
        originals.append(path.read_bytes())
        path.unlink()
    for index in range(count):
        content = pictures.with_comment(originals[index % 16], b"%d" % index)
        (directory / f"{index:06}.jpg").write_bytes(content)
