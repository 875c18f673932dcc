"""What workers are given: the examples, and where they are, the shared corpus and cases."""
import collections
import shutil

OTHERS = {".json", ".md", ".py", ".svg", ".tsv", ".txt", ".yaml"}


def all_of(root, options, every=1, count=None):
    """(place, path below it) of each; `count` takes so many of as many kinds and folders as there are."""
    places = [root / "Examples/pictures"]
    if not options.short:
        shared = [root.parent / "shared" / name for name in ("corpus", "cases")]
        if not all(place.is_dir() for place in shared):
            print("  SKIPPED the corpus and the cases: ../shared is not here")
        places += [place for place in shared if place.is_dir()]
    found = [
        (place, path.relative_to(place)) for place in places for path in sorted(place.rglob("*"))
        if path.is_file() and path.suffix.lower() not in OTHERS]
    return _spread(found, count) if count else found[::every]


def _spread(found, count):
    """One of each folder and suffix, then a second one of each, until there are enough."""
    kinds = collections.defaultdict(list)
    for place, path in found:
        kinds[place, path.parts[:2] if len(path.parts) > 2 else path.parts[:1], path.suffix.lower()].append(
            (place, path))
    chosen = []
    while len(chosen) < min(count, len(found)):
        for kind in kinds.values():
            if kind and len(chosen) < count:
                # From the middle: names begin with what is most ordinary, and end so.
                chosen.append(kind.pop(len(kind) // 2))
    return chosen


def copy(chosen, sources):
    for place, path in chosen:
        target = sources / place.name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(place / path, target)
    print(f"  {len(chosen)} pictures", flush=True)
