#!/usr/bin/env python3
"""Makes a DNG as a camera does: a thumbnail, values of a sensor, and, where one is given, a JPEG as the camera's picture.

    dng.py OUT WIDTH HEIGHT [--jpeg FILE] [--orientation N] [--cut BYTES]

The sensor sees soft colours, with a white corner. Needs nothing but Python.
"""

import argparse
import struct
from array import array
from pathlib import Path

WHITE = 16_000
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 10: 8}
# From XYZ to linear sRGB, of daylight.
MATRIX = [3.2405, -1.5371, -0.4985, -0.9693, 1.8760, 0.0416, 0.0556, -0.2040, 1.0572]


def packed(kind, values):
    if kind in (1, 2, 7):
        return bytes(values)
    if kind in (5, 10):
        return b"".join(struct.pack("<ii" if kind == 10 else "<II", *pair) for pair in values)
    return struct.pack(f"<{len(values)}{'H' if kind == 3 else 'I'}", *values)


class Writer:
    """A TIFF that grows: directories are written behind their values."""

    def __init__(self, file):
        self.file = file
        file.write(b"II*\0\0\0\0\0")

    def put(self, data):
        if self.file.tell() % 2:
            self.file.write(b"\0")
        place = self.file.tell()
        self.file.write(data)
        return place

    def directory(self, fields):
        table = []
        for tag, kind, values in sorted(fields, key=lambda field: field[0]):
            data = packed(kind, values)
            value = data.ljust(4, b"\0") if len(data) <= 4 else struct.pack("<I", self.put(data))
            table.append(struct.pack("<HHI", tag, kind, len(data) // SIZES[kind]) + value)
        return self.put(struct.pack("<H", len(table)) + b"".join(table) + struct.pack("<I", 0))


def row(width, height, y):
    """A line of a sensor: red and green, or green and blue. Light is linear."""
    down = y / height
    line = array("H", bytes(2 * width))
    for x in range(width):
        across = x / width
        red, green, blue = 0.1 + 0.6 * across, 0.15 + 0.5 * down, 0.7 - 0.3 * across * down
        if x < width // 8 and y < height // 8:
            red = green = blue = 1
        light = (red, green, blue)[x % 2 + y % 2]
        line[x] = round(light * WHITE)
    return line.tobytes()


def size_of_jpeg(data):
    place = 2
    while place + 9 < len(data):
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        if marker in (0xC0, 0xC1, 0xC2):
            return int.from_bytes(data[place + 7 : place + 9], "big"), int.from_bytes(data[place + 5 : place + 7], "big")
        place += 2 + length
    raise SystemExit("the JPEG has no frame")


def make(out, width, height, jpeg=None, orientation=1):
    with open(out, "w+b") as file:
        tiff = Writer(file)
        children = []
        if jpeg:
            data = Path(jpeg).read_bytes()
            across, down = size_of_jpeg(data)
            place = tiff.put(data)
            children.append(tiff.directory([
                (254, 4, [1]), (256, 4, [across]), (257, 4, [down]), (258, 3, [8, 8, 8]), (259, 3, [7]), (262, 3, [6]),
                (273, 4, [place]), (277, 3, [3]), (278, 4, [down]), (279, 4, [len(data)]),
            ]))
        exif = tiff.directory([
            (0x829A, 5, [(1, 250)]), (0x8827, 3, [400]), (0x9003, 2, b"2024:05:06 07:08:09\0"),
            (0xA434, 2, b"35mm F1.8\0"),
        ])
        thumbnail = tiff.put(bytes([90, 120, 150]) * 160 * 120)
        sensor = [
            (254, 4, [0]), (256, 4, [width]), (257, 4, [height]), (258, 3, [16]), (259, 3, [1]), (262, 3, [32803]),
            (277, 3, [1]), (278, 4, [height]), (279, 4, [width * height * 2]), (33421, 3, [2, 2]),
            (33422, 1, [0, 1, 1, 2]), (50717, 4, [WHITE]),
        ]
        # The directory has its length whatever the offset is: it is written twice.
        place = file.tell() + file.tell() % 2
        behind = tiff.directory(sensor + [(273, 4, [0])])
        values = file.tell() + file.tell() % 2
        file.seek(place)
        assert tiff.directory(sensor + [(273, 4, [values])]) == behind
        children.append(behind)
        file.seek(values)
        # Of a large sensor lines are alike in groups: what they hold is not what takes the memory.
        step = max(2, height // 1000 * 2)
        for y in range(0, height, step):
            pair = row(width, height, y) + row(width, height, y + 1)
            file.write(pair[: 2 * width * 2] * (min(step, height - y) // 2))
            if min(step, height - y) % 2:
                file.write(pair[: 2 * width])
        first = tiff.directory([
            (254, 4, [1]), (256, 4, [160]), (257, 4, [120]), (258, 3, [8, 8, 8]), (259, 3, [1]), (262, 3, [2]),
            (271, 2, b"Sluice\0"), (272, 2, b"Maker\0"), (273, 4, [thumbnail]), (274, 3, [orientation]), (277, 3, [3]),
            (278, 4, [120]), (279, 4, [160 * 120 * 3]), (330, 4, children), (0x8769, 4, [exif]),
            (50706, 1, [1, 4, 0, 0]), (50707, 1, [1, 1, 0, 0]), (50708, 2, b"Sluice Maker\0"),
            (50721, 10, [(round(x * 10_000), 10_000) for x in MATRIX]), (50728, 5, [(1, 1)] * 3), (50778, 3, [21]),
        ])
        file.seek(4)
        file.write(struct.pack("<I", first))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("width", type=int)
    parser.add_argument("height", type=int)
    parser.add_argument("--jpeg")
    parser.add_argument("--orientation", type=int, default=1)
    parser.add_argument("--cut", type=int, default=0)
    args = parser.parse_args()
    make(args.out, args.width, args.height, args.jpeg, args.orientation)
    if args.cut:
        with open(args.out, "r+b") as file:
            file.truncate(max(0, Path(args.out).stat().st_size - args.cut))


if __name__ == "__main__":
    main()
