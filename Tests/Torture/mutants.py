"""Bar 3: files mutated from a seed, and the corpus' fuzz folders: the supervisor lives, every file is accounted for."""
import collections
import json
import os
import pathlib
import random
import shutil
import signal
import struct

from invariants import check_journal, check_set, read_sidecar
from place import Place, digest, files
from processes import orphans, wait_for
import pictures

PIPELINE = """version: 1
limits: { pixels: 100M, time: 10s }
others: quarantine
stages: [autorotate]
renditions:
  thumb: { resize: 64x64, format: jpeg, quality: 70 }
"""
LARGEST = 96 << 10  # bytes of a sample: mutants of large files differ less
BATCH = 500


def own_samples(scratch):
    """Small pictures of each format; without the vips command, PNGs only."""
    samples = [pictures.png(48, 36, seed) for seed in range(2)]
    if pictures.can_convert():
        for format, ending in pictures.FORMATS.items():
            for seed, (width, height) in enumerate(((40, 30), (97, 61))):
                path = scratch / f"{format}-{seed}.{ending}"
                pictures.convert(pictures.ppm(width, height, seed), path)
                samples.append(path.read_bytes())
                path.unlink()
    return samples


def corpus():
    """The test corpus: SLUICE_SHARED or `../shared` beside the checkout; None where there is none."""
    checkout = pathlib.Path(__file__).resolve().parents[2]
    directory = pathlib.Path(os.environ.get("SLUICE_SHARED") or checkout.parent / "shared") / "corpus"
    return directory if directory.is_dir() else None


def mutate(data, others, chance):
    """One to four changes of the kinds that find faults in decoders."""
    data = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4))):
        if len(data) < 16:
            break
        place = chance.randrange(len(data))
        match chance.randrange(8):
            case 0:  # bits flip
                for _ in range(chance.choice((1, 4, 32))):
                    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            case 1:  # cut short
                del data[place:]
            case 2:  # a piece is missing
                del data[place:place + chance.randint(1, 256)]
            case 3:  # a piece of another file, or of another place
                other = chance.choice(others)
                start = chance.randrange(len(other))
                data[place:place + chance.randint(0, 64)] = other[start:start + chance.randint(1, 512)]
            case 4:  # a length or an offset, of whatever width and byte order
                width, order = chance.choice("BHIQ"), chance.choice("<>")
                most = (1 << 8 * struct.calcsize(width)) - 1
                value = chance.choice((0, 1, most, most // 2, most // 2 + 1, chance.randint(0, most)))
                at = chance.randrange(min(len(data) - 8, 512)) if chance.random() < 0.7 else place
                data[at:at + struct.calcsize(width)] = struct.pack(order + width, value)
            case 5:  # another file's header
                other, length = chance.choice(others), chance.choice((4, 12, 32, 128))
                data[:length] = other[:length]
            case 6:  # something twice
                piece = data[place:place + chance.randint(1, 1024)]
                data[place:place] = piece * chance.choice((1, 2, 50))
            case 7:  # bytes of one value
                value = chance.choice((0, 0xff, 0x7f, chance.randrange(256)))
                data[place:place + chance.randint(1, 128)] = bytes([value]) * 64
    return bytes(data)


class Tally:
    def __init__(self):
        self.files = 0
        self.published = 0
        self.codes = collections.Counter()


def account(place, names, tally, faults):
    """Each file has a whole set or an error with its reason; nothing else is left."""
    there, listed = place.results(), set()
    for path, file in there.items():
        if path.endswith(".json"):
            sidecar = read_sidecar(file)
            check_set(place, path, sidecar, there, faults)
            listed |= {path} | {entry["path"] for entry in sidecar["renditions"]}
    faults += [f"{path} is in the outbox and in no sidecar" for path in set(there) - listed]
    for name in names:
        error = place.quarantine / f"{name}.error.json"
        tally.files += 1
        if f"{name}.json" in listed:
            tally.published += 1
            if error.exists():
                faults.append(f"{name} is published and has an error, too")
        elif error.exists():
            reason = json.loads(error.read_bytes())
            tally.codes[reason["code"]] += 1
            if not reason["message"] or not reason["advice"]:
                faults.append(f"{name}: no reason in its error")
        else:
            faults.append(f"{name} is not accounted for")
    faults += [f"staging holds {name}" for name in place.staged()]
    faults += [f"orphan {process}" for process in orphans()]
    faults += check_journal(place)


def batch(place, programs, sources, tally):
    """Runs over `sources`: relative path → bytes. Returns the faults; the place is gone afterwards."""
    place.make()
    for name, data in sources.items():
        path = place.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    before = {name: digest(place.inbox / name) for name in sources}
    faults = []
    run = place.start(programs)
    try:
        if place.mode == "watch":
            wait_for(lambda: not run.is_running() or (not files(place.inbox) and place.open_jobs() == 0
                                                      and run.minds(signal.SIGTERM)),
                     f"the inbox is worked off: {run.log()[-800:]}", 1800, 0.1)
            run.signal(signal.SIGTERM)
        code = run.wait(1800)
    finally:
        run.end()
    if code not in ((0,) if place.mode == "watch" else (0, 65)):
        faults.append(f"sluice {place.mode} ended with {code}: {run.log()[-800:]}")
    account(place, sources, tally, faults)
    kept = collections.Counter(digest(file) for root in (place.inbox, place.archive, place.quarantine)
                               if root and root.is_dir() for name, file in files(root).items()
                               if not name.endswith(".error.json"))
    faults += [f"{name} is lost, or was changed" for name, value in before.items() if not kept[value]]
    shutil.rmtree(place.root)
    return faults


def line(report, name, tally, faults):
    for fault in faults:
        report.fault(f"{name}: {fault}")
    report.line(f"{name}: {tally.files} files, {tally.published} published, {tally.codes.total()} quarantined ("
                + ", ".join(f"{number} {code}" for code, number in tally.codes.most_common(5)) + ")")


def run(report, programs, scratch, options):
    report.begin("bar 3: hostile files")
    samples, shared = own_samples(scratch), corpus()
    if not pictures.can_convert():
        report.line("samples are PNG only: the vips command is missing")
    if shared and not options.short:
        small = [path for path in sorted(shared.rglob("*")) if path.is_file() and 16 <= path.stat().st_size <= LARGEST
                 and not path.suffix in (".txt", ".md", ".tsv", ".json") and "fuzz" not in path.parts[-2]]
        samples += [path.read_bytes() for path in small]
    chance = random.Random(options.seed)
    tally, faults = Tally(), []
    for first in range(0, options.mutants, BATCH):
        count = min(BATCH, options.mutants - first)
        sources = {f"{index % 5}/{first + index:05}.bin": mutate(chance.choice(samples), samples, chance)
                   for index in range(count)}
        mode = "watch" if first // BATCH % 2 == 0 else "process"
        faults += batch(Place(scratch / "place", mode, PIPELINE, attempts=3), programs, sources, tally)
    line(report, f"mutants of {len(samples)} samples, seed {options.seed}", tally, faults)

    if not shared:
        return report.skip("the corpus' fuzz folders: no ../shared")
    folders = sorted(path for path in shared.iterdir() if path.is_dir() and "fuzz" in path.name)
    if options.short:
        return
    tally, faults = Tally(), []
    for folder in folders:
        found = sorted(files(folder).items())
        for first in range(0, len(found), BATCH):
            # Under names that no rule ignores.
            sources = {f"{folder.name}/{index:05}": pathlib.Path(path).read_bytes()
                       for index, (_, path) in enumerate(found[first:first + BATCH], first)}
            faults += batch(Place(scratch / "place", "watch", PIPELINE, attempts=3), programs, sources, tally)
    line(report, f"{len(folders)} fuzz folders", tally, faults)
