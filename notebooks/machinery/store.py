"""Run the notebooks: store their outputs in them, with pictures as PNG, which JupyterLab shows in a
notebook that is not trusted and which code hosts show; and enter their verdicts in the ledger of
claims.

python notebooks/machinery/store.py [--full] [name …]: all of them, or those whose file name begins
so. In full mode the verdicts alone are kept, since stored outputs are those of the quick mode, which
the tests repeat.
"""

import base64
import hashlib
import html
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import nbformat

import ledger
import run


def main():
    full = "--full" in sys.argv
    for path in chosen([a for a in sys.argv[1:] if not a.startswith("--")]):
        start = time.monotonic()
        with tempfile.NamedTemporaryFile("r", encoding="utf-8") as log:
            notebook = run.execute(path, PENALTY_PICTURES=1, PENALTY_RUNS=log.name, PENALTY_FULL=1 if full else "")
            seconds = time.monotonic() - start
            logged = log.read()
        found = ledger.rows(path, notebook, digest(notebook), seconds)
        if not full:
            drawn(notebook)
            tidy(notebook)
            portable(notebook)
            ledger.save(path, nbformat.writes(notebook) + "\n")
        rows = ledger.replace(ledger.read(), path.name, ledger.MODES[full], found)
        if ledger.kept(rows, found):
            print(f"{path.name}: no data here: the verdicts on them stay, and the runs of all verdicts")
        else:
            ledger.runs(path, ledger.MODES[full], logged)
        ledger.write(rows)
        verdicts = ", ".join(f"{r['claim']}: {r['outcome']}" for r in found) or "no verdict"
        print(f"{path.name}: {seconds:.0f} s, {path.stat().st_size // 1000} kB; {verdicts}", flush=True)
    for name, claim in sorted(ledger.changed(ledger.read())):
        print(f"{name}: the verdict on {claim} differs between quick and full")


def chosen(names):
    """The notebooks whose file name begins with one of the names, or all."""
    existing = run.notebooks()
    for name in names:
        if not any(p.name.startswith(name) for p in existing):
            sys.exit(f"ONLY is {name!r}; it must be how the names of notebooks begin, from "
                     f"{existing[0].name[:2]} to {existing[-1].name[:2]}")
    return [p for p in existing if not names or p.name.startswith(tuple(names))]


def drawn(notebook):
    """Refuse a run without pictures: the helper that draws them is missing or of other sources."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            text = "".join(output.get("data", {}).get("text/html", ""))
            if found := re.search(r"viz: pictures cannot be drawn[^<]*", text):
                sys.exit(f"nothing is stored: {html.unescape(found[0])}")


def tidy(notebook):
    """Leave out what differs from run to run, and note which code the outputs belong to."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        cell["outputs"] = [o for o in cell.get("outputs", []) if not empty(o)] if cell.cell_type == "code" else None
        if cell.outputs is None:
            del cell["outputs"]
    notebook.metadata["outputs_of"] = digest(notebook)


# Of a chart, at twice its size.
PICTURE_AT_MOST = 60_000


def portable(notebook, strict=True):
    """Replace the SVG of each picture by a PNG, with its words beside it. If not strict, it may be too large."""
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / "svg2png"
        subprocess.run(["go", "build", "-o", program, "./viz/cmd/svg2png"], cwd=run.NOTEBOOKS.parent, check=True)
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                if "image/svg+xml" in output.get("data", {}):
                    svg = "".join(output.data.pop("image/svg+xml"))
                    width, height = (round(float(re.search(rf'<svg[^>]* {side}="([\d.]+)"', svg)[1]))
                                     for side in ("width", "height"))
                    alt = output.data.setdefault("text/plain", words(svg))
                    output.data["image/png"] = base64.b64encode(png(program, svg, strict)).decode()
                    output.metadata["image/png"] = {"alt": alt, "width": width, "height": height}


def png(program, svg, strict):
    """The picture in as many colours as its size allows: a page is as large as its charts."""
    charts = max(1, svg.count("<svg") - 1)
    for colours in (256, 128, 64, 32, 16):
        drawn = subprocess.run([program, f"-colours={colours}"], input=svg.encode(), stdout=subprocess.PIPE,
                               check=True).stdout
        if len(drawn) <= PICTURE_AT_MOST * charts:
            return drawn
    if strict:
        raise ValueError(f"a picture of {charts} charts has {len(drawn)} bytes; it may have {PICTURE_AT_MOST} "
                         "per chart")
    return drawn


def words(svg):
    """What stands in a picture, for one that comes without a description: its titles, legends and
    axes, not the numbers."""
    found = [html.unescape(re.sub("<[^>]*>", "", text)).strip()
             for text in re.findall(r"<text[^>]*>(.*?)</text>", svg, re.S)]
    return "Chart. " + "; ".join(dict.fromkeys(text for text in found if re.search(r"[^\W\d_]{2}", text)))


def empty(output):
    """A place that a transient output has left."""
    return list(output.get("data", {})) == ["text/html"] and not "".join(output.data["text/html"]).strip()


def digest(notebook):
    """Identifies the code of a notebook."""
    code = "\0".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    return hashlib.sha256(code.encode()).hexdigest()[:16]


if __name__ == "__main__":
    main()
