"""The batches that the speed bars are measured on, and the JPEG renditions that are made of them."""
import dataclasses
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
import bench  # noqa: E402
import pictures  # noqa: E402

QUALITY = 82  # of every JPEG; chroma 4:2:0, as all programs do at this quality; nothing kept of the metadata
SMALL = 2000
MODELS = 100  # different contents of the small pictures


@dataclasses.dataclass(frozen=True)
class Batch:
    name: str
    title: str
    sides: tuple  # of the renditions: pixels of the longer side
    full: int  # pictures
    quick: int

    def sources(self, directory, count=None):
        """The first `count` pictures; what is missing is made."""
        if self.name == "small":
            found = small_pictures(directory)
        else:
            found = photographs(directory)
        return found[:count or self.full]

    def pipeline(self, directory, format="jpeg", stages=""):
        """A pipeline file for Sluice that makes the renditions."""
        quality = f", quality: {QUALITY}" if format == "jpeg" else ""
        path = pathlib.Path(directory) / f"{self.name}-{format}.yaml"
        path.write_text(f"version: 1\n{stages}renditions:\n" + "".join(
            f"  s{side}: {{ resize: {{ width: {side}, height: {side} }}, format: {format}{quality} }}\n"
            for side in self.sides))
        return path


BATCHES = {batch.name: batch for batch in [
    Batch("one", "photographs of 12 to 24 megapixels, one rendition of 1024 pixels", (1024,), 200, 16),
    Batch("five", "the same, five renditions of 1920, 1280, 640, 320 and 160 pixels", (1920, 1280, 640, 320, 160), 200,
          10),
    Batch("small", "pictures of 640 × 480, one rendition of 320 pixels", (320,), SMALL, 200),
]}


def photographs(directory):
    """200 JPEG files of 12, 16, 20 and 24 megapixels in turn, about 900 MB."""
    return [path for _, path in pictures.made(directory, "photos", "more-photos")]


def small_pictures(directory):
    """2,000 JPEG files of 640 × 480 pixels, each with bytes of its own: a hundred photographs, shrunk, twenty times
    each, with other comments."""
    small = pathlib.Path(directory) / "small"
    names = [f"{index:04}.jpg" for index in range(SMALL)]
    if small.is_dir():
        return [small / name for name in names]
    unfinished = small.with_name("unfinished-small")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    models = []
    for photograph in photographs(directory)[:MODELS]:
        model = unfinished / "model.jpg"
        subprocess.run(["vips", "thumbnail", photograph, f"{model}[Q=85,strip]", "640", "--height", "480", "--crop",
                        "centre"], check=True)
        models.append(model.read_bytes())
        model.unlink()
    for index, name in enumerate(names):
        (unfinished / name).write_bytes(with_comment(models[index % MODELS], b"%d" % index))
    unfinished.rename(small)
    return [small / name for name in names]


def with_comment(jpeg, text):
    """The JPEG with a comment after its first marker: other bytes, the same pixels."""
    return jpeg[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + jpeg[2:]


def add_arguments(parser):
    """What the scripts of this room take, beside `bench.arguments`."""
    parser.add_argument("--batch", choices=BATCHES, action="append", help="all of them without it")
    parser.add_argument("--quick", action="store_true", help="fewer pictures and runs")
    parser.add_argument("--count", type=int, metavar="N", help="pictures of a batch, at most")
    parser.add_argument("--runs", type=int, metavar="N")
    return bench.arguments(parser)


def chosen(options):
    """Pairs of a batch and how many of its pictures are wanted."""
    for name in options.batch or BATCHES:
        batch = BATCHES[name]
        count = batch.quick if options.quick else batch.full
        yield batch, min(options.count or count, batch.full)
