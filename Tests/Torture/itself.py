"""The checks themselves: each kind of damage, done to a place that is in order, is found. A check that never complains
proves nothing."""
import json
import shutil

from invariants import check_at_any_instant, check_at_rest, complete_sets
from kill_points import Sweep
from scenarios import Scenario, two


def change(path, **values):
    sidecar = json.loads(path.read_bytes()) | values
    path.write_text(json.dumps(sidecar))


def damages(place):
    """What is done → (doing it, whether it must be found at any instant already)."""
    rendition, sidecar = place.outbox / "one.small.png", place.outbox / "one.png.json"
    source = place.archive / "one.png"
    return {
        "a rendition is cut short": (lambda: rendition.write_bytes(rendition.read_bytes()[:-1]), True),
        "a rendition is empty": (lambda: rendition.write_bytes(b""), True),
        "a rendition is all NUL": (lambda: rendition.write_bytes(bytes(rendition.stat().st_size)), True),
        "a rendition is missing": (rendition.unlink, True),
        "a rendition is another's": (lambda: shutil.copy(place.outbox / "folder/two.small.png", rendition), True),
        "a sidecar is cut short": (lambda: sidecar.write_bytes(sidecar.read_bytes()[:-3]), True),
        "a sidecar lists nothing": (lambda: change(sidecar, renditions=[]), True),
        "a sidecar is missing": (sidecar.unlink, False),
        "a sidecar was written again": (lambda: shutil.copy(sidecar, place.root / "copy").rename(sidecar), False),
        "the replacing was never finished": (lambda: change(sidecar, renditions=[], replacing={}), False),
        "a stranger is in the outbox": (lambda: (place.outbox / "more.png").write_bytes(b"x"), True),
        "a temporary file is in the outbox": (lambda: (place.outbox / ".x.sluice-1").write_bytes(b"x"), True),
        "a source is lost": (source.unlink, True),
        "a source is cut short": (lambda: source.write_bytes(source.read_bytes()[:-1]), True),
        "a source is there twice": (lambda: shutil.copy(source, source.with_name("one~2.png")), False),
        "a source is in the inbox still": (lambda: shutil.copy(source, place.inbox / "one.png"), False),
        "litter is in the archive": (lambda: (place.archive / ".one.png.sluice-1").write_bytes(b"x"), False),
        "a job's staging is left": (lambda: (place.staging / "jobs/job-9").mkdir(parents=True), False),
        "the journal is gone": (place.journal.unlink, False),
    }


def run(report, programs, scratch, options):
    report.begin("the checks themselves")
    state = Sweep(Scenario("watch, archive", "watch", [two(1)]), programs, scratch)
    place, expected = state.place, state.expected
    if place.run_to_end(programs, expected.latest).process.returncode != 0:
        return report.fault("an undisturbed run failed")
    for fault in check_at_any_instant(place, expected) + check_at_rest(place, expected):
        report.fault(f"nothing was damaged, and yet: {fault}")
    kept, found = scratch / "done", 0
    shutil.copytree(place.root, kept, copy_function=shutil.copy2)
    for name in damages(place):
        shutil.rmtree(place.root)
        shutil.copytree(kept, place.root)
        before = complete_sets(place, expected)
        do, at_once = damages(place)[name]
        do()
        if at_once and not check_at_any_instant(place, expected):
            report.fault(f"{name}: not seen at the instant")
        if not check_at_rest(place, expected, before):
            report.fault(f"{name}: not seen at rest")
        found += 1
    report.line(f"{found} kinds of damage are found")
