"""The tests, with what each step took and the slowest tests at the end. The set-up has been done.

python run_tests.py            all that make test runs
python run_tests.py check      prose, format, vet, staticcheck and short tests of packages that changed, in a minute
python run_tests.py fuzz 60s   every fuzz target for that time; Go keeps an input that fails as a seed, in testdata/fuzz
python run_tests.py stress 10  the tests of kernel and browser so often, while other processes keep all cores busy;
                               rounds that passed are kept for this code, so the same call goes on
"""

import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

import prose

ROOT = pathlib.Path(__file__).resolve().parents[2]
MACHINERY = pathlib.Path(__file__).resolve().parent
TESTS = MACHINERY / "tests"
HIDDEN = ("./.ci/release", "./.ci/mutate")  # Go's ./... passes over folders whose name begins with a dot
CACHE = ROOT / ".cache"
SLOWEST = 10
PATIENT = "-timeout=2h"  # beside 40 other processes mc/mctest, 46 s of processor time, took more than Go's 10 minutes
BROWSER = ("browser", "charts", "frontends", "site")  # tests that share a server, a browser and the run of all charts

steps, slow = [], []  # (seconds, processor time, name), (seconds, name)


def main():
    os.chdir(ROOT)
    CACHE.mkdir(exist_ok=True)
    os.environ["PATH"] = os.pathsep.join([str(ROOT / ".venv/bin"), os.environ["PATH"]])
    what, *arguments = sys.argv[1:] or ["everything"]
    try:
        {"everything": everything, "check": check, "fuzz": fuzz, "stress": stress}[what](*arguments)
    except subprocess.CalledProcessError as failed:
        sys.exit(f"== failed: {' '.join(map(str, failed.cmd))}")
    finally:
        report()


def everything():
    step("prose", lambda: run(sys.executable, MACHINERY / "prose.py"))
    step("gofmt", formatted)
    step("go vet", lambda: run("go", "vet", "./...", *HIDDEN))
    step("staticcheck", lambda: run("staticcheck", "./...", *HIDDEN))
    step("go test", lambda: go_test("./...", *HIDDEN))
    step("go test of what mcsweep hands to Kubernetes, by its own types and a simulator",
         lambda: run("go", "-C", "mc/sweep/command/kubernetestest", "test", PATIENT, "./..."))
    # The kernels by themselves choose the best instructions; here by others that the processor has.
    # Tests of larger matrices have compared them bit by bit, and are left out.
    for instructions in ("portable", "avx2"):
        step(f"go test of the kernels, {instructions}",
             lambda: run("go", "test", PATIENT, "./mc/internal/kernel", "-short", "-rapid.checks=20",
                         PENALTY_KERNEL=instructions))
    rest = [file.stem.removeprefix("test_") for file in sorted(TESTS.glob("test_*.py"))]
    rest = [name for name in rest if name not in (*BROWSER, "notebooks")]
    step("kernel and browser", lambda: pytest(BROWSER, rest))
    step("notebooks", lambda: pytest(["notebooks"]))


def check():
    packages = changed()
    step("prose", lambda: run(sys.executable, MACHINERY / "prose.py"))
    step("gofmt", formatted)
    step("go vet", lambda: run("go", "vet", "./...", *HIDDEN))
    step("staticcheck", lambda: run("staticcheck", *(packages or ["./..."])))
    if packages:
        step(f"go test -short of what changed: {', '.join(packages)}", lambda: go_test("-short", *packages))


def changed():
    """The packages of the Go files that differ from the last commit or, if none does, from the one before.

    Without a checkout of git all packages count as changed, and a clone may have no commit before. What
    this system does not build is left out."""
    if not prose.tracked():
        return ["./..."]
    for against in output("git", "rev-list", "--max-count=2", "--first-parent", "HEAD").split():
        names = output("git", "diff", "--name-only", "--diff-filter=d", against).split()
        names += output("git", "ls-files", "--others", "--exclude-standard").split()
        folders = {str(pathlib.PurePath(name).parent) for name in names if name.endswith(".go")}
        found = [f"./{folder}" for folder in sorted(folders)
                 if "testdata" not in folder and "kubernetestest" not in folder]
        if found:
            return buildable(found)
    return []


def buildable(folders):
    """The folders that have Go files for this system: benchmarks beside other programs need Linux."""
    listed = output("go", "list", "-e", "-f", "{{if or .GoFiles .CgoFiles .TestGoFiles .XTestGoFiles}}{{.Dir}}{{end}}",
                    *folders)
    return [f"./{os.path.relpath(folder)}" for folder in listed.split("\n") if folder]


def fuzz(seconds):
    if not re.fullmatch(r"[1-9]\d*(s|m|h)", seconds):
        sys.exit(f"TIME is {seconds!r}; it must be like 60s, 10m or 1h")
    targets = []
    for file in sorted(f for top in ("mc", "viz") for f in (ROOT / top).rglob("*_test.go")):
        folder = f"./{file.relative_to(ROOT).parent}"
        targets += [(folder, name) for name in re.findall(r"^func (Fuzz\w+)\(f \*testing\.F\)", file.read_text(), re.M)]
    failed = []
    for folder, name in targets:
        try:
            step(f"{name} in {folder}, {seconds}",
                 lambda: run("go", "test", "-run=^$", f"-fuzz=^{name}$", f"-fuzztime={seconds}",
                             "-fuzzminimizetime=10x", folder))  # by default, a minute for each input that is new
        except subprocess.CalledProcessError:
            failed.append(f"{name} in {folder}")
    print(f"== {len(targets)} fuzz targets, {len(failed)} found something")
    if failed:
        sys.exit(f"{', '.join(failed)}: the inputs are in testdata/fuzz of the package. "
                 "Mend the code, commit the inputs.")


def stress(rounds):
    code = hashlib.sha256()
    for name in prose.files():
        if name.startswith(("mc/", "viz/", "notebooks/")):
            code.update((ROOT / name).read_bytes())
    code = code.hexdigest()[:12]
    folder = CACHE / "stress" / code
    folder.mkdir(parents=True, exist_ok=True)
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count())]
    try:
        for k in range(1, int(rounds) + 1):
            passed = folder / f"round-{k}"
            if not passed.exists():
                step(f"round {k} of {rounds}",
                     lambda: pytest([name for name in BROWSER if name != "site"], ["kernel"]))
                passed.touch()
    finally:
        for process in busy:
            process.kill()
    print(f"== {rounds} of {rounds} rounds passed for code {code}, with {os.cpu_count()} busy processes")


def formatted():
    names = output("gofmt", "-l", ".").split()
    if names:
        sys.exit(f"run gofmt -w on: {' '.join(names)}")


def step(name, action):
    print(f"== {name}", flush=True)
    start, spent = time.monotonic(), processor()
    try:
        action()
    finally:
        steps.append((time.monotonic() - start, processor() - spent, name))


def processor():
    """The processor time of what was run and has ended."""
    ended = os.times()
    return ended.children_user + ended.children_system


def go_test(*arguments):
    """go test, whose packages are shown as ever, and whose tests are timed."""
    command = ["go", "test", "-json", PATIENT, *arguments]
    said, failed = {}, set()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            try:
                event = json.loads(line)
            except ValueError:  # what a compiler says
                print(line, end="", flush=True)
                continue
            package, test = event.get("Package", event.get("ImportPath", "")), event.get("Test")
            if event["Action"] in ("output", "build-output"):
                # Of a package that passes only its last line is shown.
                said.setdefault(package, []).append(event["Output"])
            elif event["Action"] == "fail":
                failed.add(package)
            if event["Action"] in ("pass", "fail") and test and "/" not in test:
                slow.append((event.get("Elapsed", 0), f"{test} in {package.removeprefix('projectpenalty/')}"))
            if event["Action"] in ("pass", "fail", "skip", "build-fail") and not test:
                lines = said.pop(package, [])
                passed = event["Action"] in ("pass", "skip")
                shown = [x for x in lines if x.startswith("ok")] if passed else lines
                print("".join(shown), end="", flush=True)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def pytest(*groups):
    """The tests of files by their names, the groups beside each other; what the first says is shown as it comes."""
    running = []
    for k, names in enumerate(groups):
        durations, said = (CACHE / f"pytest-{k}.{kind}" for kind in ("json", "log"))
        durations.unlink(missing_ok=True)
        command = [sys.executable, "-m", "pytest", "-q", *(str(TESTS / f"test_{name}.py") for name in names)]
        environment = {**os.environ, "PENALTY_DURATIONS": str(durations)}
        with said.open("w") as log:
            process = subprocess.Popen(command, env=environment, stdout=log if k else None,
                                       stderr=subprocess.STDOUT if k else None)
        running.append((process, durations, said))
    failed = []
    for process, durations, said in running:
        if process.wait():
            failed.append(process)
        if process is not running[0][0]:
            print(said.read_text(), end="", flush=True)
        if durations.exists():
            slow.extend((seconds, name) for name, seconds in json.loads(durations.read_text()).items())
    if failed:
        raise subprocess.CalledProcessError(failed[0].returncode, failed[0].args)


def run(*command, **environment):
    subprocess.run(list(map(str, command)), check=True,
                   env={**os.environ, **{k: str(v) for k, v in environment.items()}})


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def report():
    print("\n== what each step took, all up to it, and the processor time of the step, whatever else the machine did")
    together = 0
    for seconds, spent, name in steps:
        together += seconds
        print(f"{seconds:8.1f} s {together:8.1f} s {spent:8.1f} s  {name}")
    if slow:
        print(f"== the {SLOWEST} slowest tests")
        for seconds, name in sorted(slow, reverse=True)[:SLOWEST]:
            print(f"{seconds:8.1f} s  {name}")


if __name__ == "__main__":
    main()
