"""The text of the repository: phrases that a reader stumbles over, broken tables, and lines that are too long.

python prose.py         every file of the repository
python prose.py FILE…   these
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
WIDTH, PROSE = 120, 100  # columns of code, and of comments and Markdown, a tab being four
SUFFIXES = {".go", ".md", ".py", ".js", ".sh", ".cff", ".yaml", ".yml", ".ipynb"}
NAMES = {"Makefile", "Dockerfile", "run"}
# Programs write these, from texts that are checked themselves. This file and its test spell the
# phrases out.
WRITTEN = {"notebooks/LEDGER.md", "notebooks/machinery/prose.py", "notebooks/machinery/tests/test_prose.py"}
MADE = {".venv", ".cache", ".pytest_cache", "__pycache__", ".ipynb_checkpoints", "results", "site", "dist"}
GENERATED = re.compile(r"^(//|#) Code generated .* DO NOT EDIT\.$", re.M)

# What is found, and what to write. A pattern is of prose: no name or expression of code matches it.
PHRASES = [(re.compile(pattern), better) for pattern, better in [
    (r"\b[Uu]nseen (entr|rating|value|measurement|part)", "unobserved"),
    (r"\b[Ss]een (entr|rating|value|measurement|one)s?", "observed"),
    (r"(\b([Ee]ntr(y|ies)|[Rr]atings?|matrix|half|rows?|columns?|\d[\d,.]*|blocks)|%d)"
     r"( that)?( is| are| was| were)?( all| not)? (un)?seen\b", "observed"),
    (r"\b[Ww]hat is (not )?(un)?seen\b", "observed entries, unobserved entries"),
    (r"\bnothing is seen\b", "no entry is observed"),
    (r"\bso[- ]manieth\b", "one step in n"),
    (r"\btold (the|its|their|a|no) (true )?rank\b|\bas nobody is\b", "true rank given"),
    (r"\b(function|notebook|file|verdict|chart) a (question|claim|method|verdict)\b", "per"),
    (r"\b(bytes|operations|numbers|steps|times|reads|MB|GB|points|frames) a (second|minute)\b", "per second"),
    (r"\bkept apart\b", "held out"),
    (r"\bis amiss\b", "name the residual"),
    (r"\bfrom the side of (a|an|its|the) \w+", "say what it does"),
    (r"\b(is|are) (a )?spare\b", "scratch"),
    (r"\bwhat they make of\b", "their error on"),
    (r"\bthe part of (the )?(runs|seeds|entries|steps)\b", "the fraction of"),
    (r"\b[Tt]he other way round\b", "and vice versa"),
    (r"\bis worth what the\b", "is only as good as"),
    (r"\bas hard for a\b", "with equal tuning effort"),
    (r"\bno such rule\b", "0 disables the rule"),
    (r"\b(early|earlier) stops?\b", "early stopping"),
    (r"\bgrid of (all )?settings searched\b", "grid search"),
    (r"\bon (the )?spot\b", "in place"),
]]


def main(arguments):
    found = [f"{name}:{fault}" for name in arguments or files() for fault in faults(name)]
    if found:
        sys.exit("\n".join([*found, f"{len(found)} lines to mend"]))


def tracked():
    return (ROOT / ".git").exists() and shutil.which("git")


def files():
    """The names of the tracked files or, where this is no checkout of git, of all but what make writes."""
    if tracked():
        names = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
        return [name for name in names if (ROOT / name).is_file()]
    names = []
    for folder, inner, found in os.walk(ROOT):
        inner[:] = set(inner) - MADE
        names += [(pathlib.Path(folder) / name).relative_to(ROOT).as_posix() for name in found]
    return sorted(names)


def faults(name):
    """What is wrong with a file of the repository, as line: words."""
    path = pathlib.PurePosixPath(name)
    if name in WRITTEN or "testdata" in path.parts or path.suffix not in SUFFIXES and path.name not in NAMES:
        return []
    return faults_in((ROOT / name).read_text(encoding="utf-8"), path.suffix)


def faults_in(text, suffix):
    if GENERATED.search(text):
        return []
    found = []
    for number, line, wide in lines(text, suffix):
        for pattern, better in PHRASES:
            if match := pattern.search(line):
                found.append(f"{number}: {match[0]!r}: write {better!r}")
        if suffix in (".md", ".ipynb") and re.match(r"\s*\|.*[^|\s]\s*$", line):
            found.append(f"{number}: a row of a table ends with |: {line.strip()!r}")
        most = PROSE if suffix == ".md" or re.match(r"\s*(//|#) \S", line) else WIDTH
        if wide and (columns := len(line.expandtabs(4))) > most:
            found.append(f"{number}: {columns} columns; at most {most}")
    return found


def lines(text, suffix):
    """The lines of a file with their numbers, and whether their length counts."""
    if suffix == ".ipynb":  # JSON, of whose cells a page wraps the text
        cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"]
        for k, line in enumerate("\n".join("".join(cell["source"]) for cell in cells).split("\n"), 1):
            yield f"text {k}", line, False
        return
    fenced = output = quoted = False
    for number, line in enumerate(text.split("\n"), 1):
        start = line.lstrip()
        if suffix == ".md":
            fenced ^= start.startswith("```")
            yield number, line, not fenced and not start.startswith(("|", "#")) and not unbreakable(line)
            continue
        if suffix == ".py":  # programs, pages and styles within a program
            quoted ^= line.count('"""') % 2
            yield number, line, not (quoted and re.search(r"[{};<>=]", line)) and not unbreakable(line)
            continue
        # What an example prints is a line as long as what it prints.
        output = start.startswith("//") and (output or start.startswith(("// Output:", "// Unordered output:")))
        yield number, line, suffix and not output and not unbreakable(line)


def unbreakable(line):
    """Whether a line holds markup, JSON or data, which do not break where a sentence does, or a word as long as a line."""
    return re.search(r"https?://|!\[|<[a-z!/]+[ >]|\{\\?\"|\"\w+\\?\":|\\n[^\"]*\\n|\S{60}|^\s*`[^`]+`[)}]*,?$|^\| ", line) is not None


if __name__ == "__main__":
    main(sys.argv[1:])
