#!/usr/bin/env python3
"""Folders as phones, cameras and Google Takeout leave them, made of nothing but this repository's pictures.

usage: trees.py dcim|takeout DIRECTORY [--pictures N] [--heic FILE]

Pictures have different contents each; around them lie what such folders have: Live Photos' videos, edits (AAE), XMP,
thumbnails of videos (THM), sound, Takeout's JSON, an index, notes, a PDF, an archive. Prints what it made, as JSON:
{"pictures": N, "others": {"mov": N, ...}}.
"""
import argparse
import collections
import io
import json
import os
import pathlib
import struct
import zipfile

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "Examples" / "pictures"
PLIST = ('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" '
         '"http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n<plist version="1.0"><dict><key>adjustmentFormatVersion'
         '</key><string>1.4</string></dict></plist>\n')
XMP = ('<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
       '<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/></rdf:RDF></x:xmpmeta>\n')


def box(kind, body):
    return struct.pack(">I", 8 + len(body)) + kind + body


def movie(index, brand=b"qt  "):
    return box(b"ftyp", brand + struct.pack(">I", 512) + brand) + box(b"wide", b"") + box(
        b"mdat", bytes([index % 251]) * 4000) + box(b"moov", box(b"mvhd", bytes(100)))


def wave(index):
    body = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8) + b"data" + struct.pack("<I", 400) \
        + bytes([index % 251]) * 400
    return b"RIFF" + struct.pack("<I", len(body)) + body


class Tree:
    def __init__(self, root, heic):
        self.root = pathlib.Path(root)
        self.heic = heic
        self.jpegs = sorted(EXAMPLES.rglob("*.jpg"), key=lambda path: path.stat().st_size)
        self.jpegs = [path for path in self.jpegs if "broken" not in path.parts]
        self.pictures = 0
        self.others = collections.Counter()

    def write(self, path, contents):
        path = self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents if isinstance(contents, bytes) else contents.encode())

    def picture(self, path):
        """A JPEG with a comment of its own; the HEIC that was given, where the name asks for one."""
        self.pictures += 1
        if self.heic and path.lower().endswith(".heic"):
            contents = self.heic.read_bytes() + box(b"free", f"{self.pictures}".encode())
        else:
            jpeg = self.jpegs[self.pictures % 4].read_bytes()
            comment = f"picture {self.pictures}".encode()
            contents = jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + jpeg[2:]
        self.write(path, contents)

    def other(self, path, contents):
        self.others[path.rsplit(".", 1)[-1].lower()] += 1
        self.write(path, contents)

    def thumbnail(self, path):
        """A small picture beside a video, which is none of anybody's."""
        self.other(path, self.jpegs[0].read_bytes())

    def archive(self, path):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as file:
            file.writestr("readme.txt", "nothing")
        self.other(path, data.getvalue())


def dcim(tree, count):
    """An iPhone's and a camera's card: live photos, edits, videos, sound, thumbnails, catalogues."""
    for index in range(count):
        folder = f"DCIM/{100 + index // 100}APPLE"
        stem = f"{folder}/IMG_{index + 1:04d}"
        kind = index % 8
        tree.picture(f"{stem}.{'HEIC' if kind < 5 else 'JPG'}")
        if kind in (0, 1):
            tree.other(f"{stem}.MOV", movie(index))
        if kind == 2:
            tree.other(f"{stem}.AAE", PLIST)
            tree.picture(f"{folder}/IMG_E{index + 1:04d}.HEIC")
        if kind == 3:
            tree.other(f"{stem}.xmp", XMP)
        if kind == 4:
            tree.other(f"{stem}.HEIC.xmp", XMP)
    for index in range(4):
        tree.other(f"DCIM/100CANON/MVI_{index:04d}.MP4", movie(index, b"mp42"))
        tree.thumbnail(f"DCIM/100CANON/MVI_{index:04d}.THM")
        tree.other(f"DCIM/100CANON/SND_{index:04d}.WAV", wave(index))
    tree.other("MISC/README.txt", "Card of a camera.\n")
    tree.other("MISC/manual.pdf", "%PDF-1.4\n1 0 obj\n<<>>\nendobj\n")


def takeout(tree, count):
    """Google's export: a JSON beside each picture, videos, albums, an index page, an archive."""
    for index in range(count):
        album = f"Takeout/Google Photos/Photos from {2019 + index % 5}"
        name = f"IMG_{index:05d}.{'HEIC' if index % 3 == 0 else 'jpg'}"
        tree.picture(f"{album}/{name}")
        about = json.dumps({
            "title": name, "description": "", "photoTakenTime": {"timestamp": str(1546300800 + index * 86400)},
            "geoData": {"latitude": 48.2, "longitude": 16.37, "altitude": 0.0}}, indent=2)
        tree.other(f"{album}/{name}.{'supplemental-metadata.' if index % 2 else ''}json", about)
        if index % 6 == 0:
            tree.other(f"{album}/IMG_{index:05d}.MP4", movie(index, b"mp42"))
    tree.other("Takeout/Google Photos/Photos from 2019/metadata.json", '{"title": "Photos from 2019"}\n')
    tree.other("Takeout/archive_browser.html", "<!DOCTYPE html>\n<html><title>Takeout</title></html>\n")
    tree.archive("Takeout/Google Photos/album.zip")


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0])
    parser.add_argument("kind", choices=["dcim", "takeout"])
    parser.add_argument("directory")
    parser.add_argument("--pictures", type=int, default=150)
    parser.add_argument("--heic", type=pathlib.Path, help="a HEIC to take for the pictures that are named so")
    options = parser.parse_args()
    tree = Tree(options.directory, options.heic)
    {"dcim": dcim, "takeout": takeout}[options.kind](tree, options.pictures)
    print(json.dumps({"pictures": tree.pictures, "others": tree.others}))


if __name__ == "__main__":
    main()
