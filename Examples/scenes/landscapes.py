"""Outdoor scenes."""

import numpy as np

from .canvas import blurred, colour, curve, drawn, gradient, grid, mix, noise, smoothstep


def pine(board, x, ground, height, random):
    """One pine, as a silhouette."""
    tiers = 7
    for tier in range(tiers):
        top = ground - height * (1 - tier / tiers * 0.9)
        half = height * 0.035 * (tier + 1) * random.uniform(0.8, 1.2)
        lean = random.uniform(-0.15, 0.15) * half
        board.polygon([(x, top), (x - half + lean, top + height * 0.24), (x + half + lean, top + height * 0.24)], 255)
    board.rectangle([x - height * 0.018, ground - height * 0.2, x + height * 0.018, ground + 40], fill=255)


def mountains(width=2400, height=1600):
    """Layers of mountains in the mist of a dawn."""
    x, y = grid(width, height)
    stops = [(0, "#3f5f96"), (0.25, "#8794bd"), (0.42, "#e3b3a8"), (0.52, "#ffd9a8"), (0.6, "#fff0cf")]
    picture = gradient(y / height, stops)
    clouds = smoothstep(0.52, 0.78, noise(11, width, height, 3, 14, 5)) * smoothstep(0.5, 0.15, y / height)
    picture = mix(picture, colour("#ffd8cc"), clouds * 0.65)
    distance = np.hypot(x - width * 0.66, y - height * 0.46) / height
    picture = mix(picture, colour("#fff3d2"), np.exp(-distance * 5.5) * 0.85)
    picture = mix(picture, colour("#fffdf2"), smoothstep(0.047, 0.043, distance))

    haze, dark = colour("#f6d8bf"), colour("#12283a")
    layers = 8
    for layer in range(layers):
        depth = layer / (layers - 1)
        line = curve(20 + layer, width, 3 + layer % 3, 8, 0.46 + 0.04 * (1 - depth))
        base = 0.47 + 0.46 * depth**1.25
        ridge = (base - (line - 0.5) * (0.36 - 0.2 * depth)) * height
        own = haze * (1 - depth) ** 1.3 + mix(colour("#8f86a8"), dark, depth) * (1 - (1 - depth) ** 1.3)
        below = (y - ridge) / height
        # Slopes catch some light on the sun's side; mist collects in the valleys.
        relief = noise(40 + layer, width, height, 18 + 6 * layer, 12, 5, 0.6) - 0.5
        shade = own + relief[..., None] * 0.09 * (0.35 + 0.65 * depth)
        drift = noise(60 + layer, width, height, 4, 10, 4)
        mist = smoothstep(0.0, 0.2 - 0.05 * depth, below + (drift - 0.5) * 0.1) * (0.95 - 0.85 * depth**1.6)
        shade = mix(shade, haze * 0.9 + own * 0.1, mist)
        picture = mix(picture, shade, np.clip(y - ridge + 0.5, 0, 1))

    random = np.random.default_rng(7)
    front = (0.97 - (curve(99, width, 4, 5) - 0.5) * 0.16 - 0.07 * np.linspace(1, -0.6, width) ** 2) * height

    def forest(board, scale):
        board.polygon(
            [
                (0, height * scale),
                *((i * scale, front[i] * scale) for i in range(0, width, 4)),
                (width * scale, front[-1] * scale),
                (width * scale, height * scale),
            ],
            255,
        )
        for _ in range(150):
            i = int(random.triangular(0, 0, width)) if random.random() < 0.6 else int(random.uniform(0, width - 1))
            tall = random.uniform(60, 150) * (1.7 if i < width * 0.22 else 1)
            pine(board, i * scale, (front[min(i, width - 1)] + 14) * scale, tall * scale, random)

    trees = drawn(width, height, forest, 2)
    picture = mix(picture, colour("#0b1822") + (noise(5, width, height, 60, 40, 3)[..., None] - 0.5) * 0.03, trees)

    def birds(board, scale):
        for bird_x, bird_y, span in ((820, 430, 26), (905, 400, 20), (960, 455, 17), (1030, 415, 14)):
            for side in (-1, 1):
                ends = [
                    (bird_x, bird_y),
                    (bird_x + side * span * 0.55, bird_y - span * 0.42),
                    (bird_x + side * span, bird_y - span * 0.12),
                ]
                board.line([(a * scale, b * scale) for a, b in ends], fill=255, width=int(3 * scale), joint="curve")

    return mix(picture, colour("#2b3a55"), drawn(width, height, birds, 2) * 0.9)


def night(width=1600, height=1067):
    """The Milky Way over hills with a hut, with the grain of a camera at ISO 6400."""
    x, y = grid(width, height)
    random = np.random.default_rng(3)
    picture = gradient(
        y / height, [(0, "#070b1e"), (0.45, "#101b3c"), (0.72, "#2a3658"), (0.85, "#7a5f5c"), (1, "#b98058")]
    )
    along = (x - width * 0.58) * 0.62 + (y - height * 0.35) * 0.78
    across = ((x - width * 0.58) * 0.78 - (y - height * 0.35) * 0.62) / height
    cloud = noise(4, width, height, 7, 5, 7, 0.58)
    dust = noise(8, width, height, 9, 6, 7, 0.6)
    band = np.exp(-(((across + (cloud - 0.5) * 0.22) / 0.15) ** 2)) * (
        0.55 + 0.45 * np.exp(-(((along / height) / 0.55) ** 2))
    )
    lanes = smoothstep(0.5, 0.66, dust) * np.exp(-(((across - 0.01) / 0.075) ** 2))
    glow = band * (0.4 + 0.9 * cloud) * (1 - 0.75 * lanes)
    high = smoothstep(0.92, 0.5, y / height)
    picture += (glow * high * 0.44)[..., None] * gradient(cloud, [(0.2, "#9fb0ff"), (0.5, "#e9d8e8"), (0.8, "#ffd7b0")])

    stars = np.zeros((height, width, 3), np.float32)
    tints = np.array([colour(t) for t in ("#ffffff", "#cfdcff", "#ffe6c4", "#bcd0ff", "#ffd0a8")])
    for _ in range(5200):
        px, py = int(random.integers(2, width - 2)), int(random.integers(2, int(height * 0.9)))
        if random.random() > 0.25 + 0.9 * band[py, px]:
            continue
        power = min(random.pareto(1.6) * 0.22 + 0.1, 1.9)
        tint = tints[random.integers(len(tints))] * power
        stars[py, px] += tint
        if power > 0.75:
            for step_y, step_x in ((0, 1), (1, 0), (0, -1), (-1, 0)):
                stars[py + step_y, px + step_x] += tint * 0.5
    soft = np.stack([blurred(stars[..., i] * 0.9, 2.2) for i in range(3)], -1)
    picture += (stars * 0.9 + soft * 1.6) * high[..., None]

    for layer, (base, rise, tone) in enumerate(
        [(0.83, 0.13, "#2c2e42"), (0.88, 0.14, "#171b2b"), (0.97, 0.16, "#090c14")]
    ):
        ridge = (base - (curve(70 + layer, width, 3 + layer, 7, 0.42) - 0.5) * rise * 2) * height
        picture = mix(picture, colour(tone), np.clip(y - ridge + 0.5, 0, 1))
    hut_x, hut_y = width * 0.24, height * 0.885
    picture = mix(picture, colour("#ffb35a"), np.exp(-np.hypot(x - hut_x, y - hut_y) / 60) * 0.5)

    def hut(board, s):
        board.polygon(
            [
                ((hut_x + a) * s, (hut_y + b) * s)
                for a, b in ((-46, -6), (0, -46), (46, -6), (40, -6), (40, 44), (-40, 44), (-40, -6))
            ],
            255,
        )

    def windows(board, s):
        for left in (-26, 8):
            board.rectangle([(hut_x + left) * s, (hut_y + 2) * s, (hut_x + left + 17) * s, (hut_y + 22) * s], fill=255)

    picture = mix(picture, colour("#05070b"), drawn(width, height, hut))
    picture = mix(picture, colour("#ffd58a"), drawn(width, height, windows))
    luma = random.normal(0, 0.034, (height, width, 1)).astype(np.float32)
    chroma = random.normal(0, 0.02, (height, width, 3)).astype(np.float32)
    return np.clip(picture, 0, 1) + luma + chroma


def dunes(width=1800, height=1200):
    """Dunes in low light: a height field seen in perspective, with cast shadows."""
    size_x, size_z = 1700, 2200
    fx, fz = np.meshgrid(np.linspace(-1, 1, size_x, dtype=np.float32), np.linspace(0, 1, size_z, dtype=np.float32))
    warp = noise(31, size_x, size_z, 3, 5, 4, 0.45)
    phase = fx * 1.1 + fz * 4.6 + warp * 3.1
    part = phase - np.floor(phase)
    # Gentle where the wind climbs, steep where the sand slips.
    wave = np.where(part < 0.7, (part / 0.7) ** 1.35, ((1 - part) / 0.3) ** 1.1)
    land = wave * (0.03 + 0.1 * noise(32, size_x, size_z, 3, 4, 3)) + 0.13 * noise(33, size_x, size_z, 2, 2, 3)
    cell = 2.6 / size_x
    # The sun stands exactly on the left, so a shadow is a running maximum along each line.
    slope = 0.17
    level = land + np.arange(size_x, dtype=np.float32) * cell * slope
    horizon = np.maximum.accumulate(level, 1)
    light = smoothstep(0.007, 0.0, horizon - level)
    steep_z, steep_x = np.gradient(land, 3.0 / size_z, cell)
    ripple = np.sin((fx * 250 + fz * 420 + warp * 130)) * 0.06 * smoothstep(0.55, 0.0, fz)
    steep_x = steep_x + ripple
    facing = (steep_x * 0.95 - steep_z * 0.12 + slope * 1.2) / np.sqrt(1 + steep_x**2 + steep_z**2)
    bright = np.clip(0.30 + facing * 1.15, 0, 1) * light
    sand = gradient(bright, [(0, "#5b3549"), (0.2, "#8d4b43"), (0.45, "#d07c44"), (0.7, "#f3b065"), (1, "#ffdf9f")])
    sand = mix(sand, colour("#f0c3a0"), smoothstep(0.25, 1.1, fz) * 0.75)

    y = np.arange(height * 2, dtype=np.float32) / 2
    depth = np.arange(size_z) * (3.0 / size_z) + 0.28
    picture = np.empty((height * 2, width, 3), np.float32)
    sky = gradient(y / height, [(0, "#5f86b5"), (0.2, "#a9b7c4"), (0.36, "#f4d3ae"), (0.45, "#ffe3bc")])
    for column in range(width):
        ray = (column / width - 0.5) * 0.9
        # A straight walk away from the eye, sampled at every depth of the field.
        across = np.clip(((ray * depth) / 1.45 * 0.5 + 0.5) * size_x, 0, size_x - 1).astype(int)
        height_here = land[np.arange(size_z), across]
        seen = np.maximum.accumulate((height_here - 0.36) / depth)
        row_slope = (0.36 - y / height) * 1.02
        where = np.searchsorted(seen, row_slope)
        ground = where < size_z
        picture[:, column] = sky
        hit = where[ground]
        picture[ground, column] = sand[hit, across[hit]]
    picture = (picture[0::2] + picture[1::2]) / 2
    gx, gy = grid(width, height)
    sun = np.exp(-np.hypot(gx + width * 0.02, (gy - height * 0.3)) / height * 2.4)
    return mix(picture, colour("#fff0cd"), sun * 0.4) + (noise(9, width, height, 700, 460, 1)[..., None] - 0.5) * 0.03


def lake(width=1800, height=1200):
    """A lake after sunset, with a jetty and reeds."""
    x, y = grid(width, height)
    shore = int(height * 0.52)
    sky = gradient(
        y / height, [(0, "#27306b"), (0.18, "#6b4b93"), (0.34, "#d9698a"), (0.45, "#ff9e6d"), (0.53, "#ffd48a")]
    )
    streaks = smoothstep(0.48, 0.72, noise(51, width, height, 3, 22, 5, 0.5)) * smoothstep(0.52, 0.3, y / height)
    sky = mix(sky, gradient(y / height, [(0, "#5c4a92"), (0.3, "#ff9d8f"), (0.5, "#ffe0a6")]), streaks * 0.75)
    sun = np.hypot(x - width * 0.37, y - height * 0.475) / height
    sky = mix(sky, colour("#ffeab0"), np.exp(-sun * 7) * 0.8)
    sky = mix(sky, colour("#fffbe0"), smoothstep(0.042, 0.039, sun))
    for layer, tone in enumerate(("#8d4a77", "#54305f", "#2e1f45")):
        ridge = shore - height * (
            0.012 + 0.06 * curve(80 + layer, width, 4 + 3 * layer, 7, 0.5) * (1.25 - 0.35 * layer)
        )
        sky = mix(sky, colour(tone), np.clip(y - ridge + 0.5, 0, 1))

    depth = np.clip((y - shore) / (height - shore), 0, 1)
    wave = noise(55, width, height, 14, 150, 3, 0.6) - 0.5
    source_y = np.clip(2 * shore - y - 1 + wave * (10 + 130 * depth), 0, shore - 1).astype(int)
    source_x = np.clip(x + wave * 30 * depth, 0, width - 1).astype(int)
    water = sky[source_y, source_x] * (0.93 - 0.3 * depth[..., None])
    water = mix(water, colour("#1d2350"), depth * 0.42 + np.clip(wave, 0, 1) * 0.35)
    glint = smoothstep(0.1, 0.26, wave) * np.exp(-(((x - width * 0.37) / (26 + 150 * depth)) ** 2))
    water = mix(water, colour("#ffe3a0"), glint * 0.9)
    picture = np.where((y < shore)[..., None], sky, water)

    def jetty(board, s):
        board.polygon(
            [
                (a * width * s, b * height * s)
                for a, b in ((1.0, 0.80), (0.625, 0.60), (0.597, 0.60), (0.80, 0.93), (0.86, 1.0), (1.0, 1.0))
            ],
            255,
        )
        for part in (0.0, 0.2, 0.5, 0.95):
            for foot, top, near in ((0.597, 0.6, (0.86, 1.0)), (0.625, 0.6, (1.0, 0.80))):
                px, py = foot + (near[0] - foot) * part, top + (near[1] - top) * part
                thick = 0.0022 + 0.007 * part
                board.rectangle(
                    [
                        (px - thick) * width * s,
                        (py - 0.03 - 0.11 * part) * height * s,
                        (px + thick) * width * s,
                        (py + 0.02 + 0.1 * part) * height * s,
                    ],
                    fill=255,
                )

    def gaps(board, s):
        for step in range(26):
            part = (step / 26) ** 1.8
            left = (0.597 + (0.86 - 0.597) * part, 0.6 + 0.4 * part)
            right = (0.625 + (1.0 - 0.625) * part, 0.6 + 0.2 * part)
            board.line(
                [(left[0] * width * s, left[1] * height * s), (right[0] * width * s, right[1] * height * s)],
                fill=255,
                width=max(1, int((1 + 6 * part) * s)),
            )

    random = np.random.default_rng(21)

    def reeds(board, s):
        for _ in range(120):
            foot, tall = random.uniform(-20, 380) * random.uniform(0.3, 1), random.uniform(120, 470)
            lean = random.uniform(-0.25, 0.35) * tall
            points = [((foot + lean * t * t) * s, (height - tall * t) * s) for t in np.linspace(0, 1, 12)]
            board.line(points, fill=255, width=int(random.uniform(2, 5) * s), joint="curve")
            if random.random() < 0.4:
                tip = points[-1]
                board.line([tip, (tip[0] + lean * 0.02, tip[1] + 46 * s)], fill=255, width=int(11 * s))

    wood = drawn(width, height, jetty, 2)
    picture = mix(picture, colour("#251a33"), wood)
    picture = mix(picture, colour("#4b3350"), drawn(width, height, gaps, 2) * wood)
    return mix(picture, colour("#140f22"), drawn(width, height, reeds, 2))


def forest(width=1500, height=1000):
    """Trunks in fog; one band, for a black-and-white picture."""
    x, y = grid(width, height)
    picture = (
        0.80
        + 0.16 * np.exp(-((np.hypot((x - width * 0.6) / 1.2, y - height * 0.3) / height * 2) ** 2))
        - 0.25 * smoothstep(0.55, 1, y / height)
    )
    random = np.random.default_rng(14)
    layers = 6
    for layer in range(layers):
        depth = layer / (layers - 1)
        tone = 0.74 - 0.66 * depth**0.8
        ground = height * (0.66 + 0.24 * depth) - (curve(90 + layer, width, 4, 4) - 0.5) * 60

        def trunks(board, s):
            for _ in range(int(30 - 24 * depth)):
                foot, thick = random.uniform(0, width), (6 + 34 * depth) * random.uniform(0.7, 1.25)
                if depth > 0.7 and abs(foot - width * 0.6) < 200:
                    continue
                lean, base = random.uniform(-40, 40), ground[int(foot) % width] + 30
                board.polygon(
                    [
                        ((foot - thick / 2 * 1.3) * s, base * s),
                        ((foot + lean - thick * 0.36) * s, 0),
                        ((foot + lean + thick * 0.36) * s, 0),
                        ((foot + thick / 2 * 1.3) * s, base * s),
                    ],
                    255,
                )
                for _ in range(int(3 + 3 * depth)):
                    part, side = random.uniform(0.1, 0.8), random.choice((-1, 1))
                    reach = random.uniform(25, 80) * (0.5 + depth)
                    bx, by = foot + lean * part, base * (1 - part)
                    bend = [
                        (bx + side * reach * t, by + reach * (0.75 * t * t - 0.25 * t)) for t in np.linspace(0, 1, 8)
                    ]
                    for (ax, ay), (cx, cy), t in zip(bend, bend[1:], np.linspace(1, 0.3, 7)):
                        width_here = max(1, int(thick * 0.11 * t * s))
                        board.line([(ax * s, ay * s), (cx * s, cy * s)], fill=255, width=width_here)

        bark = (noise(120 + layer, width, height, 260, 12, 3) - 0.5) * 0.22 * depth
        mask = drawn(width, height, trunks, 2)
        picture = picture * (1 - mask) + (tone + bark) * mask
        floor = np.clip(y - ground, 0, 1)
        moss = (noise(140 + layer, width, height, 70, 60, 4, 0.7) - 0.5) * 0.2 * (0.3 + depth)
        picture = picture * (1 - floor) + (tone + 0.02 + moss) * floor
        fog = smoothstep(0.35, 0.75, noise(160 + layer, width, height, 3, 4, 4)) * (1 - depth) * 0.55
        picture = picture * (1 - fog) + 0.86 * fog
    angle = np.arctan2(y + height * 0.5, x - width * 0.64)
    rays = np.interp(angle, np.linspace(0.2, 3, 400), curve(171, 400, 40, 3)) * smoothstep(1.0, 0.0, y / height)
    picture = picture + 0.17 * smoothstep(0.45, 0.75, rays) * smoothstep(1.0, 0.1, y / height)
    return np.repeat(np.clip(picture, 0, 1)[..., None], 3, -1).astype(np.float32)
