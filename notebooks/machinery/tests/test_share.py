"""A notebook that is given away: its pictures show where scripts and SVG are stripped, and who
lacks the toolkit is told what to do."""

import copy
import os
import pathlib
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

import share
from charts import notebook
from pages import ROOT

CELL = """import (
	"gonum.org/v1/gonum/mat"

	"projectpenalty/viz"
	"projectpenalty/viz/nb"
)

%%
w := mat.NewDense(2, 2, []float64{1, 2, 3, 4})
nb.Show(viz.Page("Two pages", viz.Heatmap("One", w, viz.Scale{}), viz.Heatmap("Two", w, viz.Scale{})))
nb.Table([][]string{{"a table"}, {"stays"}})
"""

NUMBER = """import (
	"fmt"

	"projectpenalty/viz/nb"
)

%%
fmt.Println(41, nb.Must(42, nil))
"""


def run(notebook, folder, **environment):
    made = copy.deepcopy(notebook)
    NotebookClient(made, timeout=900, kernel_name="gonb", allow_errors=True,
                   resources={"metadata": {"path": str(folder)}}).execute(
        env={**os.environ, **environment})
    return made


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """The copy that make share writes of a notebook as JupyterLab saves it."""
    folder = tmp_path_factory.mktemp("share")
    nbformat.write(run(notebook(CELL), folder), folder / "mine.ipynb")
    done = subprocess.run(["make", "share", f"NB={folder / 'mine.ipynb'}"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 pictures" in done.stdout and "has no picture" not in done.stdout
    return nbformat.read(folder / "mine-shared.ipynb", as_version=4)


def test_pictures_are_png(shared):
    nbformat.validate(shared)
    text = nbformat.writes(shared)
    assert "<script" not in text and "svg" not in text
    pictures = [o for o in shared.cells[0].outputs if "image/png" in o.data]
    assert ["One" in o.metadata["image/png"]["alt"] for o in pictures] == [True, False]
    assert all(0 < len(o.data["image/png"]) < 60_000 and "project_penalty" in o.metadata for o in pictures)
    assert any(o.data.get("text/plain") == "Two pages" for o in shared.cells[0].outputs)
    assert any("stays" in o.data.get("text/html", "") for o in shared.cells[0].outputs)


def test_a_notebook_that_is_not_there_is_looked_for_in_both_folders():
    done = subprocess.run([sys.executable, share.__file__, "no_such.ipynb"], capture_output=True, text=True)
    assert done.returncode != 0
    assert f"there is no no_such.ipynb in {ROOT}, nor in {ROOT / 'notebooks'}" in done.stdout + done.stderr


def test_a_name_as_jupyterlab_has_it_will_do(tmp_path):
    copy = tmp_path / "copy.ipynb"
    done = subprocess.run([sys.executable, share.__file__, "01_minimum_frobenius.ipynb", copy], capture_output=True,
                          text=True)
    assert done.returncode == 0 and copy.exists(), done.stdout + done.stderr


def test_who_lacks_the_toolkit_is_told_what_to_do(shared, tmp_path, monkeypatch):
    gonb = pathlib.Path(sys.executable).with_name("gonb")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    monkeypatch.setenv("PATH", f"{gonb.parent}{os.pathsep}{os.environ['PATH']}")
    subprocess.run([gonb, "--install", "--logtostderr=false", "--log_file=/dev/null"], check=True, capture_output=True)
    outputs = run(nbformat.v4.new_notebook(cells=shared.cells[:1], metadata=shared.metadata), tmp_path).cells[0].outputs
    assert "This notebook needs Project Penalty. Get it, run make kernel" in "".join(o.get("text", "") for o in outputs)
    assert any(o.output_type == "error" for o in outputs)


def test_it_runs_as_before_and_says_first_if_it_is_of_another_version(shared, tmp_path):
    path = tmp_path / "mine.ipynb"

    def opened(stamp):
        """The outputs of the two cells in a new kernel, of a notebook whose stored outputs have this stamp."""
        cells = [*copy.deepcopy(shared.cells[:1]), *notebook(NUMBER).cells]
        stored = nbformat.v4.new_notebook(cells=cells, metadata=shared.metadata)
        for output in cells[0].outputs:
            output.metadata["project_penalty"] = stamp
        nbformat.write(stored, path)
        stored.cells.reverse()
        return [cell.outputs for cell in run(stored, tmp_path, JPY_SESSION_NAME=str(path)).cells]

    stamp = next(o.metadata["project_penalty"] for o in shared.cells[0].outputs if "image/png" in o.data)
    version, rest = stamp.split(", ", 1)
    number, charts = opened(f"0.0.7, {rest}")
    said = number[0].data["text/html"]
    assert f"of Project Penalty 0.0.7, {rest}. Here runs {version}, {rest}: results may differ" in said
    assert number[1].text == "41 42\n"
    assert "Here runs" not in str(charts), "once is enough"
    number, charts = opened(stamp)
    assert [o.text for o in number] == ["41 42\n"]
    assert not [o for o in charts if o.output_type in ("error", "stream")], charts


@pytest.mark.parametrize("arguments, said", [
    ([], "name a notebook"), (["nothing.ipynb"], "nothing.ipynb"), ([__file__], "is not a notebook"),
])
def test_what_cannot_be_shared_is_named(arguments, said):
    done = subprocess.run([sys.executable, share.__file__, *arguments], capture_output=True, text=True)
    assert done.returncode and said in done.stderr and "Traceback" not in done.stderr
