"""What the fuzz targets start from: files of the repository, small inputs that are made here, and, where ../shared is,
files of its corpus and blocks of metadata out of them."""
import os
import pathlib
import re
import struct
import subprocess
import zlib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SHARED = pathlib.Path(os.environ.get("SLUICE_SHARED", ROOT.parent / "shared"))

# Files of the repository and of the corpus that a target is given: enough of all kinds, and read in a few seconds.
MOST_FILES = 1000


def prepare(target, place):
    """- Returns: a folder of files, which are made once."""
    folder = place / f"{target.name}.seeds"
    if (folder / "complete").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in inputs(target):
        if 0 < len(data) <= target.most_bytes:
            (folder / re.sub(r"[^A-Za-z0-9.-]", "_", name)[-200:]).write_bytes(data)
    environment = {**os.environ, "SLUICE_FUZZ_TARGET": target.name, "SLUICE_FUZZ_SEEDS": str(folder),
                   "ASAN_OPTIONS": "detect_leaks=0"}
    subprocess.run([target.program], check=True, env=environment)
    (folder / "complete").write_bytes(b"")
    return folder


def inputs(target):
    yield from MADE.get(target.name, lambda: [])()
    count = 0
    for top in (ROOT / "Examples", ROOT / "Pipelines", ROOT / "systemd", SHARED / "cases", SHARED / "corpus"):
        # In an order that mixes the corpora, of which some have a thousand files of one kind.
        for path in sorted(top.rglob("*"), key=lambda path: zlib.crc32(str(path.relative_to(top)).encode())):
            if not path.is_file():
                continue
            for name, data in parts(target.endings, path):
                if len(data) > target.most_bytes:
                    continue
                yield name, data
                count += 1
                if count == MOST_FILES:
                    return


def parts(endings, path):
    """A file itself, or blocks of metadata out of a picture."""
    ending = path.suffix.lower().lstrip(".")
    name = f"{path.parent.name}-{path.name}"
    if ending in endings:
        yield name, path.read_bytes()
    elif ending in ("jpg", "jpeg") and set(endings) & {"exif", "xmp", "iptc"}:
        with path.open("rb") as file:
            start = file.read(256 << 10)
        for number, (marker, body) in enumerate(segments(start)):
            kind = ("exif" if marker == 0xE1 and body.startswith(b"Exif\0") else
                    "xmp" if marker == 0xE1 and body.startswith(b"http://ns.adobe.com/xap/1.0/\0") else
                    "iptc" if marker == 0xED and body.startswith(b"Photoshop 3.0\0") else None)
            if kind in endings:
                yield f"{name}.{number}.{kind}", body[29:] if kind == "xmp" else body
    elif ending in ("tif", "tiff") and "exif" in endings and path.stat().st_size < 1 << 20:
        yield f"{name}.exif", path.read_bytes()
    elif ending == "png" and "zlib" in endings:
        data = path.read_bytes()
        place = data.find(b"iCCP")
        if place >= 4:
            length, = struct.unpack(">I", data[place - 4:place])
            body = data[place + 4:place + 4 + length]
            yield f"{name}.zlib", body[body.find(b"\0") + 2:]


def segments(data):
    """Markers and bodies of a JPEG, up to its picture."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != 0xDA:
        length, = struct.unpack(">H", data[place + 2:place + 4])
        yield data[place + 1], data[place + 4:place + 2 + length]
        place += 2 + length


# MARK: Made here

def texts(*lines):
    return [(f"made-{number}", line.encode()) for number, line in enumerate(lines)]


def http():
    return texts(
        "GET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
        "HEAD /jobs?state=failed&limit=20 HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n\r\n",
        "GET http://[::1]:80/metrics HTTP/1.0\r\nAuthorization: Bearer secret\r\nConnection: close\r\n\r\n",
        "\r\nGET /report/%C3%A4+b?x=%20&y HTTP/1.1\nHost: a\nAuthorization: Basic dTpzZWNyZXQ=\nContent-Length: 0\n\n")


def conditions():
    return texts(
        "kind.label == 'document' and width > 1000", "kind.label in ['photo', 'unknown'] or not alpha",
        "kind.score('drawing') > 0.5", "pixels > 8M and format in ['tiff', 'png']",
        "exif.iso >= 6400 or sigma > 2.5", "name startsWith 'IMG_' and path contains \"2024/\"",
        "exif.gps == none and exif.taken != none", "(width / height) * 2 - -1 >= 1.5e1 and bytes < 10MiB",
        "not (pages == 1 and exif.orientation in [1, 3])")


def xmp():
    packet = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        'xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:xmpNote="http://ns.adobe.com/xmp/note/" '
        'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
        'xmp:CreateDate="2024-05-06T07:08:09.10+02:00" exif:GPSLatitude="52,31.2N" tiff:Orientation="6" '
        'xmpNote:HasExtendedXMP="0123456789ABCDEF0123456789ABCDEF" photoshop:City="Berlin">\n'
        '<dc:creator><rdf:Seq><rdf:li>A &amp; B &#x41;</rdf:li></rdf:Seq></dc:creator>\n'
        '<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">all</rdf:li></rdf:Alt></dc:rights>\n'
        '<!-- said --><exif:GPSLongitude>13,24.3E</exif:GPSLongitude><![CDATA[52.52]]></rdf:Description>\n'
        '</rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>')
    return [*texts(packet, packet + "\x01" + packet), ("made-utf16", packet.encode("utf-16"))]


def iptc():
    bare = b"".join(
        struct.pack(">BBBH", 0x1C, record, number, len(value)) + value
        for record, number, value in ((1, 90, b"\x1b%G"), (2, 0, b"\0\2"), (2, 80, b"A. Uthor"), (2, 116, b"mine"),
                                      (2, 90, b"Berlin"), (2, 120, b"52.5 N 13.4 E"), (2, 202, b"\xff\xd8")))
    wrapped = b"Photoshop 3.0\0" + b"8BIM\x04\x25\0\0" + struct.pack(">I", 2) + b"ab"
    wrapped += b"8BIM\x04\x04\x01a" + struct.pack(">I", len(bare)) + bare
    tiff = b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHII", 33723, 7, len(bare), 26) + b"\0\0\0\0" + bare
    return [("made-bare", bare), ("made-wrapped", wrapped), ("made-tiff", tiff)]


def exif():
    # Make, orientation, the EXIF and the GPS directory: a latitude of 52.5 degrees.
    entries = [struct.pack("<HHII", 0x010F, 2, 4, 0x00646241), struct.pack("<HHII", 0x0112, 3, 1, 6),
               struct.pack("<HHII", 0x8769, 4, 1, 62), struct.pack("<HHII", 0x8825, 4, 1, 92)]
    first = struct.pack("<H", 4) + b"".join(entries) + b"\0\0\0\0"
    detail = struct.pack("<H", 2) + struct.pack("<HHII", 0x8827, 3, 1, 400) + struct.pack("<HHI4s", 0x927C, 7, 4, b"note")
    place = struct.pack("<H", 2) + struct.pack("<HHI4s", 1, 2, 2, b"N\0\0\0") + struct.pack("<HHII", 2, 5, 3, 122)
    block = b"II*\0\x08\0\0\0" + first + detail + b"\0\0\0\0" + place + b"\0\0\0\0" + struct.pack(
        "<IIIIII", 52, 1, 30, 1, 0, 1)
    return [("made-bare", block), ("made-signed", b"Exif\0\0" + block)]


def streams():
    text = b"".join(bytes([number % 251]) * (number % 7) for number in range(2000))
    return [(f"made-{level}", zlib.compress(text, level)) for level in (0, 1, 9)]


def yaml():
    """Short ones, of the parts that the repository's pipelines are made of."""
    return texts(
        "version: 1\nrenditions: { a: { format: png } }\n",
        "version: 1\nstages: [autorotate, { crop: { width: 50%, height: 50% } }]\nrenditions:\n"
        "  a: { resize: { width: 10, height: 20, fit: cover }, format: jpeg, quality: 80, when: \"width > 10\" }\n",
        "version: 1\ninboxes: [{ path: in, pipeline: web }]\noutbox: out\nmemory: { cap: 256MiB }\n",
        "version: 1\na: &a [1, 2]\nb: *a\n? x\n: !!str y\nz: |\n  text\n  more\n")


MADE = {"http": http, "condition": conditions, "xmp": xmp, "iptc": iptc, "exif": exif, "inflate": streams, "yaml": yaml}
