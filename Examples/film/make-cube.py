#!/usr/bin/env python3
"""Makes Pipelines/assets/film.cube, a look like that of a colour negative on paper: soft blacks and whites, warm lights, cool
shadows, calm greens. Change the numbers, run it again, and look.

usage: make-cube.py [FILE]
"""
import pathlib
import sys

SIZE = 13
# What black and white become.
BLACK, WHITE = 0.035, 0.975
# What is added to red, green and blue in the shadows, and in the lights.
SHADOWS, LIGHTS = (-0.012, 0.006, 0.022), (0.025, 0.008, -0.030)


def curve(value):
    """From black to white, steeper in the middle."""
    smooth = value * value * (3 - 2 * value)
    return BLACK + (WHITE - BLACK) * (0.55 * value + 0.45 * smooth)


def graded(red, green, blue):
    grey = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    # Strong colours are held back, greens most.
    strength = max(red, green, blue) - min(red, green, blue)
    keep = 1 - 0.15 * strength - (0.10 * strength if green > red and green > blue else 0)
    colours = [curve(grey + keep * (value - grey)) for value in (red, green, blue)]
    light = curve(grey)
    return [min(1, max(0, value + (1 - light) ** 2 * shadow + light ** 2 * bright * (1.15 - light)))
            for value, shadow, bright in zip(colours, SHADOWS, LIGHTS)]


def main():
    default = pathlib.Path(__file__).resolve().parent.parent.parent / "Pipelines/assets/film.cube"
    steps = [step / (SIZE - 1) for step in range(SIZE)]
    lines = ["# Made by Examples/film/make-cube.py.", 'TITLE "Film"', f"LUT_3D_SIZE {SIZE}"]
    lines += [" ".join(f"{value:.4f}" for value in graded(red, green, blue))
              for blue in steps for green in steps for red in steps]
    pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else default).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
