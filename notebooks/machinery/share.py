"""Write a copy of a notebook that others can read and run: charts as PNG, which code hosts show, and a line that tells
who lacks the toolkit what to do.

python notebooks/machinery/share.py NOTEBOOK [COPY]: the copy is NOTEBOOK-shared.ipynb unless it is named.
"""

import base64
import copy
import html
import pathlib
import re
import sys

import nbformat

import store

NOTEBOOKS = pathlib.Path(__file__).resolve().parents[1]
# GoNB runs a line that begins with !* before it compiles the cell.
NEEDS = ('!*go list projectpenalty/mc >/dev/null 2>&1 || echo "This notebook needs Project Penalty. Get it, '
         'run make kernel in '
         'its folder, and open the notebook with the kernel Go (gonb)."')
IMPORT = re.compile(r'^\s*(import\s+)?(\w+\s+)?"projectpenalty/', re.M)
TITLE = re.compile(r"<h2>(.*?)</h2>")  # of a viz.Page
CHART = re.compile(r'<img alt="([^"]*)"[^>]* src="data:image/svg\+xml;base64,([^"]+)"')


def main():
    if len(sys.argv) not in (2, 3) or not sys.argv[1]:
        sys.exit("share: name a notebook: make share NB=my.ipynb")
    source = pathlib.Path(sys.argv[1])
    if not source.exists() and not source.is_absolute() and (NOTEBOOKS / source).exists():
        source = NOTEBOOKS / source  # as JupyterLab names it, whose root that folder is
    try:
        notebook = nbformat.read(source, as_version=4)
    except FileNotFoundError:
        sys.exit(f"share: there is no {source} in {pathlib.Path.cwd()}, nor in {NOTEBOOKS}")
    except OSError as failure:
        sys.exit(f"share: {failure}")
    except (ValueError, nbformat.reader.NotJSONError) as failure:
        sys.exit(f"share: {source} is not a notebook: {failure}")
    target = pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else source.with_name(f"{source.stem}-shared.ipynb")
    if target.resolve() == source.resolve():
        sys.exit(f"share: the copy would replace {source}; name another one")
    shared = portable(notebook)
    nbformat.write(shared, target)
    charts = sum("image/png" in o.get("data", {}) for cell in shared.cells for o in cell.get("outputs", []))
    print(f"share: {target}: {charts} pictures, {target.stat().st_size // 1000} kB")
    for warning in lacking(shared):
        print(f"share: {warning}")


def portable(notebook):
    """A copy of the notebook with pictures as PNG, and the line in the cell that first imports the toolkit."""
    notebook = copy.deepcopy(notebook)
    first = next((cell for cell in notebook.cells if cell.cell_type == "code" and IMPORT.search(cell.source)), None)
    if first and NEEDS not in first.source:
        first.source = f"{NEEDS}\n{first.source}"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [made for output in cell.outputs for made in pictures(output) if not store.empty(made)]
    store.portable(notebook, strict=False)
    return notebook


def pictures(output):
    """An output, or the pictures of its charts, an output for each; the live charts need scripts,
    which code hosts strip."""
    page = "".join(output.get("data", {}).get("text/html", ""))
    charts = CHART.findall(page)
    if not charts:
        return [output]
    made = []
    if title := TITLE.match(page):
        made.append(nbformat.v4.new_output("display_data", {
            "text/html": title[0], "text/plain": html.unescape(title[1])}, metadata=dict(output.metadata)))
    for alt, svg in charts:
        data = {"image/svg+xml": base64.b64decode(svg).decode(), "text/plain": html.unescape(alt)}
        made.append(nbformat.v4.new_output("display_data", data, metadata=dict(output.metadata)))
    return made


def lacking(notebook):
    """What a reader of the copy would miss."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    if not any(cell.outputs for cell in code):
        yield "no cell has an output: run the notebook and save it first"
    if any('class="penalty-chart"' in "".join(o.get("data", {}).get("text/html", "")) for cell in code
           for o in cell.outputs):
        yield ("a chart has no picture, since none could be drawn where it was made: "
              "run its cell with the kernel of make lab or make kernel")


if __name__ == "__main__":
    main()
