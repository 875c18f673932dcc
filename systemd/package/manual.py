#!/usr/bin/env python3
"""Manual pages, from what the programs say of themselves: the argument parser's description of the commands
(`sluice --experimental-dump-help`) and the schema of the configuration. What no parser knows (files, signals, exit
status) stands in man/*.man beside this file, by the page's name.
usage: manual.py SLUICE OUT"""
import datetime
import json
import os
import pathlib
import re
import subprocess
import sys

sluice, out = sys.argv[1], pathlib.Path(sys.argv[2])
own = pathlib.Path(__file__).parent / "man"


def ask(*arguments):
    return subprocess.run([sluice, *arguments], check=True, capture_output=True, text=True).stdout


version = ask("--version").strip()
when = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", datetime.datetime.now().timestamp())))


def escaped(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    text = text.replace("~", "\\(ti").replace("^", "\\(ha")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in text.split("\n"))


def bold(text):
    return f"\\fB{escaped(text)}\\fR"


def value(argument):
    return f"\\fI{escaped(argument['valueName'])}\\fR"


def name(of):
    return ("-" if of["kind"] == "short" else "--") + of["name"]


def label(argument):
    if argument["kind"] == "positional":
        return value(argument)
    names = ", ".join(bold(name(n)) for n in argument["names"])
    return f"{names} {value(argument)}" if argument["kind"] == "option" else names


def synopsis(argument):
    if argument["kind"] == "positional":
        text = value(argument)
    else:
        text = bold(name(argument["preferredName"]))
        if argument["kind"] == "option":
            text += " " + value(argument)
    if argument.get("isRepeating"):
        text += "..."
    return f"[{text}]" if argument["isOptional"] else text


def paragraphs(text):
    lines = []
    for part in re.split(r"\n\s*\n", text.strip()):
        lines.append(".PP")
        if part.startswith("Example: "):
            lines += ["Example:", ".PP", ".in +4n", ".nf", escaped(part.removeprefix("Example: ")), ".fi", ".in"]
        else:
            lines.append(escaped(" ".join(part.split())))
    return lines


def arguments(command):
    lines = []
    for argument in command.get("arguments", []):
        if not argument.get("shouldDisplay", True):
            continue
        text = argument.get("abstract", "")
        default = argument.get("defaultValue")
        if default and default not in ("false", "true") and "default" not in text:
            text += f" (default: {default})"
        lines += [".TP", label(argument), escaped(" ".join(text.split())) or "\\&"]
    return lines


def write(page, section, title, body):
    extra = own / f"{page}.man"
    text = [f'.TH {escaped(page.upper())} {section} "{when:%Y\\-%m\\-%d}" "sluice {version}" "Sluice"',
            ".SH NAME", f"{escaped(page)} \\- {escaped(title.rstrip('.'))}", *body]
    if extra.exists():
        text.append(extra.read_text().rstrip())
    (out / f"{page}.{section}").write_text("\n".join(text) + "\n")


def sentence(text):
    return text[:1].lower() + text[1:]


def command_page(command, parents):
    words = [*parents, command["commandName"]]
    body = [".SH SYNOPSIS", ".HP", bold(" ".join(words))]
    if command.get("subcommands"):
        body += ["\\fIcommand\\fR [\\fIarguments\\fR]"]
    body += [synopsis(a) for a in command.get("arguments", []) if a.get("shouldDisplay", True)]
    body += [".SH DESCRIPTION", *paragraphs(command.get("discussion") or command["abstract"])]
    subcommands = [c for c in command.get("subcommands", []) if c["commandName"] != "help"]
    if subcommands:
        body.append(".SH COMMANDS")
        for sub in subcommands:
            page = "-".join([*words, sub["commandName"]])
            body += [".TP", f".BR {escaped(page)} (1)", escaped(sub["abstract"])]
    body += [".SH OPTIONS", *arguments(command)]
    if parents:
        body += [".SH SEE ALSO", f".BR {escaped(parents[0])} (1)"]
    write("-".join(words), 1, sentence(command["abstract"]), body)
    for sub in subcommands:
        command_page(sub, words)


def kind(schema):
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(str(v) for v in schema["enum"])
    if "anyOf" in schema or "oneOf" in schema:
        return " | ".join(dict.fromkeys(kind(s) for s in schema.get("anyOf") or schema["oneOf"]))
    if schema.get("type") == "array":
        return f"list of {kind(schema.get('items', {}))}"
    if schema.get("type") == "object":
        return "map"
    if isinstance(schema.get("type"), list):
        return " | ".join(kind({"type": t}) for t in schema["type"])
    return {"string": "text", "integer": "number"}.get(schema.get("type"), schema.get("type", "value"))


def keys(schema, path):
    lines = []
    for key, of in schema.get("properties", {}).items():
        text = of.get("description", "")
        if "default" in of:
            text += f" (default: {of['default']})"
        here = f"{path}{key}"
        lines += [".TP", f"{bold(here)}: {escaped(kind(of))}", escaped(text) or "\\&"]
        lines += keys(of, here + ".")
        if isinstance(of.get("additionalProperties"), dict):
            lines += keys(of["additionalProperties"], here + ".NAME.")
    return lines


def configuration_page():
    schema = json.loads(ask("schema", "config"))
    body = [".SH DESCRIPTION", "What \\fBsluice watch\\fR and \\fBsluice.service\\fR do: a YAML file.",
            "\\fBsluice check\\fR \\fIfile\\fR tells every fault in it, \\fBsluice schema config\\fR prints this as JSON "
            "Schema.", ".SH KEYS", *keys(schema, "")]
    write("sluice.yaml", 5, "configuration of Sluice", body)


out.mkdir(parents=True, exist_ok=True)
command_page(json.loads(ask("--experimental-dump-help"))["command"], [])
configuration_page()
