#!/usr/bin/env python3
"""Serves the status page as `sluice watch` does, with states that are hard to bring a real one into.

usage: stub.py PORT      then look at http://127.0.0.1:PORT/?busy (idle, paused, stopping, hostile, full, lost, many)
"""
import base64
import datetime
import hashlib
import http.server
import json
import math
import pathlib
import random
import re
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
MIB = 1 << 20
ADVICE = {code: advice for code, advice in [
    ("damaged", "Copy the file again from its origin. If no intact copy exists, set limits.damage: none."),
    ("too-large-for-cap", "Raise memory.cap to the figure in the message, or save the picture in a format that streams."),
    ("unsupported-format", "Convert it to JPEG, PNG, WebP, TIFF, HEIF, AVIF or GIF."),
    ("truncated", "Copy the file again; it ends early. To accept it anyway, set limits.damage: none."),
    ("worker-crashed", "The file crashes a decoder: set it aside and report it to libvips."),
]}
HOSTILE = [
    "<img src=x onerror=\"document.title='owned'\">.jpg", "\u202eمرحبا بالعالم/صورة عائلية.jpg".replace("\u202e", ""),
    "a" * 240 + ".jpg", "very/" * 40 + "deep.png", "🏳️‍🌈👩‍👩‍👧‍👦🎞️.webp", "Z̸͓̽a̷̛ĺ̸g̵̾o̶͘" * 12 + ".jpg", "new\\x0aline\\x1b[31m.gif",
    "\"'`</script><script>document.title='owned'</script>.png", "漢字の長い名前がここにあります" * 6 + ".tif", " ", "&lt;b&gt;.jpg",
]


def csp():
    page = (ROOT / "Sources/Native/CPages/status.html").read_text()

    def digest(tag):
        text = re.search(f"<{tag}>(.*?)</{tag}>", page, re.S).group(1)
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return (f"default-src 'none'; img-src 'self' data:; connect-src 'self'; style-src 'sha256-{digest('style')}'; "
            f"script-src 'sha256-{digest('script')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")


START = datetime.datetime.now(datetime.timezone.utc)


def stamp(seconds_ago=None):
    """So long before the start; now, without."""
    now = datetime.datetime.now(datetime.timezone.utc) if seconds_ago is None else START - datetime.timedelta(seconds=seconds_ago)
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def history(scenario):
    rng = random.Random(7)
    used, reserved, pictures = [], [], []
    for i in range(240):
        if scenario == "idle" and i < 232 or i < 34:
            used.append(None), reserved.append(None), pictures.append(None)
            continue
        load = 0 if scenario == "idle" else max(0, math.sin(i / 23 + 3.1) * .5 + .5 + rng.uniform(-.12, .12)) * (i < 118 or i > 133)
        used.append(int(4.1 * MIB + load * rng.uniform(90, 122) * MIB))
        reserved.append(int(load * 150 * MIB))
        pictures.append(int(load * rng.uniform(20, 90)))
    return {"until": datetime.datetime.now().timestamp(), "every": 15, "used": used, "reserved": reserved, "pictures": pictures}


def status(scenario, tick):
    busy = scenario in ("busy", "hostile", "many", "full", "stopping")
    names = HOSTILE if scenario == "hostile" else [
        "holiday/2026/IMG_4711.JPG", "shop/blue-vase.jpg", "scans/letter 0001.tif", "Abend am Müggelsee.avif",
        "holiday/sailing.webp", "poster-16-bit.png", "water-wheel.gif", "night-sky.jpg", "harbour.jpg", "dunes.jpg",
        "forest-in-fog.jpg"]
    inboxes = [
        {"name": "web", "path": "/var/lib/sluice/inbox/web", "state": "watched", "pipeline": "web", "pictures": 12873, "quarantined": 4},
        {"name": "shop", "path": "/var/lib/sluice/inbox/shop", "state": "watched", "pipeline": "shop", "pictures": 311},
        {"name": "scans", "path": "/mnt/nas/scans", "state": "polled", "pipeline": "archive", "pictures": 0,
         "reason": "too many directories to watch them all (fs.inotify.max_user_watches)", "since": stamp(7300)}]
    if scenario == "idle":
        inboxes = [dict(inboxes[0], path="/var/lib/sluice/inbox", pictures=0)]
        inboxes[0].pop("quarantined")
    if scenario == "hostile":
        inboxes.append({"name": "x", "path": "/srv/" + "very-long-folder-name-" * 9, "state": "gone", "pipeline": HOSTILE[0],
                        "pictures": 1, "since": stamp(60), "reason": "<b>No such file or directory</b>"})
    jobs = [{"source": names[i % len(names)] if i < 3 else f"batch/{i:04}.jpg", "inbox": "web", "pipeline": "web",
             "attempt": 2 if i == 1 else 1, "seconds": .42 + i * 3.3 + tick * 2, "estimate": 40 * MIB, "reserved": (30 + 11 * i) * MIB,
             "plan": ["in-memory", "spilled", "restreamed", "none"][i % 4], "size": 9 * MIB,
             "read": [int(9 * MIB * ((.37 + tick / 8) % 1)), 0, 9 * MIB, 0][i % 4]}
            for i in range(24 if scenario == "many" else 3)] if busy else []
    recent = []
    for i in range(0 if scenario == "idle" else 24):
        name = names[i % len(names)]
        failed = "damaged" if i in (3, 17) else None
        recent.append({
            "job": 900 - i, "source": name, "inbox": "web", "pipeline": "web", "finished": stamp(3 + i * 41), "seconds": .31 + i * .07,
            "format": "tiff" if i == 7 else "jpeg", "bytes": (3 + i) * 917_504, "written": 412_000 + i * 51_000,
            "renditions": 0 if i == 7 else 3,
            "labels": [{"label": HOSTILE[2] if scenario == "hostile" and i == 5 else "photo", "score": .93}] if i % 3 == 0 else [],
            "thumbnail": None if failed or i == 7 else f"thumbnails/{900 - i}", "failed": failed})
    counts = {"busy": [3, 1], "full": [120, 60, 14, 5, 1], "hostile": [6, 3], "many": [50], "paused": [2], "stopping": [1]}.get(scenario, [])
    groups, n = [], 0
    for (code, advice), count in zip(ADVICE.items(), counts):
        cases = []
        for _ in range(min(count, 50 - min(50, n))):
            cases.append({"source": names[n % len(names)], "inbox": "web", "attempts": 3 if code == "worker-crashed" else 1,
                          "message": "The decoder stopped: VipsJpeg: Corrupt JPEG data: premature end of data segment." if code == "damaged"
                          else "It would need a memory cap of 412 MiB." if code == "too-large-for-cap" else HOSTILE[7] + " is not a picture.",
                          "stage": None, "when": stamp(60 + n * 977)})
            n += 1
        groups.append({"code": code, "advice": advice, "count": count, "cases": cases})
    used = history(scenario)["used"][-1] or 4 * MIB
    state = {"busy": "running", "hostile": "running", "many": "running", "full": "running", "stopping": "draining"}.get(scenario, scenario)
    return {
        "schema": 1, "now": stamp(), "sluice": "0.9.0", "process": 4711, "use": "watch", "since": stamp(93784), "seconds": 93784.2 + tick * 2,
        "state": state,
        "pause": {"reason": "the output cannot be written: write /var/lib/sluice/outbox: No space left on device (errno 28).",
                  "since": stamp(184), "triesAgain": stamp(-3600)} if scenario == "paused" else None,
        "queue": {"waiting": {"paused": 41, "many": 128_431}.get(scenario, 127 if busy else 0), "running": len(jobs),
                  "finishing": 1 if busy else 0, **({"oldest": 4520.3 if scenario == "paused" else 42.1 + tick * 2} if busy or scenario == "paused" else {})},
        "jobs": jobs,
        "lastMinute": {"pictures": 252 if busy else 0, "renditions": 756, "bytesRead": 1_240_000_000, "bytesWritten": 98_000_000,
                       "picturesPerSecond": 4.2 if busy else 0},
        "sinceStart": {"pictures": 0 if scenario == "idle" else 13_184, "renditions": 0 if scenario == "idle" else 39_552,
                       "bytesRead": 0 if scenario == "idle" else 61_400_000_000, "bytesWritten": 0 if scenario == "idle" else 4_210_000_000,
                       "picturesPerSecond": .14},
        "ends": {"unchanged": 37, "quarantined": sum(counts), "superseded": 2, "retries": 5},
        "memory": {"cap": 192 * MIB, "budget": 184 * MIB, "reserved": 123 * MIB if busy else 0, "spillLimit": 8 << 30,
                   "spillReserved": 310 * MIB if busy else 0, "supervisor": 4 * MIB, "workers": max(0, used - 4 * MIB), "used": used,
                   "peak": 131 * MIB if scenario != "idle" else 5 * MIB},
        "inboxes": inboxes, "history": history(scenario), "recent": recent,
        "quarantine": {"total": sum(counts), "groups": groups}}


class Handler(http.server.BaseHTTPRequestHandler):
    pictures = sorted((ROOT / "Examples").rglob("*.thumb.jpg")) + sorted((ROOT / "Examples/pictures").rglob("[a-hm-z]*.jpg"))
    ticks = {}

    def do_GET(self):
        path, _, query = self.path.partition("?")
        scenario = query or "busy"
        tick = Handler.ticks[scenario] = Handler.ticks.get(scenario, -1) + (path == "/status.json")
        if path == "/":
            Handler.ticks[scenario] = -1
            self.answer("text/html; charset=utf-8", (ROOT / "Sources/Native/CPages/status.html").read_bytes(),
                        {"Content-Security-Policy": csp()})
        elif path == "/status.json":
            if scenario == "lost" and tick > 0:
                return self.send_error(503)
            self.answer("application/json", json.dumps(status("busy" if scenario == "lost" else scenario, tick)).encode())
        elif path.startswith("/thumbnails/"):
            pictures = [p for p in self.pictures if "cut-off" not in p.name and "not-a" not in p.name and "cmyk" not in p.name]
            self.answer("image/jpeg", pictures[int(path.split("/")[2]) % len(pictures)].read_bytes())
        else:
            self.send_error(404)

    def answer(self, kind, body, headers=None):
        self.send_response(200)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), "X-Content-Type-Options": "nosniff", **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def start(port=0):
    """In a thread; gives the port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


if __name__ == "__main__":
    start(int(sys.argv[1]))
    threading.Event().wait()
