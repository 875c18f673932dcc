"""Pictures made from a seed: the same seed gives the same bytes on any machine. Nothing of them is kept in git."""
import base64
import random
import shutil
import struct
import subprocess
import zlib

# What `vips copy` writes each format as; the six formats that Sluice reads, AVIF for HEIF's family, and GIF.
FORMATS = {"jpeg": "jpg", "png": "png", "webp": "webp", "tiff": "tif", "heif": "avif", "gif": "gif"}

# 40 x 30 pixels of one colour.
TINY_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeX"
    "BkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAe"
    "ACgDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAAAAX/xA"
    "AUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCgCMrAAAAAAAAAAP/Z")


def rows(width, height, seed):
    """Rows of RGB that compress about as a photograph does: a smooth walk, shifted from row to row, with some grain."""
    chance = random.Random(seed)
    value, walk = 128, bytearray()
    for _ in range(width * 3 + 4096):
        value = min(250, max(5, value + chance.randint(-3, 3)))
        walk.append(value)
    grain = chance.randbytes(width * 3 + 4096)
    noisy = bytes(max(0, value + (speck & 7) - 3) for value, speck in zip(walk, grain))
    step = chance.randint(3, 11) * 3
    for row in range(height):
        start = row * step % 4096
        yield noisy[start:start + width * 3]


def png(width, height, seed, note=b""):
    """An 8-bit RGB PNG. `note` goes into a text chunk: other bytes, the same pixels."""
    return png_of(width, height, rows(width, height, seed), note)


def png_of(width, height, lines, note=b""):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = b"".join(b"\0" + line for line in lines)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + (chunk(b"tEXt", b"Comment\0" + note) if note else b"")
            + chunk(b"IDAT", zlib.compress(pixels, 6)) + chunk(b"IEND", b""))


def document(sizes, seed):
    """An 8-bit RGB TIFF with a page of each size, (width, height)."""
    data = bytearray(b"II*\0" + struct.pack("<I", 8))
    for index, (width, height) in enumerate(sizes):
        bits = len(data) + 2 + 12 * 9 + 4
        start, size = bits + 6, width * height * 3
        fields = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 3, bits), (259, 3, 1, 1), (262, 3, 1, 2),
                  (273, 4, 1, start), (277, 3, 1, 3), (278, 4, 1, height), (279, 4, 1, size)]
        end = start + size + size % 2
        data += struct.pack("<H", len(fields)) + b"".join(struct.pack("<HHII", *field) for field in fields)
        data += struct.pack("<IHHH", end if index < len(sizes) - 1 else 0, 8, 8, 8)
        data += b"".join(rows(width, height, f"{seed}{index}")) + b"\0" * (size % 2)
    return bytes(data)


def motion_photo(jpeg, seed):
    """A JPEG with a video of a few boxes behind it, as phones wrote them at first."""
    def box(kind, data):
        return struct.pack(">I", len(data) + 8) + kind + data

    video = (box(b"ftyp", b"isom\0\0\0\0mp42") + box(b"moov", box(b"mvhd", bytes(100)))
             + box(b"mdat", random.Random(seed).randbytes(300_000)))
    packet = b"http://ns.adobe.com/xap/1.0/\0" + (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" GCamera:MicroVideo="1" '
        f'GCamera:MicroVideoOffset="{len(video)}"/></rdf:RDF></x:xmpmeta>').encode()
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(packet) + 2) + packet + jpeg[2:] + video


def ppm(width, height, seed):
    return b"P6 %d %d 255\n" % (width, height) + b"".join(rows(width, height, seed))


def convert(data, path):
    """Writes a PPM's pixels to `path`, in the format of its ending, with the `vips` command."""
    source = path.with_name(f".{path.name}.ppm")
    source.write_bytes(data)
    subprocess.run(["vips", "copy", source, path], check=True, stdout=subprocess.DEVNULL)
    source.unlink()


def can_convert():
    return shutil.which("vips") is not None


def with_comment(jpeg, note):
    """The JPEG with a comment after its first marker: other bytes, the same pixels."""
    return jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(note) + 2) + note + jpeg[2:]
