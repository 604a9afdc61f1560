"""The Go kernel as the set-up installs it: cells find this checkout, code is completed, an interrupt keeps the run so far."""

import re
import time

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel

import run

# Guards against a hang.
HANG = 240

IMPORTS = """
import (
	"fmt"

	"projectpenalty/mc"
	"projectpenalty/viz"
	"projectpenalty/viz/nb"
)
"""


@pytest.fixture(scope="module")
def kernel():
    """The manager and the client of a kernel whose first cell was the one that every notebook begins with."""
    manager, client = start_new_kernel(kernel_name="gonb", startup_timeout=HANG, cwd=str(run.NOTEBOOKS))
    notebook = nbformat.read(run.notebooks()[0], as_version=4)
    first = next(cell.source for cell in notebook.cells if cell.cell_type == "code")
    reply, outputs = execute(client, first)
    assert reply["status"] == "ok", text(outputs)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


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
        parts.append(content.get("text") or "".join(content.get("data", {}).values()) or "\n".join(content.get("traceback", [])))
    return "\n".join(parts)


def test_cells_use_this_checkout(kernel):
    reply, outputs = execute(kernel[1], "!*go list -m -f '{{.Replace.Dir}}' projectpenalty")
    assert reply["status"] == "ok"
    assert text(outputs).strip() == str(run.NOTEBOOKS.parent)


def test_an_error_says_what(kernel):
    reply, outputs = execute(kernel[1], "%%\nfmt.Println(undefinedName)")
    assert reply["status"] == "error"
    assert "undefined: undefinedName" in text(outputs)


def test_completion(kernel):
    _, client = kernel
    code = IMPORTS + "\n%%\nvar penalty = mc.Rat"
    reply = answer(client, client.complete(code, len(code)))
    assert any("Ratio" in match for match in reply["matches"]), reply


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
    # What stays in the notebook: the figure that was drawn while the slider waited had a place that is empty in the end.
    stored = [m["content"] for m in outputs if m["msg_type"] == "display_data" and not m["content"].get("transient", {}).get("display_id")]
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
    # The kernel kills a cell that does not end by itself; this one did, and went on with what there is.
    assert reply["status"] == "ok", text(outputs)
    said = text(outputs)
    assert int(re.search(r"records (\d+) failed", said)[1]) > 1
    assert "interrupted: what follows shows the run up to here" in said
    assert re.search(r'<img alt="[^"]+"[^>]* src="data:image/svg', said)


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
verdict.AtMost("seeds", 1, 1, 1, 1)
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
    assert [html for html in shown.values() if "<table" in html and "median of" in html], "the table is gone"
    assert "claim C0: not run: interrupted" in said
