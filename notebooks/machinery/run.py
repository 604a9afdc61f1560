"""Execute notebooks on the real kernel: what the tests, make notebooks and make reproduce share."""

import json
import os
import pathlib
import tempfile

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = pathlib.Path(__file__).resolve().parents[1]

# Guards against a hang, nothing more: a cell takes seconds in the quick mode, minutes in the full
# one.
HANG = 900
FULL_HANG = 24 * 3600

# What viz/nb.Conclude stores for programs.
VERDICT = "application/vnd.projectpenalty.verdict+json"


def notebooks():
    """The claims' notebooks, in the order of the argument."""
    return sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))


def execute(path, **parameters):
    """Return the notebook, executed from a clean state with the given parameters (environment variables).

    It runs in quick mode, whatever the user's environment says, unless PENALTY_FULL is a parameter. Results of sweeps
    are computed again, unless PENALTY_RESULTS names where to keep them."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    environment = {**os.environ, "PENALTY_FULL": "", **{k: str(v) for k, v in parameters.items()}}
    full = bool(environment.get("PENALTY_FULL"))
    client = NotebookClient(notebook, timeout=FULL_HANG if full else HANG, kernel_name="gonb",
                            resources={"metadata": {"path": str(NOTEBOOKS)}})
    with tempfile.TemporaryDirectory() as results:
        # The quick mode computes everything; the full one goes on from what there is, where the lab
        # and mcsweep keep it.
        client.execute(env={"PENALTY_RESULTS": str(NOTEBOOKS.parent / "results") if full else results, **environment})
        anonymous(notebook, results)
    return notebook


def anonymous(notebook, folder):
    """Write results for a folder of this run alone, as a notebook at home would say."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for kind in ("text/html", "text/plain"):
                if kind in output.get("data", {}):
                    output.data[kind] = "".join(output.data[kind]).replace(folder, "results")


def verdicts(notebook):
    """The verdicts that the cells reached, as they are stored for programs."""
    found = [output.data[VERDICT] for cell in notebook.cells for output in cell.get("outputs", [])
             if VERDICT in output.get("data", {})]
    return [json.loads(v) if isinstance(v, str) else v for v in found]


def texts(notebook):
    """All text that the code cells printed, in one string."""
    out = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                out.append(output.text)
            elif "text/plain" in output.get("data", {}):
                out.append(output.data["text/plain"])
    return "\n".join(out)


def pages(notebook):
    """The HTML outputs, a list per code cell."""
    return [
        ["".join(output.data["text/html"]) for output in cell.outputs if "text/html" in output.get("data", {})]
        for cell in notebook.cells if cell.cell_type == "code"
    ]
