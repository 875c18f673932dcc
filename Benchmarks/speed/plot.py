#!/usr/bin/env python3
"""Draws what throughput.py has measured, and puts it into Documentation/comparison.md: throughput.svg, and the table between the marks.

usage: plot.py [FILE] [--svg FILE] [--page FILE]

FILE is what `throughput.py --json` has written; throughput.json beside this script without it. Each program is shown in
the set-up in which it was the quickest, as pictures a second relative to Sluice's.
"""
import argparse
import html
import json
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "shared"))
import bench  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
MARKS = "<!-- throughput: made by Benchmarks/speed/plot.py -->", "<!-- throughput ends -->"
TITLES = {"one": "One rendition of 1024 px of photographs", "five": "Five renditions, 1920 to 160 px, of photographs",
          "small": "One rendition of 320 px of small pictures"}
WIDTH, LABELS, VALUES = 760, 250, 70  # of the picture, of the names left, of the figures right
ROW, BAR, HEAD, GAP = 22, 14, 40, 22
STYLE = """
    text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; font-size: 13px;
      fill: #1f2d3a }
    .title { font-size: 14px; font-weight: 600 }
    .note { font-size: 12px; fill: #566574 }
    .own { font-weight: 600 }
    .bar { fill: #a9bccb }
    .bar.own { fill: #2496be }
    @media (prefers-color-scheme: dark) {
      text { fill: #e3ebf1 }
      .note { fill: #a9b8c4 }
      .bar { fill: #4b6273 }
      .bar.own { fill: #37a6cd }
    }
"""


def label(peer):
    return f"{peer['name']}, rough" if peer["rough"] else peer["name"]


def quickest(record):
    """By label: the program's quickest set-up, as (times Sluice's throughput, the peer)."""
    found = {}
    for peer in record["peers"]:
        relative = 1 / statistics.median(peer["ratios"])
        if relative > found.get(label(peer), (0, None))[0]:
            found[label(peer)] = relative, peer
    return found


def bars(record, top):
    """SVG of one batch, and its height."""
    rows = sorted([("Sluice", 1.0), *((name, relative) for name, (relative, _) in quickest(record).items())],
                  key=lambda row: -row[1])
    unit = (WIDTH - LABELS - VALUES) / max(relative for _, relative in rows)
    height = HEAD + ROW * len(rows)
    lines = [f'  <text class="title" x="0" y="{top + 14}">{html.escape(TITLES[record["batch"]])}</text>',
             f'  <text class="note" x="{WIDTH}" y="{top + 14}" text-anchor="end">pictures a second, Sluice = 1</text>']
    for index, (name, relative) in enumerate(rows):
        own = " own" if name == "Sluice" else ""
        y = top + HEAD - 8 + index * ROW
        lines += [
            f'  <text class="name{own}" x="{LABELS - 10}" y="{y + 12}" text-anchor="end">{html.escape(name)}</text>',
            f'  <rect class="bar{own}" x="{LABELS}" y="{y}" width="{relative * unit:.1f}" height="{BAR}" rx="2"/>',
            f'  <text class="value{own}" x="{LABELS + relative * unit + 8:.1f}" y="{y + 12}">{relative:.2f}</text>']
    return lines, height


def drawing(records):
    top, lines = 4, []
    for record in records:
        drawn, height = bars(record, top)
        lines += drawn
        top += height + GAP
    words = "; ".join(
        f"{TITLES[record['batch']]}: " + ", ".join(
            f"{name} {relative:.2f}" for name, (relative, _) in sorted(quickest(record).items()))
        for record in records)
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 0 {WIDTH + 16} {top - GAP + 8}" '
            f'width="{WIDTH + 16}" height="{top - GAP + 8}" role="img" aria-labelledby="title description">')
    return "\n".join([head, '  <title id="title">Pictures a second of other programs, relative to Sluice</title>',
                      f'  <desc id="description">{html.escape(words)}</desc>', f"  <style>{STYLE}  </style>", *lines,
                      "</svg>\n"])


def table(records):
    """How many times as fast Sluice is, and how many times its CPU time the others take."""
    found = [quickest(record) for record in records]
    names = sorted({name for programs in found for name in programs},
                   key=lambda name: min(-programs[name][0] for programs in found if name in programs))
    def cell(entry):
        if not entry:
            return "–"
        relative, peer = entry
        return f"{1 / relative:.2f} ({statistics.median(peer['processorRatios']):.2f})"
    head = ["Sluice is × as fast as (their CPU time ×)"]
    head += [f"{TITLES[record['batch']].lower()} ({record['pictures']}; {record['rounds']} pairs of runs)"
             for record in records]
    return bench.table(head, [[name, *(cell(programs.get(name)) for programs in found)] for name in names])


def put_between_marks(path, text):
    before, mark, rest = path.read_text().partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    if not mark or not end:
        sys.exit(f"plot.py: {path} has no line '{MARKS[0]}', or no line '{MARKS[1]}' after it")
    path.write_text(f"{before}{mark}\n{text}\n{end}{after}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].splitlines()[0])
    parser.add_argument("json", nargs="?", type=pathlib.Path, default=HERE / "throughput.json")
    parser.add_argument("--svg", type=pathlib.Path, default=HERE / "throughput.svg")
    parser.add_argument("--page", type=pathlib.Path, default=bench.CHECKOUT / "Documentation/comparison.md")
    options = parser.parse_args()
    records = json.loads(options.json.read_text())
    options.svg.write_text(drawing(records))
    put_between_marks(options.page, table(records))


if __name__ == "__main__":
    main()
