"""The patches of CONTRIBUTING.md apply to this version, one after the other, and what they add
passes by the commands that stand below them."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import nbformat
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
SECTIONS = dict(re.findall(r"^## (.+)\n([\s\S]+?)(?=^## |\Z)", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE))


def block(section, language):
    """The only block in that language of a section."""
    found = re.findall(rf"^```{language}\n([\s\S]+?)^```$", SECTIONS[section], re.MULTILINE)
    assert len(found) == 1, (section, language)
    return found[0]


def copy(folder):
    """The files of this checkout, or, where it is none, all but what make lab made."""
    if not (ROOT / ".git").exists():
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".venv", ".cache", "__pycache__"))
        return
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0"):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)


@pytest.fixture(scope="module")
def contributed(tmp_path_factory):
    if not shutil.which("git"):
        pytest.skip("there is no git to apply patches by")
    folder = tmp_path_factory.mktemp("contributing") / "copy"
    copy(folder)
    # Git looks no further up for a checkout in which the patch would belong elsewhere.
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    for section in ("A penalty", "An optimiser", "A solver", "A claim"):
        done = subprocess.run(["git", "apply", "-"], cwd=folder, env=environment,
                              input=block(section, "diff"), capture_output=True, text=True)
        assert done.returncode == 0, f"the patch of {section!r} in CONTRIBUTING.md is of other code:\n{done.stderr}"
    return folder


@pytest.mark.parametrize("section, passed", [
    ("A penalty", ["TestStableRank", "ExampleStableRank", "TestPenalties/mc.StableRank{}", "TestCatalogIsComplete"]),
    ("An optimiser", ["ExampleYogi", "TestOptimizers/mc.Yogi{LearningRate:0,_Beta1:0,_Beta2:0,_Epsilon:0}",
                      "TestCatalogIsComplete"]),
    ("A solver", ["ExampleSVP", "TestSolvers/mc.SVP{Rank:2,_Rate:0,_Steps:0,_Tolerance:0}", "TestStandardIsComplete",
                  "TestCatalogIsComplete", "TestCheckpointOfSolvers"]),
])
def test_code_passes(contributed, section, passed):
    done = subprocess.run(block(section, "sh").strip() + " -v", shell=True, cwd=contributed,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [name for name in passed if f"--- PASS: {name} (" not in done.stdout] == []


@pytest.mark.parametrize("section, file, most", [
    ("A penalty", "mc/penalty_stablerank.go", 30),
    ("An optimiser", "mc/optimizer_yogi.go", 40),
    ("A solver", "mc/solver_svp.go", 60),
])
def test_code_is_short(section, file, most):
    """Lines of code, without blank ones and comments: what is added stays small enough to be read at once."""
    [added] = re.findall(rf"^\+\+\+ b/{re.escape(file)}\n@@.*@@\n((?:\+.*\n)+)", block(section, "diff"), re.MULTILINE)
    code = [line for line in added.splitlines() if not re.fullmatch(r"\+\s*(//.*)?", line)]
    assert 0 < len(code) <= most


def test_other_things_are_where_the_table_says():
    table = SECTIONS["Other things"]
    named = re.findall(r"\]\(([^)#]+)\)", table) + re.findall(r"`((?:mc|viz|notebooks)/[^` ]*)`", table)
    assert len(named) > 20
    assert [name for name in named if not list(ROOT.glob(name.replace("NAME", "*")))] == []


def test_claim_is_a_notebook_of_which_a_verdict_is_expected(contributed):
    """That it runs, and what it finds, is not repeated here: it differs from the template, which
    the tests run, in a penalty and in words."""
    expected = json.loads((contributed / "notebooks/machinery/tests/expected.json").read_text())["29_stable_rank"]
    notebook = nbformat.read(contributed / "notebooks/29_stable_rank.ipynb", as_version=4)
    nbformat.validate(notebook)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    claim = re.search(r'mc.Verdict{Claim: "([^"]+)"', code)[1]
    assert expected == f"claim {claim}: refuted"
    assert "Penalty: mc.StableRank{}" in code and "mc.Ratio" not in code
    assert "(29_stable_rank.ipynb)" in (contributed / "notebooks/README.md").read_text()
