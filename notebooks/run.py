"""Execute notebooks on the real kernel: what the tests and make notebooks share."""

import os
import pathlib
import tempfile

import nbformat
from nbclient import NotebookClient

HERE = pathlib.Path(__file__).resolve().parent

# Guards against a hang, nothing more: notebooks take seconds.
HANG = 900


def notebooks():
    """The claims' notebooks, in the order of the argument."""
    return sorted(HERE.glob("[0-9][0-9]_*.ipynb"))


def execute(path, **parameters):
    """Return the notebook, executed from a clean state with the given parameters (environment variables).

    Results of sweeps are computed again, unless PENALTY_RESULTS names where to keep them."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(notebook, timeout=HANG, kernel_name="gonb", resources={"metadata": {"path": str(HERE)}})
    with tempfile.TemporaryDirectory() as results:
        client.execute(env={"PENALTY_RESULTS": results, **os.environ, **{k: str(v) for k, v in parameters.items()}})
    return notebook


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
