"""What make says on a machine that lacks something: early, and with what to do."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import pytest
from conftest import outside_make

import lab
import setup
import store

ROOT = pathlib.Path(__file__).resolve().parents[3]


def make(tmp_path, programs, **variables):
    """Run make test where there are only these programs; each is a path, or the text of a shell script."""
    for name, program in {"sh": shutil.which("sh"), "make": shutil.which("make"), **programs}.items():
        if os.path.isabs(program):
            (tmp_path / name).symlink_to(program)
        else:
            (tmp_path / name).write_text(f"#!{shutil.which('sh')}\n{program}\n")
            (tmp_path / name).chmod(0o755)
    return subprocess.run([tmp_path / "make", "test", *(f"{k}={v}" for k, v in variables.items())], cwd=ROOT, text=True,
                          capture_output=True,
                          env={"PATH": str(tmp_path), "HOME": str(tmp_path), "SHELL": shutil.which("sh")})


@pytest.mark.parametrize("go, complaint", [
    (None, "Go is not installed"),
    ("echo go1.25.3", "Go 1.26 or newer is needed"),
    ("exit 1", "is not usable"),
])
def test_go(tmp_path, go, complaint):
    programs = {} if go is None else {"go": go}
    failed = make(tmp_path, programs, PYTHON=sys.executable)
    assert failed.returncode != 0
    assert complaint in failed.stderr
    assert "Traceback" not in failed.stderr


def test_no_python(tmp_path):
    failed = make(tmp_path, {})
    assert failed.returncode != 0
    assert "Python 3.11 or newer is needed; there is no python3 here" in failed.stderr


def test_an_empty_port_is_none():
    assert lab.choose_port("") == lab.choose_port(None)
    with pytest.raises(SystemExit, match="PORT is '0'; it must be a number"):
        lab.choose_port("0")


def test_benchmarks_need_linux(tmp_path):
    (tmp_path / "uname").write_text("#!/bin/sh\necho Darwin\n")
    (tmp_path / "uname").chmod(0o755)
    # as if the environment of the peers were still to be made
    failed = subprocess.run(["make", "-W", "mc/cmd/bench/convex/requirements.txt", "bench-convex", "PYTHON=false"],
                            cwd=ROOT, text=True, capture_output=True,
                            env={**outside_make(), "PATH": os.pathsep.join([str(tmp_path), os.environ["PATH"]])})
    assert failed.returncode != 0
    assert failed.stderr.startswith("make: benchmarks beside other programs bind these to a core, which needs Linux")
    assert failed.stdout == ""  # nothing was begun


def test_python_reads_utf8_in_any_locale(tmp_path):
    assert "UTF-8 mode: 1" in make(tmp_path, {"python3": 'echo "UTF-8 mode: $PYTHONUTF8"; exit 1'}).stdout


def test_old_python(tmp_path):
    # The very file, read by a Python that says it is old.
    old = tmp_path / "old.py"
    old.write_text("import runpy, sys\nsys.version_info = (3, 10, 4, 'final', 0)\nsys.version = '3.10.4 (old)'\n"
                   "sys.argv = sys.argv[1:]\nrunpy.run_path(sys.argv[0], run_name='__main__')\n")
    failed = subprocess.run([sys.executable, old, ROOT / "notebooks/machinery/setup.py"], text=True,
                            capture_output=True)
    assert failed.returncode != 0
    assert "Python 3.11 or newer is needed; this is 3.10.4" in failed.stderr


def test_a_program_of_one_s_own(tmp_path):
    """The two lines that README prints."""
    lines = re.search(r"^```sh\n(go mod init .*\n.*)\n```$", (ROOT / "README.md").read_text(), re.M)[1]
    assert len(lines.splitlines()) == 2
    (tmp_path / "main.go").write_text("""package main

import (
	"fmt"

	"projectpenalty/mc"
)

func main() { fmt.Println(mc.EffectiveRank([]float64{3, 3})) }
""")
    script = f"set -e\n{lines.replace('/path/to/this/checkout', str(ROOT))}\ngo run ."
    # Nothing is downloaded.
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path,
                          env={**os.environ, "GOPROXY": "off", "GOFLAGS": ""}, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "2\n"


def test_notebooks_that_do_not_exist_are_named():
    with pytest.raises(SystemExit, match="ONLY is '99'; it must be how the names of notebooks begin, from 00 to "):
        store.chosen(["00", "99"])
    assert [p.name for p in store.chosen(["00"])] == ["00_start_here.ipynb"]


def test_clean_leaves_nothing_but_results(tmp_path):
    shutil.copyfile(ROOT / "Makefile", tmp_path / "Makefile")
    kept = "notebooks/copy-shared.ipynb"  # a user's
    for name in (".venv/bin/python", ".cache/x", "site/index.html", "dist/x", "a/__pycache__/x.pyc",
                 "a/.pytest_cache/x", "notebooks/browser-test-1.ipynb", kept, "results/C7/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    for argument, left in (("RESULTS=", {"Makefile", kept, "results/C7/x"}), ("RESULTS=1", {"Makefile", kept})):
        subprocess.run(["make", "clean", argument], cwd=tmp_path, check=True, capture_output=True)
        assert {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()} == left


def test_nothing_is_installed_without_being_asked(tmp_path):
    nothing = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    (tmp_path / "go").write_text("#!/bin/sh\necho go1.26.0\n".replace("/bin/sh", shutil.which("sh")))
    (tmp_path / "go").chmod(0o755)
    failed = subprocess.run([sys.executable, ROOT / "notebooks/machinery/setup.py", "--arm64"], env=nothing,
                            text=True, capture_output=True)
    assert failed.returncode != 0
    assert "sudo apt install qemu-user-static" in failed.stderr and "make INSTALL=1" in failed.stderr


@pytest.mark.parametrize("port, complaint", [("eighty", "it must be a number"), ("70000", "from 1 to 65535")])
def test_port(port, complaint):
    failed = subprocess.run([sys.executable, ROOT / "notebooks/machinery/lab.py"], text=True,
                            capture_output=True, env={**os.environ, "PORT": port})
    assert failed.returncode != 0
    assert complaint in failed.stderr


def test_a_state_may_be_longer_than_the_name_of_a_file():
    assert setup.digest("x" * 300) == setup.digest("x" * 300) != setup.digest("x" * 301)


def test_another_python_leaves_what_the_user_has_in_the_lab(tmp_path, monkeypatch):
    monkeypatch.setattr(setup, "VENV", tmp_path)
    monkeypatch.setattr(setup, "run", lambda *command: subprocess.run([*command, "--without-pip"], check=True))
    kept = {"etc/lab/settings/theme", "etc/lab/workspaces/default", "share/jupyter/nbsignatures.db"}
    gone = {".packages", ".kernel", "bin/gonb", "lib/python3.0/x.py", "bench-training/ready",
            "share/jupyter/kernels/gonb/kernel.json"}
    for name in kept | gone:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    setup.make_environment()
    assert {name for name in kept | gone if (tmp_path / name).exists()} == kept
    assert (tmp_path / "bin/python").exists()


def test_a_copy_of_go_s_module_cache_is_removed():
    """Its folders are read-only until the set-up, which may be interrupted, changes that."""
    root = os.geteuid() == 0
    if root:  # whom no mode stops
        os.seteuid(65534)
    try:
        folder = pathlib.Path(tempfile.mkdtemp())
        (folder / "gonb/source").mkdir(parents=True)
        (folder / "gonb/source/go.mod").write_text("")
        (folder / "gonb/source").chmod(0o555)
        setup.remove(folder / "gonb")
        setup.remove(folder / "gonb")  # there may be none
        assert not list(folder.iterdir())
    finally:
        if root:
            os.seteuid(0)
        shutil.rmtree(folder)
