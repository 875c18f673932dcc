"""What a user of a Python library would write: every picture of a list, at every side, in a process a core.

usage: python_peers.py pyvips|pillow|opencv LIST OUT QUALITY SIDE...

Several sides are made of one decode: pyvips makes them of the largest, the others each of the one before it.
"""
import multiprocessing
import os
import pathlib
import sys


def of_pyvips(path, sides, quality, target):
    import pyvips
    largest, *others = sides
    picture = pyvips.Image.thumbnail(path, largest, height=largest)
    if others:
        # A sequential picture can be read once.
        picture = picture.copy_memory()
    picture.jpegsave(target(largest), Q=quality, strip=True)
    for side in others:
        picture.thumbnail_image(side, height=side).jpegsave(target(side), Q=quality, strip=True)


def of_pillow(path, sides, quality, target):
    from PIL import Image
    with Image.open(path) as picture:
        for side in sides:
            # The first of them calls draft(): libjpeg decodes at a half, a quarter or an eighth.
            picture.thumbnail((side, side), Image.Resampling.LANCZOS)
            picture.save(target(side), quality=quality)


def of_opencv(path, sides, quality, target):
    import cv2
    import jpegs
    cv2.setNumThreads(1)
    longer = max(jpegs.size(pathlib.Path(path)))
    reduced = {8: cv2.IMREAD_REDUCED_COLOR_8, 4: cv2.IMREAD_REDUCED_COLOR_4, 2: cv2.IMREAD_REDUCED_COLOR_2}
    flag = next((reduced[by] for by in (8, 4, 2) if longer // by >= sides[0]), cv2.IMREAD_COLOR)
    picture = cv2.imread(path, flag)
    for side in sides:
        height, width = picture.shape[:2]
        scale = side / max(width, height)
        picture = cv2.resize(picture, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
        cv2.imwrite(target(side), picture, [cv2.IMWRITE_JPEG_QUALITY, quality])


KINDS = {"pyvips": of_pyvips, "pillow": of_pillow, "opencv": of_opencv}


def do(work):
    kind, path, out, quality, sides = work
    stem = pathlib.Path(path).stem
    KINDS[kind](path, sides, quality, lambda side: os.path.join(out, f"{stem}-{side}.jpg"))


def main():
    kind, paths, out, quality, *sides = sys.argv[1:]
    sides = sorted(map(int, sides), reverse=True)
    work = [(kind, path, out, int(quality), sides) for path in pathlib.Path(paths).read_text().splitlines()]
    cores = len(os.sched_getaffinity(0))
    with multiprocessing.get_context("fork").Pool(cores) as pool:
        for _ in pool.imap_unordered(do, work, chunksize=max(1, min(16, len(work) // (8 * cores)))):
            pass


if __name__ == "__main__":
    main()
