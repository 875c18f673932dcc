#!/usr/bin/env python3
"""Writes Documentation/reference/ from what the programs declare: JSON Schemas (`sluice schema …`) and the description of
the commands (`sluice --experimental-dump-help`).

usage: reference.py BIN [--check]

BIN is the folder with the program `sluice`. With --check nothing is written; the exit code is 1, and the difference is
printed, where the pages in the repository are not current.
"""
import difflib
import json
import pathlib
import re
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent / "reference"
NOTE = "<!-- Made by Documentation/reference.py from what the program declares. Change the declaration, not this page. -->"

ABOUT = {
    "pipeline": ("Pipeline", "Every key of a pipeline file. [Pipelines](../pipelines.md) explains them with examples."),
    "config": ("Configuration", "Every key of the file that `sluice watch` reads. [Configuration](../configuration.md) "
                                "explains them with examples."),
    "model": ("Model description", "Every key of the YAML file beside a network or a classifier. "
                                   "[Labels, models and training](../models.md) explains them with examples."),
    "sidecar": ("Sidecar", "Every field of `NAME.json`. [Sidecars](../sidecars.md) says what readers may rely on."),
    "error": ("Error file", "Every field of `NAME.error.json` in the quarantine. [Exit codes and error codes](../errors.md) "
                            "says what each code means."),
}
PAGES = {"pipeline": "pipeline", "config": "configuration", "model": "model", "sidecar": "sidecar", "error": "error"}

# Patterns of the schemas, by a piece that only they have.
WORDS_OF_PATTERNS = [
    ("(ms|s|m|h|d)", "time: `90s`, `10m`, `1h30m`"),
    ("[KMGT]i?B?", "size: `64MiB`, `2G`"),
    ("[kKMGT]?$", "number: `2G`, `12M`"),
    ("[<>!]?|[0-9]+", "geometry: `640`, `1280x720`, `x480>`, `50%`"),
    ("white|black|transparent", "colour: `white`, `black`, `transparent`, `#rrggbb`, `#rrggbbaa`"),
    ("[0-9]{4}-[0-9]{2}", "time stamp: `2026-11-22T03:00:00.120Z`"),
    ("{64}$", "SHA-256 in hex"),
    ("={0,2}$", "base64"),
    ("^[1-9][0-9]*x[1-9][0-9]*$", "size: `100x80`"),
    ("^[1-9][0-9]*(x[1-9][0-9]*)?$", "size: `224`, `320x240`"),
    ("{(stem|name)", "template"),
]


def ask(program, *arguments):
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout


def one_line(text):
    return " ".join(text.split())


def cell(text):
    return one_line(text).replace("|", "\\|")


def code(value):
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value)}`"


def default_of(schema):
    """As somebody would write it: `90d` rather than the seconds that the program counts in."""
    value = schema["default"]
    if isinstance(value, str) and re.fullmatch(r"\d+s", value):
        seconds = int(value[:-1])
        for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
            if seconds > 60 and seconds % length == 0:
                return code(f"{seconds // length}{unit}")
    if "[kKMGT]?$" in schema.get("pattern", "") and value % 10**9 == 0:
        return code(f"{value // 10**9}G")
    return code(value)


def choices(values):
    return ", ".join(code(value) for value in values)


def is_position(values):
    return "centre" in values and "northeast" in values


def is_cut(branches):
    """A position, or a name, or both in a list."""
    words = branches[0].get("anyOf", [{}])[0].get("enum", [])
    return is_position(words) and "attention" in words


class Page:
    """One schema as Markdown: a table for each object, in the order of the declaration."""

    def __init__(self, schema, is_written_by_sluice=False):
        self.schema = schema
        self.third, self.needed = ("there", "always") if is_written_by_sluice else ("default", "required")
        self.lines = []
        self.has_positions = False

    # Types

    def resolved(self, schema):
        if "$ref" in schema:
            return self.schema["$defs"][schema["$ref"].rsplit("/", 1)[1]]
        if len(schema.get("allOf", [])) == 1:
            return self.resolved(schema["allOf"][0])
        return schema

    def kind(self, schema):
        reference = schema.get("$ref") or (schema.get("allOf") or [{}])[0].get("$ref")
        if reference == "#/$defs/stage":
            return "[stage](#stages)"
        if reference == "#/$defs/condition":
            return "[condition](../pipelines.md#conditions)"
        if reference == "#/$defs/resize":
            return "as in [`resize`](#resize)"
        if "const" in schema:
            return code(schema["const"])
        if "enum" in schema:
            return self.enumeration(schema["enum"])
        branches = schema.get("anyOf") or schema.get("oneOf")
        if branches and is_cut(branches):
            return self.enumeration(branches[0]["anyOf"][0]["enum"]) + ", the name of a `classify` stage, or both in a list"
        if branches and "type" not in schema:
            kinds = list(dict.fromkeys(k for k in map(self.kind, branches) if k))
            for index, kind in enumerate(kinds[:-1]):
                if kinds[index + 1] == f"list of: {kind}":
                    one = "one or a list of " + kind[7:] if kind.startswith("one of ") else f"{kind}, or a list of these"
                    kinds[index:] = [one] + kinds[index + 2:]
            return " or ".join(kinds)
        types = schema.get("type", "value")
        types = [types] if isinstance(types, str) else types
        if "string" in types and schema.get("pattern", "").endswith(("px$", "%$")):
            number = self.plain(types[0], schema)
            return f"{number}, or a percentage" if "%" in schema["pattern"] else number
        if "pattern" in schema:
            for piece, words in WORDS_OF_PATTERNS:
                if piece in schema["pattern"]:
                    return words
        return " or ".join(self.plain(name, schema) for name in types if name != "null")

    def enumeration(self, values):
        if is_position(values):
            self.has_positions = True
            by_content = ", `entropy`, `attention`" if "attention" in values else ""
            return f"a [position](#positions){by_content}"
        return "one of " + choices(values) if len(values) > 1 else code(values[0])

    def plain(self, name, schema):
        if name == "array" and schema.get("items", {}).get("maximum") == 255:
            return "`[red, green, blue]`, 0 to 255 each"
        if name == "array":
            return f"list of: {self.kind(schema.get('items', {}))}"
        if name == "object":
            values = schema.get("additionalProperties")
            return "map of names" if isinstance(values, dict) and "properties" in self.object_in(values) else "map"
        words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "`true` or `false`"}[name]
        low, high = schema.get("minimum"), schema.get("maximum")
        if name in ("integer", "number") and (low, high) != (None, None):
            words += f", {low} to {high}" if None not in (low, high) else f", {low} or more" if high is None else f", {high} or less"
        return words

    # Objects

    def object_in(self, schema):
        """The object that a value may be, however it may also be written."""
        schema = self.resolved(schema)
        if schema.get("properties"):
            return schema
        for branch in schema.get("anyOf", []) + schema.get("oneOf", []):
            found = self.object_in(branch)
            if found.get("properties"):
                return found
        if schema.get("type") == "array":
            return self.object_in(schema.get("items", {}))
        return {}

    def short_forms(self, schema):
        schema = self.resolved(schema)
        if schema.get("properties") or schema.get("type") in ("null", ["null", "object"], "object"):
            return []
        forms = []
        branches = schema.get("anyOf")
        for branch in branches or []:
            forms += self.short_forms(branch)
        return forms if branches else [self.kind(schema)]

    def table(self, properties, required=(), leave_out=()):
        names = {}
        for name, of in properties.items():
            if name not in leave_out:
                same = next((first for first, rest in names.items() if properties[first] == of and len(of) > 2
                             and of.get("description") and first not in ("width", "height")), None)
                names.setdefault(same or name, []).append(name)
        if not names:
            return
        self.lines += [f"| key | value | {self.third} | meaning |", "| --- | --- | --- | --- |"]
        for first, spellings in names.items():
            of = properties[first]
            key = " ".join(f"`{name}`" for name in spellings)
            default = default_of(of) if "default" in of else self.needed if first in required else ""
            nested = self.object_in(of)
            value = self.kind(of)
            if nested.get("properties") and "$ref" not in json.dumps(of.get("allOf", "")) and value == "map":
                value = "map, see below"
            self.lines.append(f"| {key} | {cell(value)} | {default} | {cell(of.get('description', ''))} |")
        self.lines.append("")

    def heading(self, level, text):
        self.lines += ["#" * level + " " + text, ""]

    def objects(self, schema, path, level):
        """A table for this object, then one for each object below it."""
        self.table(schema.get("properties", {}), schema.get("required", []))
        for name, of in schema.get("properties", {}).items():
            self.nested(name, of, path, level)

    def nested(self, name, of, path, level):
        if "$ref" in json.dumps(of.get("allOf", "")) or "#/$defs/stage" in json.dumps(of):
            return
        values = of.get("additionalProperties")
        if isinstance(values, dict) and self.object_in(values):
            here = f"{path}{name}.NAME"
            inner = self.object_in(values)
        else:
            here = f"{path}{name}" + ("[]" if of.get("type") == "array" else "")
            inner = self.object_in(of)
        if inner.get("properties"):
            self.heading(level, f"`{here}`")
            self.objects(inner, here + ".", level)

    def text(self, title, about):
        return "\n".join([f"# {title}", "", NOTE, "", about, "", *self.lines]).rstrip() + "\n"


class PipelinePage(Page):
    def __init__(self, schema):
        super().__init__(schema)
        properties = schema["properties"]
        self.table(properties, schema["required"])
        for name in ("limits", "metadata", "sidecar", "output"):
            self.heading(2, f"`{name}`")
            self.table(properties[name]["properties"])
        self.renditions(properties["renditions"]["additionalProperties"]["oneOf"])
        self.stages(next(b for b in schema["$defs"]["stage"]["anyOf"] if "properties" in b)["properties"])
        if self.has_positions:
            self.positions()

    def renditions(self, forms):
        several = next(form for form in forms if "formats" in form["properties"])
        original = next(form for form in forms if form["properties"].get("format", {}).get("const") == "original")
        formats = [form for form in forms if form is not several and form is not original]
        common = [key for key in formats[0]["properties"] if all(
            key in f["properties"] and (key == "format" or f["properties"][key] == formats[0]["properties"][key])
            for f in formats)]
        self.heading(2, "`renditions`")
        self.lines += ["A map: a name of your choice (`[a-z0-9_-]`, up to 64 characters) and how that picture is made.", ""]
        shared = dict((key, formats[0]["properties"][key]) for key in common)
        def words(form):
            schema = form["properties"]["format"]
            return schema.get("enum") or [schema["const"]]

        known = [word for form in [*formats, original] for word in words(form)]
        shared["format"] = {**shared["format"], "enum": known}
        shared["format"].pop("const", None)
        shared["formats"] = {"type": "array", "items": {"enum": known[:-1]},
                             "description": several["properties"]["formats"]["description"] + " In place of format."}
        self.table(shared, ["format"])
        for form in formats:
            self.heading(3, " or ".join(f"`format: {word}`" for word in words(form)))
            self.table(form["properties"], leave_out=common)
        self.heading(3, "`quality` as a map")
        self.table(self.object_in(formats[0]["properties"]["quality"])["properties"])
        self.heading(3, "`format: original`")
        self.table(original["properties"], leave_out=["format"])

    def stages(self, stages):
        self.heading(2, "Stages")
        self.lines += ["A stage is a word (`- autorotate`) or a map of one key (`- resize: { width: 640 }`). Every stage also "
                       "takes `when`, a [condition](../pipelines.md#conditions): the stage is done only where it holds.", ""]
        done = {}
        for name, of in stages.items():
            twin = next((first for first, schema in done.items() if schema == of), None)
            if not twin:
                done[name] = of
        for name, of in done.items():
            twins = [other for other, schema in stages.items() if schema == of and other != name]
            self.heading(3, f"`{name}`")
            self.lines += [of["description"] + (f" Also written {choices(twins)}." if twins else ""), ""]
            forms = list(dict.fromkeys(self.short_forms(of)))
            if forms:
                self.lines += ["In short: " + ("; or ".join(forms)) + ".", ""]
            inner = self.object_in(of)
            self.table(inner.get("properties", {}), inner.get("required", []), leave_out=["when"])

    def positions(self):
        self.heading(2, "Positions")
        self.lines += ["`centre` (or `center`), `top`, `right`, `bottom`, `left`, and the corners: `left top`, `right top`, "
                       "`left bottom`, `right bottom`, in any order, with a space or a hyphen. `north`, `northeast` and so on "
                       "mean the same. Where something is cut, `entropy` and `attention` choose by content, and the name of an "
                       "earlier `classify` stage [keeps its boxes in view](../stages.md#resize).", ""]


def page_of(name, schema):
    if name == "pipeline":
        return PipelinePage(schema)
    page = Page(schema, is_written_by_sluice=name in ("sidecar", "error"))
    page.objects(schema, "", 2)
    return page


# Commands


def option_name(name):
    return ("-" if name["kind"] == "short" else "--") + name["name"]


def label(argument):
    value = f" <{argument['valueName']}>" if argument["kind"] == "option" else ""
    if argument["kind"] == "positional":
        return f"`<{argument['valueName']}>`"
    return ", ".join(f"`{option_name(name)}{value}`" for name in argument["names"])


def is_negation(argument, others):
    """Whether it is `--no-x` of an option `--x`."""
    name = (argument.get("preferredName") or {}).get("name", "")
    return name.startswith("no-") and any((o.get("preferredName") or {}).get("name") == name[3:] for o in others)


def usage(words, arguments):
    parts = [" ".join(words)]
    for argument in arguments:
        if is_negation(argument, arguments):
            continue
        if argument["kind"] == "positional":
            text = f"<{argument['valueName']}>"
        else:
            text = option_name(argument["preferredName"])
            text += f" <{argument['valueName']}>" if argument["kind"] == "option" else ""
        text += " ..." if argument.get("isRepeating") else ""
        parts.append(f"[{text}]" if argument["isOptional"] else text)
    return " ".join(parts)


def discussion(text):
    """Paragraphs; what begins with `Example` is shown as it is written."""
    lines = []
    for part in re.split(r"\n\s*\n", text.strip()):
        if re.match(r"Examples?:|Then:", part):
            shown = [re.sub(r"^(Examples?|Then):", "", line).strip() for line in part.split("\n")]
            lines += ["```text", *shown, "```", ""]
        else:
            lines += [one_line(part).replace("<", "&lt;"), ""]
    return lines


def commands_page(command):
    general = {"version", "help"}
    lines = ["# Commands", "", NOTE, "", command["abstract"], ""]
    lines += discussion(command["discussion"])
    subcommands = [c for c in command["subcommands"] if c["commandName"] != "help"]
    lines += ["| command | what it does |", "| --- | --- |"]
    for sub in subcommands:
        name = sub["commandName"]
        lines.append(f"| [`sluice {name}`](#sluice-{name}) | {cell(sub['abstract'])} |")
    lines += ["", "Every command takes `--help` and `--version`.", ""]
    for sub in subcommands:
        shown = [a for a in sub.get("arguments", [])
                 if a.get("shouldDisplay", True) and (a.get("preferredName") or {}).get("name") not in general]
        lines += [f"## `sluice {sub['commandName']}`", "", sub["abstract"], ""]
        lines += ["```text", usage(["sluice", sub["commandName"]], shown), "```", ""]
        lines += discussion(sub.get("discussion", ""))
        if shown:
            lines += ["| argument | meaning | default |", "| --- | --- | --- |"]
            for argument in shown:
                if is_negation(argument, shown):
                    continue
                default = argument.get("defaultValue")
                values = argument.get("allValues") or argument.get("allValueStrings") or []
                meaning = cell(argument.get("abstract", "")).replace("<", "&lt;")
                if values and not all(value in meaning for value in values):
                    meaning += " One of " + choices(values) + "."
                default = code(default) if default and default not in ("false", "true") else ""
                names = label(argument)
                if any(is_negation(other, shown) and other["abstract"] == argument["abstract"] for other in shown):
                    names += f", `--no-{argument['preferredName']['name']}`"
                lines.append(f"| {cell(names)} | {meaning} | {default} |")
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def pages(program):
    made = {}
    for name, file in PAGES.items():
        made[f"{file}.md"] = page_of(name, json.loads(ask(program, "schema", name))).text(*ABOUT[name])
    made["commands.md"] = commands_page(json.loads(ask(program, "--experimental-dump-help"))["command"])
    return made


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--check"]
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.exit(__doc__)
    stale = False
    for name, text in pages(pathlib.Path(arguments[0], "sluice")).items():
        file = FOLDER / name
        before = file.read_text() if file.exists() else ""
        if before == text:
            continue
        if "--check" in sys.argv:
            stale = True
            sys.stdout.writelines(difflib.unified_diff(
                before.splitlines(True), text.splitlines(True), f"Documentation/reference/{name}", f"{name}, made anew"))
        else:
            FOLDER.mkdir(exist_ok=True)
            file.write_text(text)
            print(f"Documentation/reference/{name}")
    if stale:
        print("The reference is not current: run `make reference`.", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
