#!/usr/bin/env python3
"""Stands in for programs that change the system or need one that is not here, and checks what can be checked of the call: is
the unit, package, file or sub-command real? commands.py puts it on the PATH under each of their names."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request

REPOSITORY = pathlib.Path(os.environ["DOCUMENTED_REPOSITORY"])


class Wrong(Exception):
    pass


def expect(condition, complaint):
    if not condition:
        raise Wrong(complaint)


def split_options(arguments, with_value=()):
    """Options and the rest; options of `with_value` take the next argument."""
    options, rest, waiting = {}, [], None
    for argument in arguments:
        if waiting:
            options[waiting], waiting = argument, None
        elif argument.startswith("-") and len(argument) > 1:
            name, equals, value = argument.partition("=")
            if equals:
                options[name] = value
            elif name in with_value:
                waiting = name
            else:
                options[name] = True
        else:
            rest.append(argument)
    expect(not waiting, f"{waiting} needs a value")
    return options, rest


def run(*arguments, **more):
    return subprocess.run(arguments, **more).returncode


def real(name):
    """The program that has the name elsewhere on the PATH."""
    own = os.path.dirname(sys.argv[0])
    return shutil.which(name, path=os.pathsep.join(p for p in os.environ["PATH"].split(os.pathsep) if p != own))


# One function for each program


def sudo(arguments):
    expect(arguments and not arguments[0].startswith("-"), "sudo needs a command")
    return run(*arguments)


def apt(arguments):
    options, rest = split_options(arguments)
    expect(rest and rest[0] in ("install", "purge", "remove", "update"), f"apt {' '.join(arguments)}: what is that?")
    for package in rest[1:]:
        if package.endswith(".deb"):
            version = subprocess.run(["sluice", "--version"], capture_output=True, text=True, check=True).stdout.strip()
            engine = re.search(r"^version=(.+)$", (REPOSITORY / "Tests/Checks/onnxruntime.sh").read_text(), re.M)[1]
            made = rf"sluice_{re.escape(version)}|sluice-onnxruntime_{re.escape(engine)}"
            expect(re.fullmatch(rf"\./\.build/({made})_(amd64|arm64)\.deb", package),
                   f"{package}: `make deb` makes .build/sluice_{version}_ARCHITECTURE.deb, sluice-onnxruntime_{engine}_…")
        else:
            known = run("dpkg-query", "-W", package, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
            expect(known, f"{package} is not a package that the build or the tests install")
    return 0


def adduser(arguments):
    expect(len(arguments) == 2, "adduser USER GROUP")
    groups = [line.split()[1] for line in (REPOSITORY / "systemd/sluice.sysusers").read_text().splitlines()
              if line.startswith("u")]
    expect(arguments[1] in groups, f"the package has no group {arguments[1]}")
    return 0


def check_unit(name):
    unit = name if re.search(r"\.(service|socket|timer)$", name) else name + ".service"
    stem, _, kind = unit.rpartition(".")
    file = re.sub(r"@.*", "@", stem) + "." + ("service" if kind == "timer" else kind)
    expect((REPOSITORY / "systemd" / file).exists(), f"there is no unit {unit}")


def systemctl(arguments):
    verbs = {"start", "stop", "restart", "reload", "status", "enable", "disable", "edit", "cat", "show", "is-active"}
    _, rest = split_options(arguments)
    expect(rest and rest[0] in verbs, f"systemctl {' '.join(arguments)}: no such verb")
    expect(len(rest) > 1, "systemctl needs a unit")
    for unit in rest[1:]:
        check_unit(unit)
    return 0


def journalctl(arguments):
    options, rest = split_options(arguments, {"-u", "-g", "-p", "--since", "--until", "-n", "-o"})
    known = {"-u", "-g", "-p", "--since", "--until", "-n", "-o", "-f"}
    expect(set(options) <= known and not rest, f"journalctl {' '.join(arguments)}")
    check_unit(options["-u"])
    expect(options.get("-p", "info") in ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"), "-p")
    re.compile(options.get("-g", ""))
    return 0


def docker(arguments):
    options, rest = split_options(arguments, {"--tag", "--file"})
    expect(rest[:1] == ["build"] and len(rest) == 2, f"docker {' '.join(arguments)}")
    expect(pathlib.Path(options["--file"]).is_file() and pathlib.Path(rest[1]).is_dir(), "no such file or context")
    text = pathlib.Path(options["--file"]).read_text()
    for source in re.findall(r"^COPY (?!--from)(\S+) ", text, re.M):
        expect(source.startswith(".build/") or (REPOSITORY / source).exists(), f"{options['--file']} copies {source}, which is not there")
    return 0


def kubectl(arguments):
    import yaml
    options, rest = split_options(arguments, {"--filename", "-f"})
    expect(rest[:1] == ["apply"], f"kubectl {' '.join(arguments)}")
    documents = list(yaml.safe_load_all(pathlib.Path(options["--filename"]).read_text()))
    expect(all("kind" in document and "apiVersion" in document for document in documents), "not a manifest")
    return 0


def sbatch(arguments):
    """Runs every task of the array, one after the other, with the variables that Slurm sets."""
    options, rest = split_options(arguments)
    expect(len(rest) == 1, "sbatch SCRIPT")
    script = pathlib.Path(rest[0])
    array = re.search(r"^#SBATCH --array=(\d+)-(\d+)$", script.read_text(), re.M)
    expect(array, "the script has no array")
    first, last = int(array[1]), int(array[2])
    environment = dict(os.environ, SLURM_ARRAY_TASK_MIN=str(first), SLURM_ARRAY_TASK_MAX=str(last),
                       SLURM_ARRAY_TASK_COUNT=str(last - first + 1), SLURM_ARRAY_TASK_STEP="1")
    for setting in options.get("--export", "").split(","):
        if "=" in setting:
            environment.update([setting.split("=", 1)])
    codes = [run("bash", str(script), env=dict(environment, SLURM_ARRAY_TASK_ID=str(task)))
             for task in range(first, last + 1)]
    return max(codes)


def parallel(arguments):
    """GNU parallel as far as the documentation uses it: a line of input each, {#} and {}; without {} it comes last."""
    lines = sys.stdin.read().split("\n")[:-1]
    codes = []
    for number, line in enumerate(lines, 1):
        command = [a.replace("{#}", str(number)).replace("{}", line) for a in arguments]
        if not any("{}" in a or "{#}" in a for a in arguments):
            command.append(line)
        codes.append(run(*command))
    return max(codes, default=0)


def curl(arguments):
    """Real requests, to this machine only."""
    options, rest = split_options(arguments, {"--header", "--user"})
    expect(set(options) <= {"--silent", "--fail", "--header", "--user"}, f"curl {' '.join(arguments)}")
    for url in rest:
        expect(re.match(r"http://(127\.0\.0\.1|localhost)[:/]", url), f"{url} is not this machine")
        request = urllib.request.Request(url)
        if "--header" in options:
            request.add_header(*options["--header"].split(": ", 1))
        if "--user" in options:
            import base64
            request.add_header("Authorization", "Basic " + base64.b64encode(options["--user"].encode()).decode())
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
                sys.stdout.write(answer.read().decode())
        except urllib.error.HTTPError as error:
            raise Wrong(f"{url}: {error}")
    return 0


def openssl(arguments):
    expect(arguments[:2] == ["rand", "-hex"] and len(arguments) == 3, f"openssl {' '.join(arguments)}")
    print(os.urandom(int(arguments[2])).hex())
    return 0


def make(arguments):
    """What it would run; the words have to be targets and variables of the Makefile."""
    text = (REPOSITORY / "Makefile").read_text()
    for argument in arguments:
        name, equals, _ = argument.partition("=")
        if equals:
            expect(re.search(rf"^{name} *[:?]?=|\$\((if )?{name}\b", text, re.M), f"the Makefile has no variable {name}")
        else:
            expect(re.search(rf"^{re.escape(name)}:.*## ", text, re.M), f"the Makefile has no target {name}")
    return run(real("make"), "-n", "-C", str(REPOSITORY), *arguments, stdout=subprocess.DEVNULL)


def swift(arguments):
    expect(arguments[:1] in (["build"], ["test"], ["format"]), f"swift {' '.join(arguments)}")
    return 0


PROGRAMS = {function.__name__: function for function in (
    sudo, apt, adduser, systemctl, journalctl, docker, kubectl, sbatch, parallel, curl, openssl, make, swift)}


def main():
    name = os.path.basename(sys.argv[0])
    try:
        return PROGRAMS[name](sys.argv[1:])
    except Wrong as wrong:
        print(f"{name}: {wrong}", file=sys.stderr)
        return 97


if __name__ == "__main__":
    sys.exit(main())
