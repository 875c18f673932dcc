"""What is run under torture: a mode, a pipeline, what was dropped before and what is dropped now."""
import pathlib
import shutil

import pictures
from invariants import Expectation
from place import Place

TWO = """version: 1
renditions:
  small: { resize: 24x24, format: png }
  tiny: { resize: 12x12, format: jpeg, quality: 80 }
metadata: { keep: none }
"""
SIX = """version: 1
renditions:
  a: { format: jpeg, quality: 85 }
  b: { resize: { width: 120 }, format: webp, quality: 75 }
  c: { resize: { width: 80 }, format: png }
  d: { resize: { width: 60, height: 60, fit: cover }, format: jpeg, quality: 75 }
  e: { resize: { width: 40 }, format: tiff }
  f: { resize: { width: 20 }, format: gif }
metadata: { keep: none }
"""

# What is changed from PNG to JPEG goes elsewhere, and has one rendition less.
ROUTED = """version: 1
stages:
  - grayscale: { when: "format == 'jpeg'" }
renditions:
  small: { resize: 24x24, format: png }
  tiny: { resize: 12x12, format: jpeg, quality: 80, when: "format == 'png'" }
metadata: { keep: none }
output: { route: "by format/{format}" }
"""


# A document, and a motion photo.
PARTS = """version: 1
pages: all
motion: extract
renditions:
  small: { resize: 24x24, format: png }
  tiny: { resize: 12x12, format: jpeg, quality: 80 }
metadata: { keep: none }
"""


# Numbers in the order of the sources, whatever becomes of the run; sidecars in a folder of their own.
NUMBERED = """version: 1
renditions:
  small: { resize: 24x24, format: png }
  tiny: { resize: 12x12, format: jpeg, quality: 80 }
metadata: { keep: none }
output: { name: "{counter:2}.{rendition}.{ext}" }
dates: keep
sidecar: { where: told }
"""


def parts(version):
    """In the second version the document has other pages, and fewer; the photograph has no video any more."""
    sizes = [(60, 44), (44, 60), (30, 30)]
    photograph = pictures.motion_photo(pictures.TINY_JPEG, "video") if version == 1 else pictures.TINY_JPEG
    return {"scan.tif": pictures.document(sizes[version - 1:], version), "folder/photo.jpg": photograph}


def routed(version):
    """Two sources; in the second version, one of them is of another format."""
    sources = two(version)
    if version > 1:
        sources["one.png"] = pictures.TINY_JPEG
    return sources


def two(version):
    """Two sources, one in a folder. Each version has other pixels."""
    return {name: pictures.png(60, 44, f"{name}{version}") for name in ("one.png", "folder/two.png")}


class Scenario:
    """`steps` are dropped one after the other; all but the last are done when the torture begins."""

    def __init__(self, name, mode, steps, *, after="archive", pipeline=TWO, keys=()):
        self.name, self.mode, self.steps, self.after, self.pipeline = name, mode, steps, after, pipeline
        self.keys = dict(keys)

    def place(self, root):
        return Place(root, self.mode, self.pipeline, after=self.after, keys=self.keys)

    def prepare(self, programs, root):
        """Makes the place as it is before the last drop, and learns what undisturbed runs make of all of it.

        `root` stands ready afterwards; `root` with `.learnt` behind it is where the last step was done, too.
        """
        place, expected = self.place(root), Expectation()
        place.make()
        for step in self.steps[:-1]:
            place.drop(step)
            self.learn(programs, place, expected, step)
        # Learnt in the place itself, because the journal knows sources by the absolute path of their directory.
        kept = pathlib.Path(f"{root}.before")
        shutil.copytree(place.root, kept, symlinks=True)
        place.drop(self.steps[-1])
        self.learn(programs, place, expected, self.steps[-1])
        empty(place.root)
        fill(kept, place.root)
        shutil.rmtree(kept)
        place.drop(self.steps[-1])
        return place, expected

    def learn(self, programs, place, expected, step):
        latest = dict(expected.latest) | {name: sha for name, sha in digests(step).items()}
        run = place.run_to_end(programs, latest)
        if run.process.returncode != 0:
            raise RuntimeError(f"{self.name}: an undisturbed run ended with {run.process.returncode}:\n{run.log()}")
        expected.learn(place, step)


def digests(sources):
    import hashlib
    return {name: hashlib.sha256(data).hexdigest() for name, data in sources.items()}


def empty(root):
    """Removes what is in the directory; a mount point below it stays, emptied."""
    for path in pathlib.Path(root).iterdir():
        if path.is_mount():
            empty(path)
        elif path.is_dir() and not path.is_symlink():
            if any(inner.is_mount() for inner in path.rglob("*") if inner.is_dir()):
                empty(path)
            else:
                shutil.rmtree(path)
        else:
            path.unlink()


def fill(source, target):
    """Copies what is in a directory into another one."""
    shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)


def all_scenarios(*, other_file_system=None):
    chosen = [
        Scenario("process, new", "process", [two(1)]),
        Scenario("process, changed sources", "process", [two(1), two(2)]),
        Scenario("watch, archive", "watch", [two(1)]),
        Scenario("watch, archive, changed sources", "watch", [two(1), two(2)]),
        Scenario("watch, delete", "watch", [two(1)], after="delete"),
        Scenario("process, changed routes", "process", [routed(1), routed(2)], pipeline=ROUTED),
        Scenario("process, numbers, sidecars elsewhere", "process", [two(1), two(2)], pipeline=NUMBERED),
        Scenario("process, fewer pages", "process", [parts(1), parts(2)], pipeline=PARTS),
        Scenario("watch, archive, more pages", "watch", [parts(2), parts(1)], pipeline=PARTS),
        Scenario("watch, archive, changed routes", "watch", [routed(1), routed(2)], pipeline=ROUTED),
    ]
    if other_file_system:
        chosen.append(Scenario("watch, archive on another file system", "watch", [two(1)],
                               keys={"archive": other_file_system}))
    return chosen
