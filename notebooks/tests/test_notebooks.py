"""Every notebook, on the real kernel, in its quick mode: no error, the verdict that is expected of it, and its pictures."""

import base64
import json
import pathlib
import re
import xml.etree.ElementTree as xml

import nbformat
import pytest

import run
import store

EXPECTED = json.loads((pathlib.Path(__file__).parent / "expected.json").read_text())
NOTEBOOKS = {path.stem: path for path in run.notebooks()}

# What a reader downloads: GitHub stops rendering large notebooks.
STORED_AT_MOST = 300_000
CHART_AT_MOST = 100_000


def test_every_notebook_has_an_expectation():
    assert set(NOTEBOOKS) == set(EXPECTED)


@pytest.fixture(scope="module", params=sorted(NOTEBOOKS))
def executed(request):
    return request.param, run.execute(NOTEBOOKS[request.param])


def test_verdict(executed):
    name, notebook = executed
    verdicts = [line for line in run.texts(notebook).splitlines() if line.startswith("claim ")]
    assert len(verdicts) == 1, verdicts
    assert verdicts[0].startswith(EXPECTED[name]), verdicts[0]
    assert re.search(r"[0-9.e+-]+ \[[^]]+\] \([0-9]+ % interval, [0-9]+ seeds\)", verdicts[0]), "a verdict without its numbers"


def test_pictures(executed):
    name, notebook = executed
    drawn = 0
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
                drawn += 1
        assert not any("DecompressionStream" in html for html in outputs), "the library must not be stored"
    assert drawn >= 2


@pytest.mark.parametrize("name", sorted(NOTEBOOKS))
def test_stored_outputs_are_of_this_code(name):
    notebook = nbformat.read(NOTEBOOKS[name], as_version=4)
    assert notebook.metadata.get("outputs_of") == store.digest(notebook), "the code has changed: run make notebooks"
    text = NOTEBOOKS[name].read_text()
    assert len(text) < STORED_AT_MOST
    assert "<script" not in text, "stored notebooks hold pictures, not scripts"
    assert "image/svg+xml" in text
    assert EXPECTED[name] in run.texts(notebook)


def test_bad_parameter_is_named():
    with pytest.raises(Exception) as failure:
        run.execute(NOTEBOOKS["01_minimum_frobenius"], PENALTY_SEEDS="many")
    assert 'PENALTY_SEEDS is "many"; it must be an integer' in str(failure.value)
