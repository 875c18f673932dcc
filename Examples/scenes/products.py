"""Things on a table or in front of a backdrop: turned on a lathe, or traced as spheres."""

import numpy as np
from PIL import Image, ImageDraw

from .canvas import colour, font, from_image, gradient, grid, mix, noise, smoothstep


class Turned:
    """A body of revolution, seen from the side: for every pixel its normal and where on the surface it is."""

    def __init__(self, width, height, centre, profile, soft=15):
        """`profile`: pairs of y and radius in pixels, from the top down; corners are rounded by `soft` pixels."""
        places, radii = np.array(profile, np.float32).T
        rows = np.arange(height, dtype=np.float32)
        radius = np.interp(rows, places, radii, left=0, right=0)
        # Rounds the corners of the profile.
        kernel = np.hanning(2 * soft + 1)
        inside = (rows >= places[0]) & (rows <= places[-1])
        radius = np.where(inside, np.convolve(np.pad(radius, soft, "edge"), kernel / kernel.sum(), "valid"), 0)
        x, self.y = grid(width, height)
        self.radius = radius
        self.across = (x - centre) / np.maximum(radius, 1e-3)[:, None]
        self.mask = np.clip(radius[:, None] - np.abs(x - centre) + 0.5, 0, 1) * inside[:, None]
        tilt = np.gradient(radius)[:, None]
        normal_x = np.clip(self.across, -1, 1)
        normal_z = np.sqrt(np.maximum(1 - normal_x**2, 0))
        length = np.sqrt(1 + tilt**2)
        self.normal = np.stack([normal_x / length, -tilt / length * np.ones_like(normal_x), -normal_z / length], -1)
        self.angle = np.arcsin(normal_x)

    def lit(self, base, shine=40.0, gloss=0.5):
        """Shades `base` with a window on the left and a weaker light from the right."""
        key = np.array([-0.55, -0.5, -0.67])
        fill = np.array([0.8, -0.15, -0.58])
        key_light = np.clip(self.normal @ key, 0, 1)
        fill_light = np.clip(self.normal @ fill, 0, 1)
        half = key + np.array([0, 0, -1])
        mirror = np.clip(self.normal @ (half / np.linalg.norm(half)), 0, 1) ** shine
        edge = (1 + self.normal[..., 2]) ** 3
        window = smoothstep(-0.74, -0.70, self.angle) * smoothstep(-0.44, -0.48, self.angle) * 0.55
        light = 0.28 + 0.75 * key_light + 0.22 * fill_light
        return base * light[..., None] + (gloss * (mirror * 0.6 + edge * 0.22 + window * 0.5))[..., None]


def vase(width=1600, height=1600):
    """A glazed vase on an even grey, with wide empty borders to be trimmed."""
    x, y = grid(width, height)
    grey = np.broadcast_to(colour("#d4d5d6"), (height, width, 3)).copy()
    floor = 1295
    shadow = np.exp(-(((x - 855) / 300) ** 2 + ((y - floor) / 26) ** 2) * 1.3)
    picture = grey * (1 - 0.6 * shadow[..., None])
    body = Turned(
        width,
        height,
        800,
        [
            (430, 118),
            (446, 128),
            (462, 104),
            (520, 82),
            (600, 92),
            (690, 165),
            (800, 262),
            (900, 305),
            (1000, 292),
            (1110, 232),
            (1220, 158),
            (1270, 134),
            (1300, 136),
        ],
        70,
    )
    speckle = noise(210, width, height, 150, 150, 3, 0.8)
    drip = 905 + 60 * np.sin(body.angle * 9) * np.sin(body.angle * 4 + 1) + 26 * np.sin(body.angle * 23)
    cream = mix(colour("#efe3cb"), colour("#b79a76"), smoothstep(0.6, 0.72, speckle) * 0.8)
    blue = mix(colour("#123f6e"), colour("#2f86a6"), smoothstep(430, 900, body.y) * 0.9 + (speckle - 0.5) * 0.35)
    glaze = mix(blue, cream, smoothstep(-7, 7, body.y - drip))
    rim = np.exp(-(((body.y - drip + 6) / 9) ** 2))
    glaze = mix(glaze, colour("#7fd0d4"), rim * 0.6)
    for ring in (980, 1000, 1140):
        glaze = mix(
            glaze,
            colour("#1b4d78"),
            smoothstep(6, 3, np.abs(body.y - ring - 12 * (1 - np.abs(np.cos(body.angle))))) * 0.85,
        )
    picture = mix(picture, np.clip(body.lit(glaze), 0, 1), body.mask)
    wide = body.radius[434]
    mouth = ((x - 800) / (wide + 3)) ** 2 + ((y - 435) / 15) ** 2
    picture = mix(picture, colour("#2d6f92"), smoothstep(1.04, 0.97, mouth))
    inner = ((x - 800) / (wide - 9)) ** 2 + ((y - 437) / 10.5) ** 2
    return mix(picture, colour("#071a2c"), smoothstep(1.04, 0.96, inner))


def bottle(width=900, height=1200):
    """A bottle of oil, cut out: four bands, with a soft shadow that is half transparent."""
    x, y = grid(width, height)
    body = Turned(
        width,
        height,
        450,
        [(300, 62), (420, 64), (470, 76), (560, 176), (610, 196), (1060, 196), (1084, 186), (1090, 176)],
    )
    light = np.abs(body.across)
    oil = gradient(np.clip(light, 0, 1), [(0, "#e0a728"), (0.55, "#b9791a"), (0.85, "#6f4211"), (1, "#3f250c")])
    oil = mix(oil, colour("#f7da7b"), np.exp(-(((body.across - 0.45) / 0.22) ** 2)) * 0.5)
    empty = gradient(np.clip(light, 0, 1), [(0, "#dbe3d2"), (0.7, "#a5b3a0"), (1, "#55644f")])
    glass = mix(empty, oil, smoothstep(441, 447, y + 8 * np.sqrt(np.clip(1 - body.across**2, 0, 1)) - 6))
    shaded = np.clip(body.lit(glass, 60, 0.8) * 0.9, 0, 1)

    # The label is drawn flat and bent around the bottle.
    label = Image.new("RGB", (760, 330), "#f6f0e0")
    board = ImageDraw.Draw(label)
    board.rectangle([16, 16, 743, 313], outline="#5b7040", width=5)
    board.text((380, 92), "OLIO", "#41532c", font(104), "mm", stroke_width=2)
    board.line([(230, 168), (530, 168)], fill="#b9791a", width=4)
    board.text((380, 205), "extra vergine", "#41532c", font(44), "mm")
    board.text((380, 268), "500 ml", "#8a7d5c", font(34), "mm")
    flat = from_image(label)
    column = np.clip(380 + body.angle / (np.pi / 2) * 420, 0, 759).astype(int)
    row = np.clip(y - 690, 0, 329).astype(int)
    on_label = smoothstep(689, 691, y) * smoothstep(1020, 1018, y) * smoothstep(1.18, 1.15, np.abs(body.angle))
    paper = flat[row, column] * (0.5 + 0.5 * np.cos(body.angle + 0.45))[..., None]
    shaded = mix(shaded, paper * 1.06, on_label)

    stopper = Turned(width, height, 450, [(212, 66), (300, 66), (312, 62)])
    cork = mix(colour("#c99a66"), colour("#8a5d36"), smoothstep(0.5, 0.75, noise(220, width, height, 90, 120, 3, 0.7)))
    ring = Turned(width, height, 450, [(306, 82), (344, 82)])
    alpha = 0.42 * np.exp(-(((x - 490) / 200) ** 2 + ((y - 1086) / 15) ** 2) * 1.2)
    alpha = np.where(alpha < 0.004, 0, alpha)
    colours = np.zeros((height, width, 3), np.float32) + colour("#1a1610")
    for part, shade in (
        (body, shaded),
        (stopper, np.clip(stopper.lit(cork, 10, 0.1), 0, 1)),
        (ring, np.clip(ring.lit(empty * 0.9, 60, 0.9), 0, 1)),
    ):
        # Not blended with what is below: the edge is in the alpha band.
        below = (alpha * (1 - part.mask))[..., None]
        total = np.maximum(part.mask[..., None] + below, 1e-4)
        colours = (shade * part.mask[..., None] + colours * below) / total
        alpha = part.mask + alpha * (1 - part.mask)
    pixels = np.concatenate([np.clip(colours, 0, 1), alpha[..., None]], -1)
    # Steps of 4 in colour are not seen here and halve the file.
    eight = (pixels * 255 + 0.5).astype(np.uint8)
    eight[..., :3] = eight[..., :3] // 4 * 4 + 2
    eight[eight[..., 3] == 0] = 0
    return Image.fromarray(eight, "RGBA")


# Heights, in a world where a bowl is 3 wide.
TABLE = -0.83

# Fruit: name of the skin, x, z (to the back), radius. The bowl stands at 0, 0.
FRUIT = [
    ("orange", -0.62, -0.25, 0.40),
    ("apple", 0.22, -0.48, 0.42),
    ("lemon", 0.80, -0.02, 0.33),
    ("plum", -0.20, 0.05, 0.30),
    ("green", -0.28, 0.52, 0.42),
    ("orange", 0.45, 0.48, 0.40),
]
UPPER = [("apple", -0.22, 0.80, 0.02, 0.37), ("plum", 0.36, 0.74, -0.12, 0.26)]


def fruit_spheres():
    """Centre, radius and skin of all fruit, some beside the bowl."""
    spheres = [((x, -0.02 + radius, z), radius, skin) for skin, x, z, radius in FRUIT]
    spheres += [((x, y, z), radius, skin) for skin, x, y, z, radius in UPPER]
    random = np.random.default_rng(5)
    for row, count in enumerate((2, 4, 5, 4, 2)):
        for column in range(count):
            x = 1.75 + 0.25 * (column - count / 2) + random.uniform(-0.05, 0.05)
            spheres.append(((x, TABLE + 0.13, -1.35 + 0.21 * row + random.uniform(-0.05, 0.05)), 0.135, "grape"))
    for x, z in ((1.62, -1.1), (1.82, -0.93), (1.58, -0.82), (1.85, -1.16)):
        spheres.append(((x, TABLE + 0.32, z), 0.13, "grape"))
    spheres.append(((-1.9, TABLE + 0.33, -0.75), 0.33, "lime"))
    return spheres


def skin_of(name, normal, point):
    """Colour of a skin where its normal is `normal`."""
    nx, ny, nz = np.moveaxis(normal, -1, 0)
    turn = np.arctan2(nx, -nz)
    wave = np.sin(turn * 17 + np.sin(ny * 5) * 2) * 0.5 + np.sin(turn * 41 + ny * 9) * 0.3
    if name == "orange":
        return mix(colour("#f28a12"), colour("#f7a733"), 0.5 + 0.5 * ny)
    if name == "lemon":
        return mix(colour("#f5cf1f"), colour("#d8c02c"), smoothstep(0.4, 0.9, np.abs(nx)))
    if name == "apple":
        return mix(
            mix(colour("#b3121c"), colour("#8d0a1c"), 0.5 + 0.4 * wave),
            colour("#e8b53e"),
            smoothstep(0.25, 0.95, ny + 0.16 * wave),
        )
    if name == "green":
        return mix(colour("#86ad2c"), colour("#c3cf5b"), smoothstep(-0.2, 0.9, ny + 0.1 * wave))
    if name == "plum":
        return mix(colour("#3c1c4f"), colour("#7a5f9a"), smoothstep(0.1, 0.9, ny + 0.12 * wave) * 0.7)
    if name == "lime":
        return mix(colour("#3f8f2b"), colour("#7fb53a"), 0.5 + 0.5 * ny)
    return mix(colour("#5d1840"), colour("#8b2f63"), smoothstep(0, 0.9, ny))


BOWL, BOWL_RADIUS, BOWL_INNER, RIM = np.array([0.0, 0.72, 0.0]), 1.56, 1.48, 0.10


def bowl_hits(origin, ray, radius):
    """Both distances at which rays meet the bowl's sphere below its rim; infinite where they don't."""
    to = origin - BOWL
    half = (to * ray).sum(-1)
    inner = half**2 - (to * to).sum(-1) + radius**2
    root = np.sqrt(np.maximum(inner, 0))
    found = []
    for distance in (-half - root, -half + root):
        height_there = origin[..., 1] + distance * ray[..., 1]
        found.append(np.where((inner > 0) & (distance > 1e-3) & (height_there < RIM), distance, np.inf))
    return found


def sphere_hit(origin, ray, centre, radius):
    to = origin - np.array(centre)
    half = (to * ray).sum(-1)
    inner = half**2 - (to * to).sum(-1) + radius**2
    distance = -half - np.sqrt(np.maximum(inner, 0))
    return np.where((inner > 0) & (distance > 1e-3), distance, np.inf)


def fruit(width=1500, height=1100, scale=2):
    """A bowl of fruit on a wooden table: traced spheres, soft shadows from four lights in a window."""
    spheres = fruit_spheres()
    eye = np.array([0.12, 1.75, -6.4])
    ahead = np.array([0.12, -0.12, 0.0]) - eye
    ahead /= np.linalg.norm(ahead)
    right = np.cross([0.0, 1.0, 0.0], ahead)
    up = np.cross(ahead, right)
    lights = [np.array(place) for place in ((-4.2, 5.2, -3.2), (-3.4, 5.8, -3.6), (-4.6, 4.6, -2.4), (-3.8, 5.0, -4.2))]
    wood = noise(230, 1600, 1000, 4, 90, 5, 0.55)
    picture = np.empty((height, width, 3), np.float32)
    band = 50
    for top in range(0, height, band):
        rows = min(band, height - top)
        x, y = grid(width * scale, rows * scale)
        u = ((x + 0.5) / scale - width / 2) / height * 0.64
        v = (height / 2 - (y + 0.5) / scale - top) / height * 0.64
        ray = ahead + u[..., None] * right + v[..., None] * up
        ray = ray / np.linalg.norm(ray, axis=-1, keepdims=True)
        origin = np.broadcast_to(eye, ray.shape)
        shades = trace(origin, ray, spheres, lights, wood, (top + y / scale) / height)
        picture[top : top + rows] = shades.reshape(rows, scale, width, scale, 3).mean((1, 3))
    return np.clip(picture, 0, 1) ** (1 / 1.15)


def trace(origin, ray, spheres, lights, wood, fall):
    """The colours that `ray`s see."""
    table = np.where(ray[..., 1] < -1e-4, (TABLE - origin[..., 1]) / np.minimum(ray[..., 1], -1e-4), np.inf)
    # The wall stands behind the table.
    table = np.where(origin[..., 2] + np.where(np.isfinite(table), table, 0) * ray[..., 2] > 3.4, np.inf, table)
    nearest, what = table.copy(), np.where(np.isfinite(table), 0, -1)
    for index, (centre, radius, _) in enumerate(spheres):
        distance = sphere_hit(origin, ray, centre, radius)
        closer = distance < nearest
        nearest, what = np.where(closer, distance, nearest), np.where(closer, index + 1, what)
    bowl = len(spheres) + 1
    outer, inner = bowl_hits(origin, ray, BOWL_RADIUS)[0], bowl_hits(origin, ray, BOWL_INNER)[1]
    for kind, distance in ((bowl, outer), (bowl + 1, inner)):
        closer = distance < nearest
        nearest, what = np.where(closer, distance, nearest), np.where(closer, kind, what)

    wall = gradient(np.clip(fall, 0, 1), [(0, "#4d5f66"), (0.25, "#6f8287"), (0.34, "#8b9a99"), (0.4, "#5b6464")])
    seen = what >= 0
    point = origin[seen] + nearest[seen][..., None] * ray[seen]
    kind = what[seen]
    normal, base, gloss = np.zeros_like(point), np.zeros_like(point), np.zeros(len(point))
    on = kind == 0
    normal[on] = (0, 1, 0)
    px, pz = point[on, 0], point[on, 2]
    grain = wood[(np.abs(pz * 120 + 500).astype(int)) % 1000, (np.abs(px * 110 + 800).astype(int)) % 1600]
    base[on] = gradient(grain, [(0.25, "#5a3820"), (0.5, "#8a5a34"), (0.75, "#a9764a")])
    base[on] *= (1 - 0.45 * (np.abs((pz + 3.05) % 1.5 - 0.75) > 0.738))[..., None]
    gloss[on] = 0.04
    for index, (centre, radius, skin) in enumerate(spheres):
        on = kind == index + 1
        if not on.any():
            continue
        true = (point[on] - np.array(centre)) / radius
        base[on] = skin_of(skin, true, point[on])
        rough = {"orange": 0.05, "lemon": 0.04, "lime": 0.03}.get(skin, 0)
        bump = (
            np.stack([np.sin(true[:, (a + 1) % 3] * 61 + np.sin(true[:, a] * 47) * 2.2) for a in range(3)], -1) * rough
        )
        normal[on] = (true + bump) / np.linalg.norm(true + bump, axis=-1, keepdims=True)
        gloss[on] = {"orange": 0.16, "lemon": 0.18, "apple": 0.5, "plum": 0.14}.get(skin, 0.35)
    for way, kind_here, radius in ((1, bowl, BOWL_RADIUS), (-1, bowl + 1, BOWL_INNER)):
        on = kind == kind_here
        normal[on] = way * (point[on] - BOWL) / radius
        line = smoothstep(0.022, 0.012, np.abs(point[on, 1] + 0.02)) + smoothstep(
            0.014, 0.008, np.abs(point[on, 1] + 0.1)
        )
        base[on] = mix(colour("#ece7da"), colour("#2b5f93"), np.clip(line, 0, 1) * (way > 0))
        gloss[on] = 0.45

    start = point + normal * 2e-3
    # How much of the sky the neighbours hide.
    ambient = np.ones(len(point))
    for centre, radius, _ in spheres:
        to = np.array(centre) - point
        far = np.maximum((to * to).sum(-1), radius**2)
        ambient *= 1 - np.clip((normal * to).sum(-1) / np.sqrt(far), 0, 1) * radius**2 / far * 0.85
    ground = point[:, 1] - TABLE
    ambient *= 1 - 0.35 * np.exp(-ground * 5) * (kind > 0)
    ambient *= 1 - 0.65 * np.exp(-np.maximum(np.hypot(point[:, 0], point[:, 2]) - 0.45, 0) * 2.4) * (kind == 0)
    shade = base * (ambient * (0.40 + 0.14 * normal[:, 1]))[..., None] * colour("#dfe9ff")
    view = -ray[seen]
    for light in lights:
        way = light - point
        way /= np.linalg.norm(way, axis=-1, keepdims=True)
        open_sky = np.ones(len(point))
        for centre, radius, _ in spheres:
            open_sky[np.isfinite(sphere_hit(start, way, centre, radius))] = 0
        for distance in bowl_hits(start, way, BOWL_RADIUS - 0.03):
            open_sky[np.isfinite(distance) & (distance > 0.08)] = 0
        facing = np.clip((normal * way).sum(-1), 0, 1) * open_sky
        half = way + view
        half /= np.linalg.norm(half, axis=-1, keepdims=True)
        mirror = np.clip((normal * half).sum(-1), 0, 1) ** 90 * open_sky * gloss
        shade += (base * facing[..., None] * 0.9 + mirror[..., None] * 1.1) * colour("#fff0d8") / len(lights)
    edge = (1 - np.clip((normal * view).sum(-1), 0, 1)) ** 4 * gloss * ambient
    shade += edge[..., None] * colour("#9fb4bb") * 0.45
    # The table darkens where it meets the wall.
    shade *= (1 - 0.45 * smoothstep(1.2, 3.4, point[:, 2]) * (kind == 0))[..., None]
    result = wall.copy()
    result[seen] = shade
    return result
