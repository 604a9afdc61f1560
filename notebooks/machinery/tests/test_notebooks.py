"""Every notebook, on the real kernel, in its quick mode: no error, the verdict that is expected of
it, and its pictures."""

import base64
import json
import pathlib
import re
import struct
import xml.etree.ElementTree as xml

import nbformat
import pytest

import ledger
import run
import store

EXPECTED = json.loads((pathlib.Path(__file__).parent / "expected.json").read_text())
NOTEBOOKS = {path.stem: path for path in run.notebooks()}

# What a reader downloads: GitHub stops rendering large notebooks.
STORED_AT_MOST = 900_000
CHART_AT_MOST = 100_000


def test_every_notebook_has_an_expectation():
    assert set(NOTEBOOKS) == set(EXPECTED)


@pytest.fixture(scope="module", params=sorted(NOTEBOOKS))
def executed(request):
    return request.param, run.execute(NOTEBOOKS[request.param])


def expected(name):
    """The verdicts expected of a notebook, in its order."""
    return [EXPECTED[name]] if isinstance(EXPECTED[name], str) else EXPECTED[name]


def headline(verdict):
    return f"claim {verdict['claim']}: {verdict['outcome']}"


def test_verdict(executed):
    name, notebook = executed
    verdicts = run.verdicts(notebook)
    said = [line for line in run.texts(notebook).splitlines() if line.startswith("claim ")]
    here = [re.sub(r"(MovieLens-100K.*): \w+$", r"\1: not run", text) for text in expected(name)]  # which has no data
    assert [headline(v) for v in verdicts] == here, said
    for v in verdicts:
        assert v["setting"], "a verdict that does not say where it holds"
        assert v.get("reason") or v["checks"] and all(c["seeds"] >= 3 and not c.get("error") for c in v["checks"]), v


def test_pictures(executed):
    name, notebook = executed
    drawn, named = 0, {}
    for cell, outputs in zip((c for c in notebook.cells if c.cell_type == "code"), run.pages(notebook)):
        charts = [html for html in outputs if "penalty-chart" in html]
        body = cell.source.partition("%%")[2]
        if "nb.Show(" in body or "nb.Live(" in cell.source:
            assert charts, f"a cell shows nothing:\n{cell.source}"
        for html in charts:
            pictures = re.findall(r'<img alt="([^"]+)"[^>]* src="data:image/svg\+xml;base64,([^"]+)"', html)
            assert len(pictures) == html.count('class="penalty-chart"')
            assert len(html) < CHART_AT_MOST * len(pictures)
            for alt, data in pictures:
                picture = xml.fromstring(base64.b64decode(data))
                marks = sum(1 for e in picture.iter() if e.tag.endswith(("path", "image", "polyline")))
                assert len(alt) > 40 and marks > 0
                # The first sentence has the title and the axes.
                twin = named.setdefault(alt.partition(". ")[0], cell.source)
                assert twin is cell.source, f"two charts have one title, {alt[:60]!r}:\n{twin}\n\n{cell.source}"
                drawn += 1
        assert not any("DecompressionStream" in html for html in outputs), "the library must not be stored"
    assert drawn >= 2


@pytest.mark.parametrize("name", sorted(NOTEBOOKS))
def test_stored_outputs_are_of_this_code(name):
    notebook = nbformat.read(NOTEBOOKS[name], as_version=4)
    assert notebook.metadata.get("outputs_of") == store.digest(notebook), "the code has changed: run make reproduce"
    text = NOTEBOOKS[name].read_text()
    assert len(text) < STORED_AT_MOST
    assert "<script" not in text, "stored notebooks hold pictures, not scripts"
    pictures = [o for cell in notebook.cells for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]
    assert pictures and "image/svg+xml" not in text, "JupyterLab shows no SVG in a notebook that is not trusted"
    for picture in pictures:
        width, height = struct.unpack(">II", base64.b64decode(picture.data["image/png"])[16:24])
        described = picture.metadata["image/png"]
        assert (width, height) == (2 * described["width"], 2 * described["height"]), "not sharp at twice the size"
        assert len(described["alt"]) > 20 and described["alt"] == "".join(picture.data["text/plain"])
    assert [headline(v) for v in run.verdicts(notebook)] == expected(name)
    quick = [r for r in ledger.read() if r["notebook"] == NOTEBOOKS[name].name and r["mode"] == "quick"]
    assert sorted(map(headline, quick)) == sorted(expected(name)), "the ledger is not of this code: run make reproduce"


def test_template_is_a_notebook_that_runs():
    template = pathlib.Path(run.__file__).with_name("template.ipynb")
    executed = run.execute(template)
    assert [headline(v) for v in run.verdicts(executed)] == ["claim C0: supported"]
    assert any("penalty-chart" in html for outputs in run.pages(executed) for html in outputs)


def mutant(tmp_path, name, *changes):
    """The notebook with some of its code replaced, beside the others so that it finds what they find."""
    notebook = nbformat.read(NOTEBOOKS[name], as_version=4)
    for old, new in changes:
        cells = [cell for cell in notebook.cells if cell.cell_type == "code" and old in cell.source]
        assert cells, f"no cell has {old!r}: this test is of another notebook"
        for cell in cells:
            cell.source = cell.source.replace(old, new)
    path = tmp_path / NOTEBOOKS[name].name
    nbformat.write(notebook, path)
    return path


@pytest.mark.parametrize("penalty", ["mc.Times(-1, mc.Ratio{})", "mc.Times(0, mc.Ratio{})"],
                         ids=["sign flipped", "no penalty"])
def test_claim_is_not_supported_by_a_ruined_penalty(tmp_path, penalty):
    # The ruined method against depth 3 alone, on the grids of the notebook.
    path = mutant(
        tmp_path, "07_state_of_the_art",
        ("single(mc.Ratio{})", f"single({penalty})"),
        ("	return c\n}", """	c.Entrants = slices.DeleteFunc(c.Entrants, func(e sweep.Entrant) bool { return e.Name != "ratio" && e.Name != "depth 3" })
	return c
}"""),
        ('	"fmt"\n', '	"fmt"\n	"slices"\n'),
        ('outperforms.AtLeast("recoveries of the ratio minus those of depth 2", 0.5, lead("depth 2"))'
         '.IfNothing(0)\n', ""),
        ('outperforms.AtLeast("recoveries of the ratio minus those of depth 4", 0.5, lead("depth 4"))'
         '.IfNothing(0)\n', ""),
        # The cell to try something in.
        ('c.Method == "ratio" || ', ""),
    )
    verdicts = run.verdicts(run.execute(path))
    assert [v["claim"] for v in verdicts] == ["C7, outperforms depth", "C7, comparable to depth",
                                              "C7, state of the art"]
    for v in verdicts:
        assert v["checks"] and v["outcome"] not in ("supported", "not run"), v


def test_bad_parameter_is_named():
    with pytest.raises(Exception) as failure:
        run.execute(NOTEBOOKS["01_minimum_frobenius"], PENALTY_SEEDS="many")
    assert 'PENALTY_SEEDS is "many"; it must be an integer' in str(failure.value)
