"""Run the notebooks and store their outputs in them, pictures only, so that they are complete where scripts are stripped.

python notebooks/store.py [name …]: all of them, or those whose file name begins so.
"""

import hashlib
import sys
import time

import nbformat

import run


def main():
    chosen = [p for p in run.notebooks() if not sys.argv[1:] or p.name.startswith(tuple(sys.argv[1:]))]
    for path in chosen:
        start = time.monotonic()
        notebook = run.execute(path, PENALTY_PICTURES=1)
        tidy(notebook)
        nbformat.write(notebook, path)
        print(f"{path.name}: {time.monotonic() - start:.0f} s, {path.stat().st_size // 1000} kB", flush=True)


def tidy(notebook):
    """Leave out what differs from run to run, and note which code the outputs belong to."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        cell["outputs"] = [o for o in cell.get("outputs", []) if not empty(o)] if cell.cell_type == "code" else None
        if cell.outputs is None:
            del cell["outputs"]
    notebook.metadata["outputs_of"] = digest(notebook)


def empty(output):
    """A place that a transient output has left."""
    return list(output.get("data", {})) == ["text/html"] and not "".join(output.data["text/html"]).strip()


def digest(notebook):
    """Identifies the code of a notebook."""
    code = "\0".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    return hashlib.sha256(code.encode()).hexdigest()[:16]


if __name__ == "__main__":
    main()
