#!/usr/bin/env python3
"""Makes Examples/pictures again: paints the scenes and writes each in the format it is an example of.

    python3 -m venv /tmp/pictures && /tmp/pictures/bin/pip install 'numpy==2.4.6' 'pillow==13.0.0'
    /tmp/pictures/bin/python Examples/make-pictures.py

Needs `vips` (Debian: libvips-tools) for the CMYK picture. Every random number has a seed: the same versions give the
same bytes. Takes a few minutes and about 1 GB of memory.
"""

import io
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms
from PIL.TiffImagePlugin import IFDRational

sys.dont_write_bytecode = True
from scenes import harbour, landscapes, moving, papers, products  # noqa: E402
from scenes.canvas import to_image  # noqa: E402

PICTURES = Path(__file__).resolve().parent / "pictures"
ARTIST, COPYRIGHT = "Sluice examples", "CC0 1.0, Sluice examples"

# EXIF: Exif 2.32, tables 4 to 8 and 15.
MAKE, MODEL, ORIENTATION, ARTIST_TAG, COPYRIGHT_TAG = 0x010F, 0x0110, 0x0112, 0x013B, 0x8298
EXPOSURE, F_NUMBER, ISO, TAKEN, OFFSET, FOCAL_LENGTH = 0x829A, 0x829D, 0x8827, 0x9003, 0x9011, 0x920A
VERSION, EXIF_IFD, GPS_IFD = 0x9000, 0x8769, 0x8825


def exif(taken, exposure, iso, f_number=8.0, focal_length=35.0, orientation=1, place=None):
    """`taken` as EXIF writes it, `exposure` numerator and denominator of seconds, `place` latitude, longitude and metres."""
    block = Image.Exif()
    block[MAKE], block[MODEL], block[ORIENTATION] = "Sluice", "Example 1", orientation
    block[ARTIST_TAG], block[COPYRIGHT_TAG] = ARTIST, COPYRIGHT
    block.get_ifd(EXIF_IFD).update(
        {
            VERSION: b"0232",
            EXPOSURE: IFDRational(*exposure),
            F_NUMBER: IFDRational(int(f_number * 10), 10),
            ISO: iso,
            TAKEN: taken,
            OFFSET: "+01:00",
            FOCAL_LENGTH: IFDRational(int(focal_length), 1),
        }
    )
    if place:
        latitude, longitude, altitude = place
        block.get_ifd(GPS_IFD).update(
            {
                0: b"\2\3\0\0",
                1: "N" if latitude >= 0 else "S",
                2: degrees(latitude),
                3: "E" if longitude >= 0 else "W",
                4: degrees(longitude),
                5: b"\0",
                6: altitude,
            }
        )
    return block


def degrees(value):
    """Degrees, minutes and seconds."""
    minutes = abs(value) % 1 * 60
    return float(int(abs(value))), float(int(minutes)), round(minutes % 1 * 60, 2)


def xmp(place):
    """The same rights and place once more, as XMP: dropping GPS must find both."""
    latitude, longitude, altitude = place
    text = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
 exif:GPSLatitude="{int(latitude)},{latitude % 1 * 60:.4f}N" exif:GPSLongitude="{int(longitude)},{longitude % 1 * 60:.4f}E"
 exif:GPSAltitude="{altitude:.0f}/1" exif:GPSAltitudeRef="0">
<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">{COPYRIGHT}</rdf:li></rdf:Alt></dc:rights>
<dc:creator><rdf:Seq><rdf:li>{ARTIST}</rdf:li></rdf:Seq></dc:creator>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
    return text.encode()


def srgb():
    """Little CMS' own sRGB profile, its date of making set to a fixed one."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    return bytes(profile)


def sixteen_bits(pixels):
    """PNG of 16 bits a band, which Pillow does not write: every line as its difference from the one above."""
    height, width, bands = pixels.shape
    samples = np.clip(pixels * 65535 + 0.5, 0, 65535).astype(">u2").reshape(height, -1).view(np.uint8)
    above = np.vstack([np.zeros_like(samples[:1]), samples[:-1]])
    lines = np.hstack([np.full((height, 1), 2, np.uint8), samples - above])

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"sRGB", b"\0")
        + chunk(b"IDAT", zlib.compress(lines.tobytes(), 9))
        + chunk(b"IEND", b"")
    )


def cmyk(image, path):
    """JPEG in CMYK without a profile, in the colours that libvips takes for CMYK when none is named."""
    with tempfile.TemporaryDirectory() as folder:
        source, separated = f"{folder}/rgb.png", f"{folder}/cmyk.tif"
        image.save(source)
        subprocess.run(["vips", "icc_export", source, separated, "--output-profile", "cmyk"], check=True)
        subprocess.run(["vips", "jpegsave", separated, str(path), "--Q", "82", "--strip"], check=True)


def make_holiday(folder):
    zugspitze = (47.4211, 10.9853, 2962.0)
    to_image(landscapes.mountains()).save(
        folder / "misty-mountains.jpg",
        quality=84,
        icc_profile=srgb(),
        xmp=xmp(zugspitze),
        exif=exif("2026:10:03 06:58:21", (1, 250), 100, place=zugspitze),
    )
    to_image(landscapes.night()).save(
        folder / "night-sky.jpg", quality=80, exif=exif("2026:08:12 23:41:07", (15, 1), 6400, 1.8, 20.0)
    )
    to_image(landscapes.dunes()).save(
        folder / "dunes.jpg", quality=82, progressive=True, exif=exif("2026:03:19 17:22:40", (1, 320), 200)
    )
    # Turned to the left here; the tag says to turn it back.
    to_image(harbour.upright()).transpose(Image.Transpose.ROTATE_90).save(
        folder / "harbour.jpg", quality=82, exif=exif("2026:09:05 20:03:55", (1, 30), 800, 2.8, orientation=6)
    )
    to_image(landscapes.forest()).convert("L").save(folder / "forest-in-fog.jpg", quality=80)
    to_image(landscapes.lake()).save(folder / "Abend am Müggelsee.avif", quality=62, speed=4, max_threads=1)
    frames = moving.sailing()
    frames[0].save(
        folder / "sailing.webp", save_all=True, append_images=frames[1:], duration=110, loop=0, quality=68, method=6
    )


def make_shop(folder):
    to_image(products.vase()).save(
        folder / "blue-vase.jpg", quality=86, icc_profile=srgb(), exif=exif("2026:11:02 11:15:00", (1, 125), 100)
    )
    products.bottle().save(folder / "olive-oil.webp", lossless=True, quality=100, method=6)
    cmyk(to_image(products.fruit()), folder / "fruit-bowl-cmyk.jpg")


def make_office(folder):
    papers.letter().save(folder / "letter-scan.tif", compression="tiff_adobe_deflate", dpi=(150, 150))
    papers.screen().save(folder / "screenshot.png", optimize=True)
    papers.logo().save(folder / "logo.png", optimize=True)
    (folder / "poster-16-bit.png").write_bytes(sixteen_bits(papers.poster()))
    frames = moving.wheel()
    palette = frames[0].quantize(48, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    flat = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    flat[0].save(folder / "water-wheel.gif", save_all=True, append_images=flat[1:], duration=80, loop=0)


def make_broken(folder):
    whole = io.BytesIO()
    to_image(landscapes.dunes(1200, 800)).save(whole, "JPEG", quality=80)
    (folder / "cut-off.jpg").write_bytes(whole.getvalue()[: len(whole.getvalue()) * 2 // 5])
    (folder / "not-a-picture.jpg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="200" viewBox="0 0 320 200">\n'
        '  <rect width="320" height="200" fill="#2a93ba"/>\n'
        '  <text x="160" y="108" font-size="24" text-anchor="middle" fill="#fff">Not a JPEG</text>\n</svg>\n'
    )


def main():
    chosen = sys.argv[1:] or ["holiday", "shop", "office", "broken"]
    for name in chosen:
        folder = PICTURES / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        {"holiday": make_holiday, "shop": make_shop, "office": make_office, "broken": make_broken}[name](folder)
        for path in sorted(folder.iterdir()):
            print(f"{path.stat().st_size:>9,}  {path.relative_to(PICTURES)}")


if __name__ == "__main__":
    main()
