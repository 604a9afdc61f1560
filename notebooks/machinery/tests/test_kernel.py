"""The Go kernel as the set-up installs it: any notebook finds this checkout, code is completed, an
interrupt keeps the run so far."""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager, start_new_kernel

import run
import setup

# Guards against a hang.
HANG = 900

IMPORTS = """
import (
	"fmt"

	"projectpenalty/mc"
	"projectpenalty/viz"
	"projectpenalty/viz/nb"
)
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """The manager and the client of a kernel for a notebook in a folder that has nothing to do with this checkout."""
    manager, client = start_new_kernel(kernel_name="gonb", startup_timeout=HANG,
                                       cwd=str(tmp_path_factory.mktemp("elsewhere")))
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel()


def execute(client, code, during=lambda output: None):
    """Run a cell; return the kernel's reply and all outputs. during sees each output as it comes."""
    outputs = []
    request = client.execute(code)
    while True:
        message = client.get_iopub_msg(timeout=HANG)
        if message["parent_header"].get("msg_id") != request:
            continue
        if message["header"]["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            break
        outputs.append(message)
        during(message)
    return answer(client, request), outputs


def answer(client, request):
    """The kernel's reply to this request."""
    while True:
        reply = client.get_shell_msg(timeout=HANG)
        if reply["parent_header"].get("msg_id") == request:
            return reply["content"]


def text(outputs):
    parts = []
    for o in outputs:
        content = o["content"]
        parts.append(content.get("text") or "".join(content.get("data", {}).values())
                     or "\n".join(content.get("traceback", [])))
    return "\n".join(parts)


def test_a_second_request_to_end_is_no_panic(tmp_path):
    """JupyterLab asks twice where a page is closed as the server ends."""
    log = tmp_path / "log"
    with log.open("w") as out:
        manager, client = start_new_kernel(kernel_name="gonb", startup_timeout=HANG, cwd=str(tmp_path), stderr=out)
        for channel in (client.control_channel, client.control_channel, client.shell_channel):
            channel.send(client.session.msg("shutdown_request", {"restart": False}))
        deadline = time.monotonic() + HANG
        while manager.is_alive():
            assert time.monotonic() < deadline, "the kernel does not end"
            time.sleep(0.1)
        client.stop_channels()
        manager.cleanup_resources()
    assert "panic" not in log.read_text()


def test_cells_use_this_checkout(kernel):
    reply, outputs = execute(
        kernel[1], IMPORTS + "\n%%\nfmt.Println(mc.Adam{LearningRate: 1}.LearningRate, viz.Scale{}.Unit, nb.Full)")
    assert reply["status"] == "ok", text(outputs)
    reply, outputs = execute(kernel[1], "!*go list -m -f '{{.Dir}}' projectpenalty")
    assert reply["status"] == "ok"
    assert text(outputs).strip() == str(run.NOTEBOOKS.parent)


def test_programs_of_cells_run_on_any_node(kernel):
    """A cell's program is static: it needs no C library."""
    _, outputs = execute(kernel[1], "!*go env -json CGO_ENABLED GOFLAGS GOWORK")
    found = json.loads(text(outputs))
    assert found["CGO_ENABLED"] == "0" and "-ldflags=-w" in found["GOFLAGS"]
    assert pathlib.Path(found["GOWORK"]).parent.name.startswith("gonb_")


@pytest.mark.parametrize("goflags, kept, refused", [
    ("", "-ldflags=-w", []),
    ("-mod=mod", "-ldflags=-w", ["-mod=mod"]),
    ("-trimpath -modfile=x.mod", "-trimpath -ldflags=-w", ["-modfile=x.mod"]),
    ("-ldflags=-s", "'-ldflags=-s -w'", []),
    ("'-ldflags=-s -X=a.b=c d' -race", "-race '-ldflags=-s -X=a.b=c d -w'", []),
    ('"-ldflags=-X=a=\'b\'"', '"-ldflags=-X=a=\'b\' -w"', []),
])
def test_flags_are_added_to_those_of_the_user(goflags, kept, refused):
    assert setup.with_flag(goflags, "-ldflags", "-w") == (kept, refused)


def test_flags_that_workspaces_refuse_are_left_out(tmp_path):
    environment = {**os.environ, "GOFLAGS": "-mod=mod", "GOWORK": "off"}
    script = f"import pathlib, setup; setup.install_kernel(pathlib.Path({str(tmp_path)!r}))"
    installed = subprocess.run([sys.executable, "-c", script], env=environment, cwd=setup.HERE, text=True,
                               capture_output=True)
    assert installed.returncode == 0, installed.stderr
    assert "GOFLAGS has -mod=mod; the kernel leaves it out" in installed.stdout
    manager = KernelManager(kernel_name="gonb",
                            kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(tmp_path / "kernels")]))
    manager.start_kernel(env=environment, cwd=str(tmp_path))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=HANG)
        reply, outputs = execute(client, IMPORTS + "\n%%\nfmt.Println(mc.Ratio{}, nb.Full, viz.Scale{})")
        assert reply["status"] == "ok", text(outputs)
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


def test_a_user_s_own_kernel_is_kept(tmp_path):
    def install():
        script = "import setup; setup.install_for_user()"
        return subprocess.run([sys.executable, "-c", script], env={**os.environ, "JUPYTER_DATA_DIR": str(tmp_path)},
                              cwd=setup.HERE, text=True, capture_output=True)

    done = install()
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "kernels/gonb"
    assert f"To remove it: rm -r {folder}" in done.stdout
    kernel = json.loads((folder / "kernel.json").read_text())
    assert f"-go_work={run.NOTEBOOKS.parent}" in kernel["argv"]
    assert install().returncode == 0, "a kernel of this toolkit may be installed again"
    del kernel["metadata"]
    (folder / "kernel.json").write_text(json.dumps(kernel))
    refused = install()
    assert refused.returncode != 0 and f"another kernel of this name is in {folder}" in refused.stderr


def test_nothing_is_left(tmp_path):
    """After an orderly end: no language server, no folder."""
    manager, client = start_new_kernel(kernel_name="gonb", startup_timeout=HANG, cwd=str(tmp_path),
                                       env={**os.environ, "TMPDIR": str(tmp_path)})
    try:
        execute(client, IMPORTS + "\n%%\nfmt.Println(mc.Ratio{}, nb.Full, viz.Scale{})")
        answer(client, client.complete("%%\nfmt.Pr", 9))
        folder = next(tmp_path.glob("gonb_*"))
    finally:
        client.stop_channels()
        manager.shutdown_kernel()
    deadline = time.monotonic() + HANG
    while left := [*tmp_path.iterdir()] + [p for p in processes() if str(folder) in p]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def processes():
    """The command lines of all processes."""
    return subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, text=True, check=True).stdout.splitlines()


def test_an_error_says_what(kernel):
    reply, outputs = execute(kernel[1], "%%\nfmt.Println(undefinedName)")
    assert reply["status"] == "error"
    assert "undefined: undefinedName" in text(outputs)


def test_an_error_says_where(kernel):
    _, client = kernel
    _, outputs = execute(client, IMPORTS + """
func broken() int {
	return nb.Must(0, fmt.Errorf("no such file"))
}

%%
fmt.Println(broken())""")
    assert re.search(r"no such file.*Line 11\b", text(outputs), re.S), text(outputs)


@pytest.mark.parametrize("cell, said", [
    ("fmt.Println(1)", "expected declaration, found fmt"),
    ("%%\nnb.Show(viz.Loss(trace))", "undefined: trace"),
])
def test_the_two_classic_mistakes_are_explained(kernel, cell, said):
    """Where a reader looks: in the contents page of the notebooks, and in the first one."""
    execute(kernel[1], IMPORTS + '\n%%\ntrace := &mc.Trace{Label: "run"}\nfmt.Println(trace.Label, viz.Scale{}, nb.Full)')
    reply, outputs = execute(kernel[1], cell)
    assert reply["status"] == "error" and said in text(outputs)
    for name in ("README.md", "00_start_here.ipynb"):
        assert said in (run.NOTEBOOKS / name).read_text(), name


@pytest.mark.parametrize("begun, match", [("mc.", "DeepMF"), ("_ = mc.DeepMF{", "Depth"), ("nb.Sh", "Show")])
def test_completion(kernel, begun, match):
    """A kernel that has run a cell lists what may follow. gopls may have to read the toolkit first,
    for which GoNB leaves it 8 s."""
    _, client = kernel
    code, deadline = IMPORTS + "\n%%\n" + begun, time.monotonic() + HANG
    while True:
        start = time.monotonic()
        reply = answer(client, client.complete(code, len(code)))
        print(f"{begun}: {len(reply['matches'])} in {time.monotonic() - start:.1f} s")
        if match in reply["matches"]:
            return
        assert time.monotonic() < deadline, reply


def test_slider_without_a_page_ends(kernel):
    cell = """
import (
	"fmt"

	"projectpenalty/mc"
	"projectpenalty/viz"
	"projectpenalty/viz/nb"
)

%%
trace := &mc.Trace{Records: []mc.Record{{Step: 1, Loss: 1}, {Step: 2, Loss: 0.5}}}
fmt.Println("ends at", nb.Slider("size", 0, 10, 2.5, func(float64) viz.Figure { return viz.Loss(trace) }))
"""
    reply, outputs = execute(kernel[1], cell)
    said = text(outputs)
    assert reply["status"] == "ok", said
    assert "size = 2.5" in said and "ends at 2.5" in said
    assert "this page has no connection for sliders; the figure is for 2.5" in said
    # What stays in the notebook: the figure that was drawn while the slider waited had a place that
    # is empty in the end.
    stored = [m["content"] for m in outputs if m["msg_type"] == "display_data"
              and not m["content"].get("transient", {}).get("display_id")]
    assert sum(c["data"].get("text/html", "").count('<img alt="') for c in stored) == 1


def test_interrupt_keeps_the_run_so_far(kernel):
    manager, client = kernel
    endless = IMPORTS + """
%%
problem := nb.Must(mc.LowRank{Rows: 60, Cols: 60, Rank: 3, Observed: 1200, Seed: 1}.Problem())
solver := mc.DeepMF{Depth: 2, Optimizer: mc.Adam{LearningRate: 1e-3}, Steps: 1_000_000_000, Seed: 1}
f := nb.Fit(problem, solver, mc.Trace{Every: 100}, nb.Live(100))
fmt.Println("records", len(f.Trace.Records), "failed", f.Failed)
nb.Show(viz.Loss(f.Trace))
"""
    pressed = []

    def during(output):
        if not pressed and "steps/s" in text([output]):  # the progress line: the run is under way
            pressed.append(time.monotonic())
            manager.interrupt_kernel()

    reply, outputs = execute(client, endless, during)
    seconds = time.monotonic() - pressed[0]
    print(f"interrupt to the end of the cell: {seconds:.2f} s")
    # The kernel kills a cell that does not end by itself; this one did, and went on with what there
    # is.
    assert reply["status"] == "ok", text(outputs)
    said = text(outputs)
    assert int(re.search(r"records (\d+) failed", said)[1]) > 1
    assert "interrupted: what follows shows the run up to here" in said
    assert re.search(r'<img alt="[^"]+"[^>]* src="data:image/svg', said)


def test_a_step_after_the_interrupt_may_take_its_time(kernel):
    """GoNB kills a cell 5 s after the interrupt, and a step of a large problem or the pictures may take longer."""
    manager, client = kernel

    def during(output):
        if "begun" in text([output]):
            manager.interrupt_kernel()

    reply, outputs = execute(client, """
import (
	"fmt"
	"time"

	"projectpenalty/viz/nb"
)

%%
done := nb.Context().Done()
fmt.Println("begun")
<-done
time.Sleep(6 * time.Second)
fmt.Println("the run so far")
""", during)
    assert reply["status"] == "ok" and "the run so far" in text(outputs), text(outputs)


def test_a_run_is_of_the_code_of_the_notebook_s_own_types(kernel, tmp_path):
    """A change of what own code computes runs a fit anew, and is no result of a sweep; a change beside it is none."""
    _, client = kernel

    def said(factor, beside):
        cell = """
import (
	"fmt"

	"projectpenalty/mc"
	"projectpenalty/mc/sweep"
	"projectpenalty/viz/nb"
)

type own struct{ mc.Ratio }

func (o own) Value(p *mc.Point) float64 { return FACTOR * o.Ratio.Value(p) }

func ofOwn(x float64) func(mc.Problem, *mc.Result) float64 {
	return func(mc.Problem, *mc.Result) float64 { return x }
}

var solver = mc.DeepMF{Depth: 1, Penalty: own{}, Lambda: 1e-3, Optimizer: mc.Adam{LearningRate: 1e-2}, Steps: 20}

func fit() *nb.Fitted {
	return nb.Fit(nb.Must(mc.LowRank{Rows: 8, Cols: 8, Rank: 1, Observed: 40, Seed: 1}.Problem()), solver,
		mc.Trace{Every: 20})
}

func seeds() *sweep.Table {
	return nb.SweepBy(sweep.Local{Folder: FOLDER}, sweep.Spec{Name: "own", Problem: mc.LowRank{Rows: 8, Cols: 8, Rank: 1,
		Observed: 40}, Solver: mc.DeepMF{Depth: 1, Steps: 5}, Axes: []sweep.Axis{sweep.Seeds(2)},
		Measures: []sweep.Measure{{Name: "own", Of: ofOwn(FACTOR)}}})
}

%%
last, _ := fit().Trace.Last()
fmt.Println("objective", last.Objective, "ran", last.Elapsed, BESIDE)
fmt.Println("own", nb.Must(seeds().Values("own")))
"""
        reply, outputs = execute(client, cell.replace("FACTOR", factor).replace("BESIDE", beside)
                                 .replace("FOLDER", f'"{tmp_path}/sweep"'))
        return reply["status"], re.sub(r" beside.*", "", text(outputs))

    status, first = said("1", '"beside"')
    assert status == "ok" and "own [1 1]" in first, first
    status, again = said("1", '"beside, changed", ofOwn(3) != nil')
    lines = [line for line in first.splitlines() if line.startswith(("objective", "own ["))]
    assert status == "ok" and all(line in again for line in lines), (first, again)
    status, other = said("2", '"beside"')
    assert lines[0] not in other, "the run of other code is kept"
    assert status == "error" and "Spec.Code" in other, other


def test_interrupted_sweep_keeps_its_picture(kernel, tmp_path):
    manager, client = kernel
    cell = """
import (
	"fmt"

	"projectpenalty/mc"
	"projectpenalty/mc/sweep"
	"projectpenalty/viz/nb"
)

%%
results := nb.SweepBy(sweep.Local{Folder: FOLDER}, sweep.Spec{
	Name: "interrupted", Problem: mc.LowRank{Rows: 30, Cols: 30, Rank: 2, Observed: 300}, Solver: mc.DeepMF{Steps: 5000},
	Axes: []sweep.Axis{sweep.Seeds(1000), sweep.Over("Solver.Depth", 2, 3)},
})
fmt.Println("has", results.Len(), "lacks", results.Missing())
verdict := mc.Verdict{Claim: "C0"}
verdict.AtMost("seeds", 1, mc.PerSeed(1, 1, 1))
nb.Conclude(&verdict)
""".replace("FOLDER", f'"{tmp_path}/sweep"')
    pressed = []

    def during(output):
        if not pressed and "<svg" in text([output]):
            pressed.append(True)
            manager.interrupt_kernel()

    reply, outputs = execute(client, cell, during)
    said = text(outputs)
    assert reply["status"] == "ok" and pressed, said
    has, lacks = map(int, re.search(r"has (\d+) lacks (\d+)", said).groups())
    assert has > 0 and lacks > 0 and has + lacks == 2000
    shown = {}  # what is left in each place
    for m in outputs:
        place = m["content"].get("transient", {}).get("display_id")
        if place:
            shown[place] = m["content"]["data"].get("text/html", "")
    assert [html for html in shown.values() if "<svg" in html], "the picture is gone"
    assert [html for html in shown.values() if "<table" in html and "median test error" in html], "the table is gone"
    assert "claim C0: not run: interrupted" in said
