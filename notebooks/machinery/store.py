"""Run the notebooks: store their outputs in them, pictures only, so that they are complete where scripts are stripped, and
enter their verdicts in the ledger of claims.

python notebooks/machinery/store.py [--full] [name …]: all of them, or those whose file name begins so. In full mode the verdicts alone
are kept, since stored outputs are those of the quick mode, which the tests repeat.
"""

import hashlib
import sys
import time

import nbformat

import ledger
import run


def main():
    full = "--full" in sys.argv
    for path in chosen([a for a in sys.argv[1:] if not a.startswith("--")]):
        start = time.monotonic()
        notebook = run.execute(path, PENALTY_PICTURES=1, **({"PENALTY_FULL": 1} if full else {}))
        seconds = time.monotonic() - start
        found = ledger.rows(path, notebook, digest(notebook), seconds)
        if not full:
            tidy(notebook)
            nbformat.write(notebook, path)
        ledger.write(ledger.replace(ledger.read(), path.name, ledger.MODES[full], found))
        verdicts = ", ".join(f"{r['claim']}: {r['outcome']}" for r in found) or "no verdict"
        print(f"{path.name}: {seconds:.0f} s, {path.stat().st_size // 1000} kB; {verdicts}", flush=True)
    for name, claim in sorted(ledger.changed(ledger.read())):
        print(f"{name}: the verdict on {claim} differs between quick and full")


def chosen(names):
    """The notebooks whose file name begins with one of the names, or all."""
    existing = run.notebooks()
    for name in names:
        if not any(p.name.startswith(name) for p in existing):
            sys.exit(f"ONLY is {name!r}; it must be how the names of notebooks begin, from {existing[0].name[:2]} to {existing[-1].name[:2]}")
    return [p for p in existing if not names or p.name.startswith(tuple(names))]


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
