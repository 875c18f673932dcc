#!/usr/bin/env python3
"""Compares what stages for tones and colours make of pictures with a plain reference in numpy.

usage: reference.py BIN

BIN is the folder with the programs. Pictures of 8 and 16 bits are made of all kinds of colours, `sluice process` does one
stage or a row of them, and each number of the results is compared with what the formulas of Documentation/stages.md give in
double precision, rounded once. One stage may be off by 1 at most, at 8 and at 16 bits; a row of them by 1 at 8 bits.
Where Python has no numpy, it says so and ends with 0.
"""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

try:
    import numpy
except ImportError:
    print("grading: not compared: Python has no numpy (pip install numpy)")
    sys.exit(0)

LUMA = numpy.array([0.2126, 0.7152, 0.0722])


# The formulas. Pictures are arrays of height, width and channels, from 0 to 1.

def light_of(value):
    return numpy.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def value_of(light):
    return numpy.where(light <= 0.0031308, 12.92 * light, 1.055 * numpy.maximum(light, 1e-12) ** (1 / 2.4) - 0.055)


def daylight(mired):
    """CIE 1960's u and v of daylight."""
    kilo = mired / 1000
    if mired >= 1e6 / 7000:
        x = -4.6070 * kilo ** 3 + 2.9678 * kilo ** 2 + 0.09911 * kilo + 0.244063
    else:
        x = -2.0064 * kilo ** 3 + 1.9018 * kilo ** 2 + 0.24748 * kilo + 0.237040
    y = -3 * x ** 2 + 2.870 * x - 0.275
    return numpy.array([4 * x, 6 * y]) / (-2 * x + 12 * y + 3)


def colour_of_light(mired, tint):
    """Linear sRGB of a luminance of 1."""
    u, v = daylight(mired)
    along = daylight(mired) - daylight(mired - 1)
    along /= numpy.hypot(*along)
    u, v = u + along[1] * tint / 3000, v - along[0] * tint / 3000
    x, y = 3 * u / (2 * u - 8 * v + 4), 2 * v / (2 * u - 8 * v + 4)
    to_rgb = numpy.array([[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560],
                          [0.0556434, -0.2040259, 1.0572252]])
    return to_rgb @ numpy.array([x / y, 1, (1 - x - y) / y])


def adjust(picture, exposure=0, contrast=0, saturation=0, gamma=1, temperature=0, tint=0):
    gains = colour_of_light(1e6 / 6504 + temperature, tint) / colour_of_light(1e6 / 6504, 0)
    gains *= 2 ** exposure / (gains @ LUMA)
    if exposure or temperature or tint:
        picture = value_of(numpy.clip(light_of(picture) * gains, 0, 1))
    picture = picture ** (1 / gamma)
    slope = 2 ** (abs(contrast) / 100)
    place = 2 * picture - 1
    if contrast >= 0:
        place = slope * place / numpy.sqrt(1 + (slope ** 2 - 1) * place ** 2)
    else:
        place = place / numpy.sqrt(slope ** 2 - (slope ** 2 - 1) * place ** 2)
    picture = numpy.clip((place + 1) / 2, 0, 1)
    grey = (picture @ LUMA)[..., None]
    return numpy.clip(grey + (1 + saturation / 100) * (picture - grey), 0, 1)


def sepia(picture, amount=1):
    toning = numpy.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])
    return numpy.clip(picture @ (amount * toning + (1 - amount) * numpy.eye(3)).T, 0, 1)


def levels(picture, black=0, white=255, gamma=1):
    return numpy.clip((picture - black / 255) / ((white - black) / 255), 0, 1) ** (1 / gamma)


class Cube:
    """A table, from any colours: of three dimensions an array of blue, green, red and channels, of one of rows and channels."""

    def __init__(self, values, low=(0, 0, 0), high=(1, 1, 1)):
        self.values, self.low, self.high = values, numpy.array(low), numpy.array(high)

    def text(self):
        lines = [f"LUT_{3 if self.values.ndim == 4 else 1}D_SIZE {len(self.values)}",
                 "DOMAIN_MIN " + " ".join(map(str, self.low)), "DOMAIN_MAX " + " ".join(map(str, self.high))]
        return "\n".join(lines + [" ".join(f"{value:.7f}" for value in row) for row in self.values.reshape(-1, 3)]) + "\n"

    def at(self, picture):
        """By tetrahedra: from black's corner of a cell along the axis of the largest part, of the next, of the smallest."""
        place = numpy.clip((picture - self.low) / (self.high - self.low), 0, 1) * (len(self.values) - 1)
        start = numpy.minimum(place.astype(int), len(self.values) - 2)
        part = place - start
        if self.values.ndim == 2:
            return numpy.stack([numpy.interp(place[..., channel], numpy.arange(len(self.values)), self.values[:, channel])
                                for channel in range(3)], -1)
        order = numpy.argsort(-part, axis=-1, kind="stable")
        parts = numpy.take_along_axis(part, order, -1)
        corner = start.copy()
        result = (1 - parts[..., :1]) * self.values[corner[..., 2], corner[..., 1], corner[..., 0]]
        for step in range(3):
            numpy.put_along_axis(corner, order[..., step:step + 1],
                                 numpy.take_along_axis(corner, order[..., step:step + 1], -1) + 1, -1)
            rest = parts[..., step + 1:step + 2] if step < 2 else 0
            result = result + (parts[..., step:step + 1] - rest) * self.values[corner[..., 2], corner[..., 1], corner[..., 0]]
        return result


def random_cube(size, roughness, **domain):
    """Colours somewhere near those that they stand for."""
    steps = numpy.linspace(0, 1, size)
    blue, green, red = numpy.meshgrid(steps, steps, steps, indexing="ij")
    noise = numpy.random.default_rng(size).normal(0, roughness, (size, size, size, 3))
    return Cube(numpy.round(numpy.stack([red, green, blue], -1) + noise, 7), **domain)


def look(size):
    """A smooth one, as people use them."""
    cube = random_cube(size, 0).values
    grey = (cube @ LUMA)[..., None]
    return Cube(numpy.round((grey + 0.8 * (cube - grey)) ** numpy.array([0.9, 1, 1.1]) * 0.95 + 0.02, 7))


def random_curves(size, **domain):
    noise = numpy.random.default_rng(size).normal(0, 0.05, (size, 3))
    return Cube(numpy.round(numpy.linspace(0, 1, size)[:, None] + noise, 7), **domain)


CUBES = {
    "small.cube": random_cube(2, 0.1), "usual.cube": random_cube(33, 0.05), "large.cube": random_cube(65, 0.02),
    "domain.cube": random_cube(9, 0.1, low=(-0.1, 0, 0.05), high=(1.2, 0.9, 1)), "curves.cube": random_curves(256),
    "look.cube": look(17),
    "few-curves.cube": random_curves(5, low=(0, 0.1, 0), high=(1, 1, 1.5)),
}


def lut(picture, file, amount=1):
    return numpy.clip(picture + amount * (CUBES[file].at(picture) - picture), 0, 1)


STAGES = {"adjust": adjust, "levels": levels, "lut": lut, "sepia": sepia}

# A name, and a row of stages with their options.
CASES = [
    ("exposure", [("adjust", {"exposure": 0.8})]),
    ("darker", [("adjust", {"exposure": -2.5})]),
    ("contrast", [("adjust", {"contrast": 45})]),
    ("flatter", [("adjust", {"contrast": -70})]),
    ("saturation", [("adjust", {"saturation": 60})]),
    ("paler", [("adjust", {"saturation": -35})]),
    ("gamma", [("adjust", {"gamma": 1.7})]),
    ("warm", [("adjust", {"temperature": 60, "tint": -10})]),
    ("cold", [("adjust", {"temperature": -80, "tint": 25})]),
    ("all", [("adjust", {"exposure": 0.3, "contrast": 15, "saturation": 20, "gamma": 1.1, "temperature": 12, "tint": 4})]),
    ("levels", [("levels", {"black": 12, "white": 236.5})]),
    ("levels-gamma", [("levels", {"black": 30, "gamma": 1.3})]),
    ("levels-darker", [("levels", {"white": 200, "gamma": 0.8})]),
    *[(file.removesuffix(".cube"), [("lut", {"file": file})]) for file in CUBES],
    ("half-lut", [("lut", {"file": "usual.cube", "amount": 0.6})]),
    ("half-curves", [("lut", {"file": "curves.cube", "amount": 0.35})]),
    ("sepia", [("sepia", {"amount": 1})]),
    ("half-sepia", [("sepia", {"amount": 0.5})]),
    ("row", [("adjust", {"exposure": 0.4, "saturation": 25}), ("adjust", {"contrast": 20, "temperature": 15}),
             ("sepia", {"amount": 0.4})]),
    ("everything", [("adjust", {"exposure": 0.3, "contrast": 10, "saturation": 15}), ("levels", {"black": 8, "white": 245}),
                    ("lut", {"file": "look.cube"}), ("sepia", {"amount": 0.5})]),
    ("stretched", [("adjust", {"saturation": 40}), ("levels", {"black": 20, "white": 230}), ("sepia", {"amount": 1}),
                   ("levels", {"black": 10, "white": 250, "gamma": 1.2})]),
]


# PNG, as far as it is needed here.

def write_png(path, samples):
    height, width, channels = samples.shape
    depth = 8 * samples.dtype.itemsize
    lines = samples.astype(">u2" if depth == 16 else "u1").reshape(height, -1)
    raw = b"".join(b"\0" + line.tobytes() for line in lines)
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, {1: 0, 3: 2, 4: 6}[channels], 0, 0, 0)),
              (b"IDAT", zlib.compress(raw, 1)), (b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks))


def read_png(path):
    data = path.read_bytes()
    place, body = 8, b""
    while place < len(data):
        length, name = struct.unpack(">I4s", data[place:place + 8])
        chunk = data[place + 8:place + 8 + length]
        if name == b"IHDR":
            width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", chunk)
        elif name == b"IDAT":
            body += chunk
        place += 12 + length
    assert not interlaced, "an interlaced PNG"
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[kind]
    step = channels * depth // 8
    raw = numpy.frombuffer(zlib.decompress(body), "u1").reshape(height, 1 + width * step)
    lines = numpy.zeros((height + 1, width * step + step), "i2")
    for row in range(height):
        way, line, above, made = raw[row, 0], raw[row, 1:].astype("i2"), lines[row], lines[row + 1]
        if way == 0:
            made[step:] = line
        elif way == 2:
            made[step:] = (line + above[step:]) & 255
        else:
            for index in range(width * step):
                left, up, corner = int(made[index]), int(above[index + step]), int(above[index])
                if way == 1:
                    guess = left
                elif way == 3:
                    guess = (left + up) // 2
                else:
                    rest = left + up - corner
                    near = min((abs(rest - left), 0), (abs(rest - up), 1), (abs(rest - corner), 2))
                    guess = (left, up, corner)[near[1]]
                made[index + step] = (line[index] + guess) & 255
    whole = lines[1:, step:].astype("u1")
    if depth == 16:
        return whole.reshape(height, -1).view(">u2").astype("u2").reshape(height, width, channels)
    return whole.reshape(height, width, channels)


def colours(depth):
    """Greys and a cube of colours in even steps, then any."""
    most = 2 ** depth - 1
    random = numpy.random.default_rng(21)
    greys = numpy.linspace(0, 1, 512).repeat(3).reshape(-1, 3)
    steps = numpy.linspace(0, 1, 17)
    cube = numpy.stack(numpy.meshgrid(steps, steps, steps), -1).reshape(-1, 3)
    rest = random.random((96 * 128 - len(greys) - len(cube), 3))
    return numpy.rint(numpy.concatenate([greys, cube, rest]) * most).astype("u2" if depth == 16 else "u1").reshape(96, 128, 3)


def options_of(values):
    return "{ " + ", ".join(f"{key}: {value}" for key, value in values.items()) + " }"


def made(programs, home, pictures):
    """What Sluice makes of the pictures, by case and depth."""
    lines = ["version: 1", "renditions:"]
    for name, stages in CASES:
        lines += [f"  {name}:", "    stages:"]
        lines += [f"      - {stage}: {options_of(values)}" for stage, values in stages] + ["    format: png"]
    (home / "grading.yaml").write_text("\n".join(lines) + "\n")
    for name, cube in CUBES.items():
        (home / name).write_text(cube.text())
    (home / "in").mkdir()
    for depth, samples in pictures.items():
        write_png(home / "in" / f"{depth}.png", samples)
    subprocess.run([programs / "sluice", "process", home / "in", "--pipeline", home / "grading.yaml", "--out", home / "out"],
                   check=True, capture_output=True)
    return {(name, depth): read_png(home / "out" / f"{depth}.{name}.png") for name, _ in CASES for depth in pictures}


def main():
    programs = pathlib.Path(sys.argv[1]).resolve()
    pictures = {depth: colours(depth) for depth in (8, 16)}
    faults = []
    with tempfile.TemporaryDirectory() as home:
        results = made(programs, pathlib.Path(home), pictures)
    for (name, depth), result in results.items():
        most = 2 ** depth - 1
        expected = pictures[depth] / most
        stages = dict(CASES)[name]
        for stage, values in stages:
            expected = STAGES[stage](expected, **values)
        distance = numpy.abs(result.astype("f8") - numpy.rint(expected * most)).max()
        # In 16 bits a row is rounded between its stages, and what comes next may make more of it.
        allowed = 1 if len(stages) == 1 or depth == 8 else 4
        print(f"{name} at {depth} bits: off by {distance:.0f} at most")
        if distance > allowed:
            faults.append(f"{name} at {depth} bits is off by {distance:.0f}; {allowed} is allowed: {json.dumps(stages)}")
    print("\n".join(faults), file=sys.stderr, end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
