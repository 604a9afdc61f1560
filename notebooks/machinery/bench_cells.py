"""Time cells as a reader waits for them: from the request to the kernel's idle, medians of ten.

Run by make bench-cells. Each round changes its cell, so that nothing is taken from a cache that a reader's change would
not be taken from. For comparison, a plotly figure in ipykernel, from the virtual environment given as the argument.
"""

import os
import pathlib
import platform
import statistics
import sys
import tempfile
import time

from jupyter_client.manager import start_new_kernel

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROUNDS = 10

GO = """
import (
	"fmt"
	"io"

	"projectpenalty/mc"
	"projectpenalty/mc/sweep"
	"projectpenalty/viz"
	"projectpenalty/viz/nb"
)

// try is the sweep of mc/cmd/mcsweep, 200 runs of milliseconds, with other runs in each round.
func try(round int) sweep.Spec {
	return sweep.Spec{
		Name: fmt.Sprint("try-", round), Problem: mc.LowRank{Rows: 12, Cols: 10, Rank: 1, Observed: 60},
		Solver: mc.DeepMF{Penalty: mc.Ratio{}, Steps: 200 + round},
		Axes:   []sweep.Axis{sweep.Over("Solver.Lambda", 0, 1e-3), sweep.Over("Solver.Depth", 1, 2), sweep.Seeds(50)},
	}
}

func fit() *nb.Fitted {
	p := nb.Must(mc.LowRank{Rows: 100, Cols: 100, Rank: 5, Observed: 2000, Seed: 1}.Problem())
	return nb.Fit(p, mc.DeepMF{Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-3, Optimizer: mc.Adam{}, Steps: 1000}, mc.Trace{Every: 10})
}

%%
nb.Show(viz.Loss(fit().Trace))
"""

PYTHON = """
import numpy
import plotly.graph_objects
steps = numpy.arange(100)
def loss(k):
    figure = plotly.graph_objects.Figure(layout={"title": f"Loss {k}", "yaxis": {"type": "log"}})
    for name, rate in (("training", 0.1), ("test", 0.05)):
        figure.add_scatter(x=steps, y=numpy.exp(-rate * steps), name=name)
    return figure
loss(-1)
"""

CELLS = (
    ("empty Go cell", "gonb", "%%\nprintln({k})"),
    ("nb.Table of kept metrics", "gonb", "%%\nfmt.Fprint(io.Discard, {k})\nnb.Table([]mc.Metrics{{fit().Metrics}})"),
    ("nb.Show of a ready trace", "gonb", '%%\nnb.Show(viz.Loss(fit().Trace).Titled("Loss {k}"))'),
    ("nb.Sweep of 200 runs", "gonb", "%%\nfmt.Fprint(io.Discard, nb.Sweep(try({k})).Missing())"),
    ("ipykernel, a plotly figure", "plotly", "loss({k})"),
)


def main():
    os.environ["JUPYTER_DATA_DIR"] = str(ROOT / ".venv/share/jupyter")
    os.environ["JUPYTER_PATH"] = str(pathlib.Path(sys.argv[1]) / "share/jupyter")
    results = tempfile.TemporaryDirectory()
    os.environ["PENALTY_RESULTS"] = results.name
    kernels = {}
    try:
        for name, first in (("gonb", GO), ("plotly", PYTHON)):
            manager, client = start_new_kernel(kernel_name=name, cwd=str(ROOT / "notebooks"))
            kernels[name] = manager, client
            run(client, first)
        print(f"seconds from the request to the kernel's idle, {ROUNDS} rounds, {os.cpu_count()} cores, "
              f"{platform.machine()}\n")
        print(f"{'cell':28}{'median':>8}{'least':>8}{'most':>8}")
        for what, kernel, code in CELLS:
            seconds = [run(kernels[kernel][1], code.format(k=k)) for k in range(ROUNDS)]
            print(f"{what:28}{statistics.median(seconds):8.2f}{min(seconds):8.2f}{max(seconds):8.2f}", flush=True)
    finally:
        for manager, client in kernels.values():
            client.stop_channels()
            manager.shutdown_kernel(now=False)
        results.cleanup()


def run(client, code):
    """Run a cell and return its seconds."""
    outputs = []
    start = time.perf_counter()
    reply = client.execute_interactive(code, timeout=300, output_hook=outputs.append)
    seconds = time.perf_counter() - start
    if reply["content"]["status"] != "ok":
        sys.exit(f"bench-cells: this cell failed:\n{code}\n{reply['content']}\n{outputs}")
    return seconds


if __name__ == "__main__":
    main()
