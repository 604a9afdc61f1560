#!/usr/bin/env python3
"""Set up what the notebooks need, into .venv of this checkout: JupyterLab and the Go kernel (GoNB).

Run by make lab and make test. The first time takes about two minutes and needs a network; afterwards a check that
takes a second. With --test, also see to a Chromium for the browser tests and an emulator for those of the arm64
kernels; with --image, to a Chromium and containers for the test of the image.
"""

import hashlib
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
BIN = VENV / "bin"
REQUIREMENTS = ROOT / "notebooks/machinery/requirements.txt"
TEST_REQUIREMENTS = ROOT / "notebooks/machinery/requirements-test.txt"
GO = (1, 26)
PYTHON = (3, 11)


def main():
    check_python()
    go = check_go()
    once("Python packages: JupyterLab (about a minute)", "packages", digest(REQUIREMENTS, sys.version, VENV), install_packages)
    once("Go tools: the GoNB kernel, gopls, goimports (about a minute)", "tools",
         digest(*(ROOT / "notebooks/machinery/tools").glob("go.*"), go), install_tools)
    once("Go kernel for Jupyter", "kernel", digest(__file__, go, str(ROOT), os.environ["PATH"]), install_kernel)
    # Cells start fast because the packages that they import are compiled already.
    run("go", "build", "./...")
    if (ROOT / "viz").exists():  # the image runs the set-up before it has the sources
        run("go", "build", "-o", BIN / "penalty-draw", "./viz/cmd/penalty-draw")  # draws the pictures that cells show
    if "--test" in sys.argv or "--image" in sys.argv:
        once("Python packages of the tests", "test-packages", digest(TEST_REQUIREMENTS), lambda: pip(TEST_REQUIREMENTS))
        find_chromium()
    if "--test" in sys.argv:
        find_slurm()
        find_qemu()
    if "--image" in sys.argv:
        find_containers()


def check_python():
    if sys.version_info < PYTHON:
        stop(f"Python {'.'.join(map(str, PYTHON))} or newer is needed; this is {sys.version.split()[0]}. "
             "Name another one with make PYTHON=python3.12 ….")


def check_go():
    go = shutil.which("go")
    if not go:
        stop("Go is not installed, or not on the PATH. Get 1.26 or newer from go.dev/dl.")
    version = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, cwd=ROOT).stdout.strip()
    found = re.match(r"go(\d+)\.(\d+)", version)
    if not found or tuple(map(int, found.groups())) < GO:
        stop(f"Go {GO[0]}.{GO[1]} or newer is needed; {go} is {version or 'not usable'}.")
    return version


def install_packages():
    if not made_here():
        if subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True).returncode:
            apt("the virtual environment needs Python's venv module. Install it (Debian: sudo apt install python3-venv).",
                "python3-venv")
        run(sys.executable, "-m", "venv", "--clear", VENV)
    pip(REQUIREMENTS)


def pip(requirements):
    # Each package is pinned with the hashes of its files; pip takes no other.
    run(BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes",
        "--requirement", requirements)


def made_here():
    """Whether the virtual environment was made in this place, with this Python: it works nowhere else and with no other."""
    try:
        made = dict(line.split(" = ", 1) for line in (VENV / "pyvenv.cfg").read_text().splitlines())
        return made["version"] == sys.version.split()[0] and made["command"].endswith(f" {VENV}")
    except (OSError, ValueError, KeyError):
        return False


def install_tools():
    run("go", "-C", "notebooks/machinery/tools", "install", "tool", env={"GOBIN": str(BIN), "GOFLAGS": ""})


def install_kernel():
    data = VENV / "share/jupyter"
    path = os.pathsep.join([str(BIN), str(pathlib.Path(shutil.which("go")).parent), os.environ["PATH"]])
    run(BIN / "gonb", "--install", "--logtostderr=false", env={"JUPYTER_DATA_DIR": str(data), "PATH": path})
    spec = data / "kernels/gonb/kernel.json"
    kernel = json.loads(spec.read_text())
    # The kernel calls go, gopls and goimports; a Jupyter started elsewhere may not have them on its PATH.
    kernel.setdefault("env", {})["PATH"] = path
    spec.write_text(json.dumps(kernel, indent=2))
    # JupyterLab would ask a newcomer whether it may fetch news, and take charts that are scrolled away off the page.
    settings = data / "lab/settings"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "overrides.json").write_text(json.dumps({
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
        "@jupyterlab/notebook-extension:tracker": {"windowingMode": "defer"},
    }))


def find_chromium():
    """The browser of the browser tests: CHROMIUM, or one of the usual names, or Debian's package if we may install it."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    if os.environ.get("CHROMIUM") or any(map(shutil.which, names)):
        return
    say("Chromium for the browser tests (about a minute)")
    apt("the browser tests need Chromium. Install it (Debian: sudo apt install chromium), "
        "or name one with CHROMIUM=/path/to/chrome.", "chromium", "fonts-dejavu-core")


def find_slurm():
    """The cluster of the test of sweeps, from Debian's packages if we may install them; without, that test is left out."""
    missing = [p for p, program in (("slurm-wlm", "slurmctld"), ("munge", "munged"))
               if not shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")]
    if not missing:
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        say("there is no Slurm, so the test of sweeps on it is left out (Debian: sudo apt install slurm-wlm munge)")
        return
    say("Slurm for the test of sweeps (half a minute)")
    apt("", *missing)


def find_qemu():
    """The emulator by which the arm64 kernels are tested elsewhere. Without it, and where Debian's may not be installed, they are not."""
    if platform.machine() in ("aarch64", "arm64") or shutil.which("qemu-aarch64-static"):
        return
    if not may_install():
        say("no qemu-aarch64-static: the arm64 kernels are not tested (Debian: sudo apt install qemu-user-static)")
        return
    say("qemu for the tests of the arm64 kernels")
    apt("", "qemu-user-static")


def find_containers():
    """What builds and runs the image, and what makes the Debian that it starts from unless BASE names one."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    docker = shutil.which("docker") and subprocess.run(["docker", "info"], capture_output=True).returncode == 0
    wanted = ([] if docker else ["podman", "buildah", "runc"]) + ([] if os.environ.get("BASE") else ["mmdebstrap"])
    missing = [p for p in wanted if not shutil.which(p, path=path)]
    if missing:
        say("Containers for the test of the image (half a minute)")
        apt("the test of the image needs Docker, or podman; and mmdebstrap, or BASE=… that names a Debian. "
            f"Install them (Debian: sudo apt install {' '.join(missing)}), or run it as root.", *missing)


def may_install():
    return shutil.which("apt-get") and os.geteuid() == 0


def apt(otherwise, *packages):
    """Install Debian's packages if we may; else stop and say what to do."""
    if not may_install():
        stop(otherwise)
    run("apt-get", "update", "--quiet=2", quiet=True)
    run("apt-get", "install", "--yes", "--quiet=2", "--no-install-recommends", *packages,
        env={"DEBIAN_FRONTEND": "noninteractive"}, quiet=True)


def once(what, name, state, action):
    """Run the action unless it was run for this state."""
    stamp = VENV / f".{name}"
    if stamp.exists() and stamp.read_text() == state:
        return
    say(what)
    start = time.monotonic()
    action()
    stamp.write_text(state)
    say(f"  done in {time.monotonic() - start:.0f} s")


def digest(*parts):
    h = hashlib.sha256()
    for part in sorted(map(str, parts)):
        path = pathlib.Path(part)
        h.update(path.read_bytes() if len(part) < 4096 and path.is_file() else part.encode())
    return h.hexdigest()


def run(*command, env=None, quiet=False):
    out = subprocess.run(list(map(str, command)), cwd=ROOT, env={**os.environ, **(env or {})}, text=True,
                         stdout=subprocess.PIPE if quiet else None, stderr=subprocess.STDOUT if quiet else None)
    if out.returncode:
        if quiet:
            print(out.stdout[-4000:], file=sys.stderr)
        stop(f"this failed: {' '.join(map(str, command))}")


def say(text):
    print(f"set-up: {text}", flush=True)


def stop(text):
    sys.exit(f"set-up: {text}")


if __name__ == "__main__":
    main()
