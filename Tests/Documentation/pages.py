"""What the pages hold: blocks of commands and of data, links, and words that have to be real."""
import pathlib
import re
import subprocess

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
EXCUSE = re.compile(r"<!-- not run: (.+) -->")
FENCE = re.compile(r"^(\s*)```+\s*(\S*)")


class Block:
    def __init__(self, page, line, language, text, excuse):
        self.page, self.line, self.language, self.text, self.excuse = page, line, language, text, excuse

    @property
    def place(self):
        return f"{self.page.relative_to(REPOSITORY)}:{self.line}"

    @property
    def name(self):
        """The file that a block of YAML is to be saved as."""
        match = re.match(r"# ([\w.-]+\.ya?ml)$", self.text.split("\n", 1)[0])
        return match[1] if match else None

    @property
    def script(self):
        """What a reader would type."""
        if self.language == "console":
            return "\n".join(line[2:] for line in self.text.split("\n") if line.startswith("$ "))
        return self.text

    @property
    def commands(self):
        joined = self.script.replace("\\\n", " ")
        return sum(1 for line in joined.split("\n") if line.strip() and not line.lstrip().startswith("#"))


def documented():
    """Pages whose commands are run."""
    return [REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")] + sorted(
        (REPOSITORY / "Documentation").rglob("*.md"))


def all_pages():
    """Pages whose links are followed: all that are in the repository."""
    listed = subprocess.run(["git", "-C", REPOSITORY, "ls-files", "-z", "--cached", "--others", "--exclude-standard",
                             "*.md"], capture_output=True, text=True)
    names = listed.stdout.split("\0")[:-1] if listed.returncode == 0 else []
    found = {REPOSITORY / name for name in names} | set(documented())
    return sorted(page for page in found if page.exists())


def blocks(page):
    found, excuse, start, fence, lines = [], None, 0, None, []
    for number, line in enumerate(page.read_text().split("\n"), 1):
        match = FENCE.match(line)
        if fence is None and match:
            fence, start, lines = match, number, []
        elif fence is not None and match and not match[2]:
            indent = len(fence[1])
            found.append(Block(page, start, fence[2], "\n".join(line[indent:] for line in lines) + "\n", excuse))
            fence, excuse = None, None
        elif fence is not None:
            lines.append(line)
        elif EXCUSE.search(line):
            excuse = EXCUSE.search(line)[1]
        elif line.strip():
            excuse = None
    return found


def prose(page):
    """The page without its blocks."""
    kept, inside = [], False
    for line in page.read_text().split("\n"):
        if FENCE.match(line):
            inside = not inside
            kept.append("")
        else:
            kept.append("" if inside else line)
    return "\n".join(kept)


# Links


def anchors(page):
    """As GitHub makes them of headings."""
    found, seen = set(), {}
    text = prose(page)
    for heading in re.findall(r"^#{1,6} +(.+?) *#*$", text, re.M):
        heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        found.add(f"{slug}-{count}" if count else slug)
    return found | set(re.findall(r'(?:id|name)="([^"]+)"', text))


def links(page):
    text = re.sub(r"`[^`\n]*`", "", prose(page))
    for match in re.finditer(r"\]\(<?([^)\s>]+)>?[^)]*\)|(?:src|srcset|href)=\"([^\"]+)\"", text):
        yield text.count("\n", 0, match.start()) + 1, match[1] or match[2]


def broken_links(page):
    for line, target in links(page):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        where = f"{page.relative_to(REPOSITORY)}:{line}"
        if not file.exists():
            yield f"{where}: {target}: there is no such file"
        elif anchor and file.suffix == ".md" and anchor not in anchors(file):
            yield f"{where}: {target}: there is no such heading"


# Words in the text


def spans(page):
    """Pieces of code in the text; one may go over the end of a line."""
    text = prose(page)
    for match in re.finditer(r"`([^`]+)`", text):
        yield text.count("\n", 0, match.start()) + 1, " ".join(match[1].split())


def wrong_words(page, options, subcommands, targets, sources):
    """`make X`, `sluice X --option` and metrics that are not there; in the README `make X` is a command wherever it is."""
    if page == REPOSITORY / "README.md":
        for match in re.finditer(r"\bmake\s+([a-z][\w-]*)", page.read_text()):
            if match[1] not in targets:
                yield f"README.md: 'make {match[1]}': the Makefile has no such target"
    for line, span in spans(page):
        where = f"{page.relative_to(REPOSITORY)}:{line}: `{span}`"
        words = span.split()
        if words[0] == "make":
            for word in words[1:]:
                if re.fullmatch(r"[a-z][a-z-]*", word) and word not in targets:
                    yield f"{where}: the Makefile has no target {word}"
        if words[0] == "sluice" and len(words) > 1 and re.fullmatch(r"[a-z]+", words[1]):
            if words[1] not in subcommands:
                yield f"{where}: sluice has no sub-command {words[1]}"
        if words[0] == "sluice" or span.startswith("--") and page.name in ("README.md", "faq.md", "recipes.md", "machines.md"):
            for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", span):
                if option not in options:
                    yield f"{where}: no command of sluice has {option}"
        for metric in re.findall(r"\bsluice_[a-z_]+", span):
            if re.sub(r"_(bucket|sum|count)$", "", metric) not in sources and metric not in sources:
                yield f"{where}: there is no metric {metric}"
