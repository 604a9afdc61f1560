"""What needs no engine of the image: what goes into it, and what its start does with a user's files."""

import fnmatch
import pathlib
import subprocess

import nbformat
import pytest

import prose

ROOT = pathlib.Path(__file__).resolve().parents[3]
IGNORE = (ROOT / "docker/Dockerfile.dockerignore").read_text().splitlines()


def taken(name):
    """Whether docker copies a file of the checkout: the last line that matches it or a folder around it says."""
    answer, parts = True, name.split("/")
    for line in IGNORE:
        if line.startswith("#"):
            continue
        pattern = line.removeprefix("!").split("/")
        starts = [0]
        if pattern[0] == "**":  # any folder
            pattern, starts = pattern[1:], range(len(parts))
        if any(len(parts) >= at + len(pattern) and all(map(fnmatch.fnmatchcase, parts[at:], pattern))
               for at in starts):
            answer = line.startswith("!")
    return answer


def test_what_goes_into_the_image():
    for name in ("notebooks/mine/ratings.csv", "notebooks/ratings.csv", "notebooks/mine.ipynb", "notebooks/results/a",
                 "notebooks/daylight.csv", "ratings.jsonl", "mc/data/ml-100k/u.data", ".git/config"):
        assert not taken(name), name
    if not prose.tracked():
        pytest.skip("this is no checkout of git, which lists what is to go in")
    for name in subprocess.run(["git", "ls-files", "notebooks", "mc", "viz", "docker"], cwd=ROOT, check=True, text=True,
                               capture_output=True).stdout.splitlines():
        assert taken(name), name


def test_an_unreadable_notebook_is_passed_over(monkeypatch, tmp_path, capsys):
    monkeypatch.syspath_prepend(ROOT / "docker")
    start = __import__("start")
    monkeypatch.setattr(start, "ROOT", tmp_path)
    monkeypatch.setattr(start, "WORK", tmp_path / "work")
    for folder in "notebooks", "work", "work/00_a.ipynb":  # the last where a file should be
        (tmp_path / folder).mkdir()
    for name in "00_a.ipynb", "01_b.ipynb":
        nbformat.write(nbformat.v4.new_notebook(), tmp_path / "notebooks" / name)
    assert start.notebooks(tmp_path / "state")
    assert (tmp_path / "work/01_b.ipynb").is_file()
    assert capsys.readouterr().err.startswith("start: 00_a.ipynb is left as it is: ")
