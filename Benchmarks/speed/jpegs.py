"""What a JPEG file's header says, without a decoder."""
import struct

# Markers of a frame's header; the others of 0xC0…0xCF are tables.
FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def header(path):
    """(width, height, chroma subsampling such as "2x2") of a JPEG that is whole: with a frame, and an end."""
    data = path.read_bytes()
    if data[:2] != b"\xff\xd8" or data[-2:] != b"\xff\xd9":
        raise ValueError(f"{path.name} is not a whole JPEG")
    at = 2
    while at + 4 <= len(data):
        marker, length = data[at + 1], int.from_bytes(data[at + 2:at + 4], "big")
        if marker in FRAMES:
            height, width, components = struct.unpack(">HHB", data[at + 5:at + 10])
            factors = data[at + 11]
            return width, height, f"{factors >> 4}x{factors & 15}" if components == 3 else "grey"
        at += 2 + length
    raise ValueError(f"{path.name} has no frame")


def size(path):
    return header(path)[:2]


def faults(directory, sides, sources):
    """What is wrong with the JPEG renditions below a directory: each of the sources, at each of the sides, as every
    program would make it: 4:2:0, the shorter side by the same factor, give or take a pixel for rounding."""
    wanted = {}
    for width, height in sources:
        for side in sides:
            scale = side / max(width, height)
            wanted.setdefault(side, []).append((width * scale, height * scale))
    found = {}
    for path in directory.rglob("*.jpg"):
        try:
            width, height, subsampling = header(path)
        except ValueError as error:
            return [str(error)]
        if subsampling != "2x2":
            return [f"{path.name}: chroma is {subsampling}"]
        found.setdefault(max(width, height), []).append((width, height))
    if set(found) - set(wanted):
        return [f"renditions of {', '.join(map(str, sorted(set(found) - set(wanted))))} pixels"]
    for side, sizes in wanted.items():
        made = sorted(found.get(side, []))
        if len(made) != len(sizes):
            return [f"{len(made)} of {len(sizes)} renditions of {side} pixels"]
        for (width, height), (right_width, right_height) in zip(made, sorted(sizes)):
            if abs(width - right_width) > 1 or abs(height - right_height) > 1:
                return [f"a rendition of {width} × {height}, instead of {right_width:.1f} × {right_height:.1f}"]
    return []


def scan(path):
    """The bytes from the tables on: what the pixels make of it, without metadata."""
    data = path.read_bytes()
    return data[data.index(b"\xff\xdb"):]
