#!/usr/bin/env python3
"""Set up what the notebooks need, in .venv of this checkout: JupyterLab and the Go kernel (GoNB).

Run by make lab and make test. The first time needs a network; afterwards it only checks. With --test it also
sets up what the tests need, with --image what the test of the image needs, and with --kernel it installs the
kernel for the JupyterLab or VS Code that the user has. With --check it installs staticcheck alone, with --cluster and
--arm64 it looks for Slurm and for an emulator alone. Only --install lets it add Debian's packages to the system.
"""

import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
TOOLS = HERE / "tools"
REQUIREMENTS = HERE / "requirements.txt"
TEST_REQUIREMENTS = HERE / "requirements-test.txt"
GO = (1, 26)
PYTHON = (3, 11)
# What the virtual environment, its packages and the kernels have in .venv.
OF_PYTHON = ("bin", "include", "lib", "lib64", "pyvenv.cfg", "share/jupyter/kernels", "share/jupyter/labextensions",
             "share/jupyter/lab/static")
STATICCHECK = "staticcheck", "staticcheck"
GONB = "github.com/janpfeifer/gonb"


def main():
    start = time.monotonic()
    check_python()
    go = check_go()
    if "--check" in sys.argv:
        VENV.mkdir(exist_ok=True)
        together(Job(*STATICCHECK, digest(*TOOLS.glob("go.*"), go), install_staticcheck))
        return
    if "--cluster" in sys.argv:
        find("make test-cluster needs Slurm and munge", {"slurmctld": "slurm-wlm", "munged": "munge"})
        return
    if "--arm64" in sys.argv:
        find("make test-arm64 needs qemu-aarch64-static", {"qemu-aarch64-static": "qemu-user-static"})
        return
    tests = "--test" in sys.argv or "--image" in sys.argv
    once("virtual-environment", "virtual environment", digest(sys.version, VENV), make_environment)
    together(
        Job("packages", "Python packages", digest(REQUIREMENTS), lambda job: install_packages(job, REQUIREMENTS)),
        Job("tools", "Go tools", digest(__file__, *TOOLS.glob("go.*"), go), install_tools),
        Job(*STATICCHECK, digest(*TOOLS.glob("go.*"), go), install_staticcheck) if "--test" in sys.argv else None,
        # Cells start fast because the packages that they import are compiled already.
        Job("toolkit", "toolkit", "", build_toolkit),
    )
    if tests:
        together(Job("test-packages", "Python packages of the tests", digest(TEST_REQUIREMENTS),
                     lambda job: install_packages(job, TEST_REQUIREMENTS)))
    once("kernel", "Go kernel for Jupyter", digest(__file__, go, ROOT, os.environ["PATH"], *kernel_flags().values()),
         lambda: (install_kernel(VENV / "share/jupyter"), set_jupyterlab()))
    if "--kernel" in sys.argv:
        install_for_user()
    if tests:
        find_chromium()
    if "--image" in sys.argv:
        find_containers()
    say(f"ready after {time.monotonic() - start:.1f} s")


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
    if "," in str(ROOT):
        stop(f"this checkout is in {ROOT}; the Go kernel needs a path without commas. Move it.")
    return version


def make_environment():
    if subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True).returncode:
        apt("the virtual environment needs Python's venv module. Install it (Debian: sudo apt install python3-venv).",
            "python3-venv")
    # Beside what belongs to one Python, the lab keeps settings, workspaces and the signatures of
    # trusted notebooks here; these stay. The stamps go first: what is interrupted begins anew.
    for path in [*(path for path in VENV.glob(".*") if path.is_file()), *(VENV / name for name in OF_PYTHON),
                 *VENV.glob("bench-*")]:
        remove(path)
    run(sys.executable, "-m", "venv", VENV)


def remove(path):
    """Remove a file or a folder, also one that was copied from Go's module cache, whose folders are read-only."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    for folder, _, _ in os.walk(path):
        os.chmod(folder, 0o755)
    shutil.rmtree(path)


class Job:
    """A part of the set-up that runs beside others, unless it was run for this state."""

    def __init__(self, name, what, state, action):
        self.what, self.state, self.action = what, state, action
        self.stamp = VENV / f".{name}"
        self.done, self.of, self.failure = 0, 0, None
        self.seconds, self.finished = 0, False

    def needed(self):
        return not (self.state and self.stamp.exists() and self.stamp.read_text() == self.state)

    def run(self):
        start = time.monotonic()
        try:
            self.action(self)
            self.stamp.write_text(self.state)
        except subprocess.CalledProcessError as failure:
            self.failure = f"this failed: {shlex.join(failure.cmd)}\n{failure.output}"
        except Exception as failure:  # whatever it is, the others must not wait for this job
            self.failure = f"{self.what}: {failure}"
        finally:
            self.seconds, self.finished = time.monotonic() - start, True

    def count(self, command, line, of, environment={}):
        """Run a command, and count the lines of its output that match."""
        command, self.of, last = list(map(str, command)), self.of + of, []
        with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, text=True,
                              errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            for text in process.stdout:
                self.done += bool(re.match(line, text))
                last = [*last[-30:], text]
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command, "".join(last))

    def __str__(self):
        # Neither pip nor go says beforehand how much of it is in a cache.
        return f"{self.what} {min(self.done, self.of)}/{self.of}" if self.of else self.what


def together(*jobs):
    """Run the jobs that are needed at the same time, and count."""
    jobs = [job for job in jobs if job and job.needed()]
    threads = [threading.Thread(target=job.run, daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    start = shown = time.monotonic()
    terminal, told = sys.stdout.isatty(), set()
    while not all(job.finished for job in jobs):
        time.sleep(0.1)
        for job in (j for j in jobs if j.finished and j not in told):
            told.add(job)
            if job.failure:
                stop(job.failure)
            if job.seconds > 1:
                line(f"set-up: {job.what}: {job.seconds:.0f} s", end="\n", terminal=terminal)
        if time.monotonic() - shown > (0.5 if terminal else 15):
            shown = time.monotonic()
            line(f"set-up: {shown - start:.0f} s: {', '.join(str(j) for j in jobs if not j.finished)}",
                 end="" if terminal else "\n", terminal=terminal)
    for job in jobs:
        if job.failure:
            stop(job.failure)
    if terminal:
        line("", end="", terminal=True)


def line(text, end, terminal):
    print(("\r\033[K" if terminal else "") + text, end=end, flush=True)


def install_packages(job, requirements):
    # Each package is pinned with the hashes of its files; pip takes no other.
    job.count([BIN / "python", "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar=off",
               "--no-color",
               "--require-hashes", "--requirement", requirements],
              r"Collecting |Requirement already satisfied", len(re.findall(r"^\S+==", requirements.read_text(), re.M)))


def install_tools(job):
    """gopls, goimports and GoNB, in the versions of tools/go.mod.

    GoNB waits 12 s before it first asks gopls for anything, and again 12 s if Tab was pressed before. A second
    request to end, which JupyterLab may send, makes it panic, and so does a channel that is closed as it ends. It
    kills a cell 5 s after the interrupt, whose run so far is then lost: a step of a large problem, and the pictures
    that the cell draws of the run, take up to some ten seconds. It is built from a copy that asks every 0.2 s, ends
    once, and leaves an interrupted cell a minute; who does not want to wait restarts the kernel.
    """
    source, pinned = VENV / "gonb/source", VENV / "gonb/go.mod"
    output = subprocess.run(["go", "-C", str(TOOLS), "mod", "download", "-json", GONB], capture_output=True, text=True,
                            cwd=ROOT, env=plain())
    if output.returncode:
        raise subprocess.CalledProcessError(1, output.args, output.stdout + output.stderr)
    remove(source.parent)
    shutil.copytree(json.loads(output.stdout)["Dir"], source, copy_function=shutil.copyfile)
    for folder in [source, *source.rglob("*")]:
        folder.chmod(0o755 if folder.is_dir() else 0o644)
    patch(source / "internal/goexec/goplsclient/exec.go", "<-time.After(ConnectTimeout)",
          "<-time.After(200 * time.Millisecond)", 2)
    patch(source / "internal/kernel/kernel.go", "\tstop chan struct{}\n",
          "\tstop chan struct{}\n\tstopping atomic.Bool\n", 1)
    patch(source / "internal/kernel/kernel.go", "\tclose(k.stop)\n",
          "\tif k.stopping.Swap(true) {\n\t\treturn\n\t}\n\tclose(k.stop)\n", 1)
    patch(source / "internal/dispatcher/dispatcher.go", "\t\t\t\tcase msg := <-ch:\n",
          "\t\t\t\tcase msg, more := <-ch:\n\t\t\t\t\tif !more {\n\t\t\t\t\t\treturn\n\t\t\t\t\t}\n", 1)
    patch(source / "internal/jpyexec/jpyexec.go", "var WaitToKill = 5 * time.Second", "var WaitToKill = time.Minute", 1)
    pinned.write_text(f"{(TOOLS / 'go.mod').read_text()}\nreplace {GONB} => {json.dumps(str(source))}\n")
    shutil.copyfile(TOOLS / "go.sum", pinned.with_suffix(".sum"))
    compile_tools(job, pinned, GONB, "golang.org/x/tools/gopls", "golang.org/x/tools/cmd/goimports")
    shutil.rmtree(source.parent)


def patch(file, old, new, places):
    text = file.read_text()
    if text.count(old) != places:
        raise OSError(f"GoNB has {text.count(old)} times {old.strip()!r} in {file.name}, not {places}; "
                      "mend install_tools in setup.py")
    file.write_text(text.replace(old, new))


def install_staticcheck(job):
    compile_tools(job, TOOLS / "go.mod", "honnef.co/go/tools/cmd/staticcheck")


def build_toolkit(job):
    job.count(["go", "build", "-v", "./..."], r"^\S+$", packages("./..."), kernel_flags())
    if (ROOT / "viz").exists():  # the image runs the set-up before it has the sources
        # The program that draws the pictures that cells show.
        job.count(["go", "build", "-o", BIN / "penalty-draw", "./viz/cmd/draw"], "$^", 0, kernel_flags())


def compile_tools(job, pinned, *tools):
    job.count(["go", "-C", TOOLS, "install", "-v", f"-modfile={pinned}", *tools], r"^[^:]+$",
              packages("-C", TOOLS, f"-modfile={pinned}", *tools), plain())


def packages(*arguments):
    """How many packages go compiles for what the arguments name."""
    arguments = list(map(str, arguments))
    where = arguments[:2] if arguments[0] == "-C" else []
    listing = subprocess.run(["go", *where, "list", "-deps", *arguments[len(where):]], capture_output=True, text=True,
                             cwd=ROOT, env=plain())
    return len(listing.stdout.splitlines())


def plain():
    """The environment in which tools are built: the user's flags are not for them."""
    return {**os.environ, "GOBIN": str(BIN), "GOFLAGS": "", "GOWORK": "off"}


def kernel_flags():
    """What the environment of cells adds to the user's.

    Without DWARF a cell links in half the time, and without cgo its program runs on any node of a cluster.
    The kernel keeps each notebook in a workspace; GOWORK=auto lets it, whatever the user chose.
    """
    flags, left_out = with_flag(go_env("GOFLAGS"), "-ldflags", "-w")
    return {"CGO_ENABLED": "0", "GOFLAGS": flags, "GOWORK": "auto"}


def go_env(name):
    return subprocess.run(["go", "env", name], capture_output=True, text=True, cwd=ROOT).stdout.strip()


def with_flag(goflags, name, value):
    """The user's GOFLAGS with a value added to one flag, and what was left out since workspaces refuse it."""
    found = ["".join(parts) for parts in re.findall(r"'([^']*)'|\"([^\"]*)\"|(\S+)", goflags)]
    refused = [flag for flag in found if re.match(r"--?(mod|modfile)=", flag)]
    old = [flag.partition("=")[2] for flag in found if re.match(f"-?{name}=", flag)]
    kept = [flag for flag in found if flag not in refused and not re.match(f"-?{name}=", flag)]
    kept.append(f"{name}={' '.join([*old[-1:], value])}")
    return " ".join(f'"{flag}"' if "'" in flag else f"'{flag}'" if " " in flag else flag for flag in kept), refused


def install_kernel(data):
    """GoNB in a folder of Jupyter's data, with this toolkit in the workspace of every notebook."""
    _, refused = with_flag(go_env("GOFLAGS"), "-ldflags", "-w")
    if refused:
        say(f"GOFLAGS has {' '.join(refused)}; the kernel leaves it out, since Go's workspaces refuse it")
    path = os.pathsep.join([str(BIN), str(pathlib.Path(shutil.which("go")).parent), os.environ["PATH"]])
    run(BIN / "gonb", "--install", f"--go_work={ROOT}",
        # GoNB logs what people cannot use, such as traces of goroutines when Tab finds nothing.
        # Cells show their errors.
        "--logtostderr=false", "--stderrthreshold=3", "--log_file=/dev/null",
        env={"JUPYTER_DATA_DIR": str(data), "PATH": path})
    spec = data / "kernels/gonb/kernel.json"
    kernel = json.loads(spec.read_text())
    # The kernel calls go, gopls and goimports; a Jupyter started elsewhere may not have them on its
    # PATH.
    kernel["env"] = {**kernel.get("env", {}), "PATH": path, **kernel_flags()}
    kernel["metadata"] = {"project_penalty": str(ROOT)}
    spec.write_text(json.dumps(kernel, indent=2))


def set_jupyterlab():
    """The defaults of the lab, which a user can change in its settings."""
    settings = VENV / "share/jupyter/lab/settings"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "overrides.json").write_text(json.dumps({
        # JupyterLab would ask a newcomer whether it may fetch news, and take charts that are
        # scrolled away off the page.
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
        "@jupyterlab/notebook-extension:tracker": {"windowingMode": "defer"},
        # It would drop completions that come later than after a second.
        "@jupyterlab/completer-extension:manager": {"providerTimeout": 15000},
        # Who runs a notebook to look at it does not change a file of the checkout.
        "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
        # After an open bracket GoNB has nothing to complete: the cell must parse.
        "@jupyterlab/codemirror-extension:plugin": {"defaultConfig": {"autoClosingBrackets": True}},
    }))


def install_for_user():
    """The same kernel where the user's own JupyterLab, Notebook or VS Code looks for kernels."""
    data = subprocess.run([BIN / "jupyter", "--data-dir"], capture_output=True, text=True, check=True).stdout.strip()
    folder = pathlib.Path(data) / "kernels/gonb"
    spec = folder / "kernel.json"
    if spec.exists() and "project_penalty" not in json.loads(spec.read_text()).get("metadata", {}):
        stop(f"another kernel of this name is in {folder}. Remove it (rm -r {shlex.quote(str(folder))}), "
             f"then run make kernel again.")
    install_kernel(pathlib.Path(data))
    say(f"the kernel \"Go (gonb)\" is in {folder}. JupyterLab, Notebook and VS Code of this user find it there.\n"
        f"  It needs this checkout. To remove it: rm -r {shlex.quote(str(folder))}")


def find_chromium():
    """The browser of the browser tests: CHROMIUM, or one of the usual names, or Debian's package if
    that was asked for."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    if os.environ.get("CHROMIUM") or any(map(shutil.which, names)):
        return
    apt("the browser tests need Chromium. Install it (Debian: sudo apt install chromium), "
        "or name one with CHROMIUM=/path/to/chrome.", "chromium", "fonts-dejavu-core")


def find(what, programs):
    """Debian's packages of programs that are missing, if that was asked for."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    missing = [package for program, package in programs.items() if not shutil.which(program, path=path)]
    if missing:
        apt(f"{what}. Install what is missing (Debian: sudo apt install {' '.join(missing)}).", *missing)


def find_containers():
    """What builds and runs the image, and what makes the Debian that it starts from unless BASE names one."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    docker = shutil.which("docker") and subprocess.run(["docker", "info"], capture_output=True).returncode == 0
    wanted = ([] if docker else ["podman", "buildah", "runc"]) + ([] if os.environ.get("BASE") else ["mmdebstrap"])
    missing = [p for p in wanted if not shutil.which(p, path=path)]
    if missing:
        apt("the test of the image needs Docker, or podman; and mmdebstrap, or BASE=… that names a Debian. "
            f"Install what is missing (Debian: sudo apt install {' '.join(missing)}).", *missing)


def apt(otherwise, *names):
    """Install Debian's packages if that was asked for and we may; else stop and say what to do."""
    if "--install" not in sys.argv:
        stop(f"{otherwise} As root, make INSTALL=1 … does so.")
    if not shutil.which("apt-get") or os.geteuid() != 0:
        stop(otherwise)
    say(f"Debian's packages, as asked: {', '.join(names)}")
    run("apt-get", "update", "--quiet=2", quiet=True)
    run("apt-get", "install", "--yes", "--quiet=2", "--no-install-recommends", *names,
        env={"DEBIAN_FRONTEND": "noninteractive"}, quiet=True)


def once(name, what, state, action):
    """Run the action unless it was run for this state."""
    stamp = VENV / f".{name}"
    if stamp.exists() and stamp.read_text() == state:
        return
    start = time.monotonic()
    action()
    stamp.write_text(state)
    say(f"{what}: {time.monotonic() - start:.0f} s")


def digest(*parts):
    h = hashlib.sha256()
    for part in sorted(map(str, parts)):
        # os.path.isfile is False of what no file may be called, such as a PATH.
        h.update(pathlib.Path(part).read_bytes() if os.path.isfile(part) else part.encode())
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
