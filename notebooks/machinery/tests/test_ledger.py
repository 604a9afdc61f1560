"""The ledger of claims: rows are replaced by notebook and mode, a verdict that changes is flagged,
text from outside is escaped."""

import json
import os
import pathlib
import subprocess
import sys

import ledger
import nbformat
import pytest
import run
import store


def row(mode, outcome, claim="C7", name="00_start_here.ipynb"):
    check = {"what": "error | test", "median": 1e-6, "lo": 5e-7, "hi": "+Inf", "confidence": 0.75, "seeds": 3,
             "bound": "≤ 0.0001", "comparisons": 1, "outcome": outcome}
    return {"notebook": name, "title": "C7 <b>", "claim": claim, "mode": mode, "setting": "100×100", "outcome": outcome,
            "headline": outcome, "missing": "", "checks": [check], "seconds": 7, "run": "0123456789ab"}


def test_rows_are_replaced_by_notebook_and_mode():
    old = [row("quick", "refuted"), row("full", "supported")]
    new = ledger.replace(old, "00_start_here.ipynb", "quick", [row("quick", "supported")])
    assert [(r["mode"], r["outcome"]) for r in new] == [("quick", "supported"), ("full", "supported")]


def test_a_run_without_the_data_keeps_an_earlier_row():
    without_data = {**row("quick", "not run"), "missing": ledger.NO_DATA}
    interrupted = {**without_data, "missing": "interrupted"}
    old = [row("quick", "refuted"), row("full", "supported")]
    for new, outcomes in (without_data, ["refuted", "supported"]), (interrupted, ["not run", "supported"]):
        assert [r["outcome"] for r in ledger.replace(old, "00_start_here.ipynb", "quick", [new])] == outcomes
    assert ledger.replace([row("full", "supported")], "00_start_here.ipynb", "quick", [without_data])[0] == without_data


def test_the_runs_behind_a_row_that_is_kept_are_kept():
    without_data = {**row("quick", "not run"), "missing": ledger.NO_DATA}
    for old, kept in ([row("quick", "refuted")], True), ([], False), ([row("full", "refuted")], False):
        assert ledger.kept(ledger.replace(old, "00_start_here.ipynb", "quick", [without_data]), [without_data]) == kept


def test_a_full_run_that_goes_on_keeps_the_longer_time():
    long, short = {**row("full", "supported"), "seconds": 9000}, {**row("full", "refuted"), "seconds": 60}
    for sources, seconds in ("a", 9000), ("b", 60):
        new = ledger.replace([{**long, "sources": "a"}], "00_start_here.ipynb", "full", [{**short, "sources": sources}])
        assert [(r["outcome"], r["seconds"]) for r in new] == [("refuted", seconds)]


def test_the_reason_is_that_of_the_notebook():
    cells = json.loads((ledger.NOTEBOOKS / "12_movielens.ipynb").read_text())["cells"]
    assert any(f'Missing = "{ledger.NO_DATA}", "{ledger.NO_DATA}"' in "".join(cell["source"]) for cell in cells)


def test_rows_of_claims_that_are_gone_are_dropped():
    old = [row("full", "supported", claim="C7, beats depth"), row("full", "refuted")]
    new = ledger.replace(old, "00_start_here.ipynb", "quick", [row("quick", "supported")])
    assert [(r["claim"], r["mode"]) for r in new] == [("C7", "quick"), ("C7", "full")]


def test_rows_of_notebooks_that_are_gone_are_dropped():
    assert ledger.replace([row("quick", "refuted", name="99_gone.ipynb")], "00_start_here.ipynb", "quick", []) == []


def test_a_verdict_that_changes_is_flagged():
    same, other = [row("quick", "partly"), row("full", "partly")], [row("quick", "supported"), row("full", "refuted")]
    assert ledger.changed(same) == set() and "differs" not in ledger.summary(same)
    assert ledger.changed(other) == {("00_start_here.ipynb", "C7")}
    assert "refuted (3 seeds) ⚠ differs" in ledger.summary(other)


def test_a_claim_that_was_not_run_in_one_mode_does_not_differ():
    without_data = {**row("quick", "not run"), "reason": "data missing", "checks": []}
    assert ledger.changed([without_data, row("full", "refuted")]) == set()
    assert "not run (data missing) | refuted (3 seeds) |" in ledger.summary([without_data, row("full", "refuted")])


@pytest.mark.parametrize("full, shown", [
    ({"sources": "b"}, "refuted (3 seeds, other code) |"),
    ({"sources": "a"}, "refuted (3 seeds) |"),
    ({"sources": "b", "outcome": "not run", "reason": "data missing", "checks": []}, "refuted (data missing) |"),
])
def test_a_full_verdict_of_other_code_is_marked(full, shown):
    rows = [{**row("quick", "refuted"), "sources": "a"}, {**row("full", "refuted"), **full}]
    assert ledger.summary(rows).endswith(f"| refuted (3 seeds) | {shown}\n")
    assert ledger.summary(rows).replace("](notebooks/", "](") in ledger.page(rows)
    assert "other code" not in ledger.summary(rows[1:])


def test_a_quick_row_knows_the_sources_with_which_its_numbers_were_the_same():
    quick, full = {**row("quick", "refuted"), "sources": "a"}, {**row("full", "refuted"), "sources": "a"}
    for change, alike in ({}, ["a"]), ({"checks": [{**quick["checks"][0], "lo": 4e-7}]}, None):
        new = {**quick, "sources": "b", **change}
        rows = ledger.replace([quick, full], "00_start_here.ipynb", "quick", [new])
        assert rows[0].get("alike") == alike
        assert ("other code" in ledger.summary(rows)) == (alike is None)
        assert "other code" in ledger.summary([rows[0], {**full, "code": "of an earlier notebook"}])
    again = {**row("quick", "refuted"), "sources": "c"}
    [last] = ledger.replace([{**quick, "alike": ["z"]}], "00_start_here.ipynb", "quick", [again])
    assert last["alike"] == ["a", "z"]


def test_a_verdict_without_result_keeps_why_as_its_notebook_has_it():
    """It has both what is missing and the preconditions that failed, so that it can be computed again."""
    def kept(**why):
        verdict = {**row("quick", "invalid"), "rule": "all checks hold", "confidence": 0, "full": False,
                   "version": "1", "checks": [], **why}
        output = nbformat.v4.new_output("display_data", {run.VERDICT: json.dumps(verdict)})
        notebook = nbformat.v4.new_notebook(cells=[
            nbformat.v4.new_markdown_cell("# C7"), nbformat.v4.new_code_cell("1", outputs=[output])])
        [found] = ledger.rows(pathlib.Path("00_start_here.ipynb"), notebook, "code", 1)
        assert "**quick: invalid**: why." in ledger.page([found]) and "invalid (why)" in ledger.summary([found])
        return found["missing"], found["failed"]
    assert kept(reason="why", failed=["why"]) == ("", ["why"])
    assert kept(reason="why", missing="why") == ("why", [])


def test_page_has_every_number():
    text = ledger.page([row("quick", "inconclusive")])
    assert "Required" not in text
    assert "| error \\| test | 1e-06 | 5e-07 to +Inf | 75 % | 3 | ≤ 0.0001 | open |" in text
    assert "C7 &lt;b>" in text and "took 7 s; run `0123456789ab`" in text
    many = row("quick", "inconclusive")
    many["checks"][0] |= {"comparisons": 4, "confidence": 0.98}
    many["required"] = [{"what": "converged", "met": "converged in 3 of 3 runs"}]
    text = ledger.page([many])
    assert "| 98 %, 92 % for 4 at once | 3 |" in text and "\nRequired: converged in 3 of 3 runs.\n" in text


def test_numbers_behind_verdicts_are_written_and_those_of_the_other_mode_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger, "TABLES", tmp_path / "ledger")
    columns = [{"name": "error", "values": [1e-6, "+Inf"]}]
    ledger.tables([{**row("full", "partly"), "columns": columns}])
    ledger.tables([{**row("quick", "partly"), "columns": columns[:1]}, row("full", "partly")])
    assert (tmp_path / "ledger/00_start_here.csv").read_text().splitlines() == [
        "claim,mode,column,seed,value", "C7,quick,error,1,1e-06", "C7,quick,error,2,+Inf",
        "C7,full,error,1,1e-06", "C7,full,error,2,+Inf"]


def test_numbers_of_a_row_that_is_kept_are_kept_and_of_a_claim_that_is_gone_dropped(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger, "TABLES", tmp_path)
    columns = [{"name": "error", "values": [1]}]
    ledger.tables([{**row("quick", "partly", claim=claim), "columns": columns} for claim in ("C1", "C2", "C3")])
    new = {**row("quick", "partly", claim="C1"), "columns": [{"name": "error", "values": [2]}]}
    ledger.tables([new, row("quick", "partly", claim="C2")])
    assert (tmp_path / "00_start_here.csv").read_text().splitlines()[1:] == ["C1,quick,error,1,2", "C2,quick,error,1,1"]


def test_runs_have_their_settings(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger, "TABLES", tmp_path)
    fit = {"settings": "mc.ALS{Rank:2, Seed:0x1}, problem ab", "status": "converged", "values": {"Steps": "9"},
           "sources": "s"}
    log = [{"sweep": "scales", "settings": "mc.DeepMF{Depth:1}, mc.LowRank{}, by Depth; Seed", "sources": "s"},
           {"sweep": "scales", "settings": "2; 1", "status": "failed", "error": "why", "sources": "s"},
           fit, {**fit, "settings": "mc.ALS{Rank:2, Seed:0x2}, problem ab", "values": {"Train": "1e-05"}}, fit,
           {"sweep": "c-tune-ratio", "settings": "mc.ALS{}, by Seed", "sources": "s"},
           {"sweep": "c-tune-ratio", "settings": "1", "status": "converged", "values": {"Test": "1"}, "sources": "s"}]
    ledger.runs(pathlib.Path("07_x.ipynb"), "quick", "\n".join(map(json.dumps, log)))
    assert (tmp_path / "runs/07_x.quick.csv").read_text().splitlines() == [
        "number,sweep,settings,status,Train,Steps,sources",
        '1,scales,"mc.DeepMF{Depth:1}, mc.LowRank{}, by Depth; Seed",,,,s',
        "1,,2; 1,failed: why,,,",
        '2,,"mc.ALS{Rank:2, Seed:0x1}, problem ab",,,,s',
        "2,,,converged,,9,",
        "2,,Seed:0x2},converged,1e-05,,"]
    assert (tmp_path / "runs/07_x.quick.tuning.csv").read_text().splitlines() == [
        "number,sweep,settings,status,Test,sources",
        '1,c-tune-ratio,"mc.ALS{}, by Seed",,,s', "1,,1,converged,1,"]


def test_a_ledger_is_utf8_in_any_locale(tmp_path):
    """And one that cannot be written leaves the old one."""
    script = """if True:
        import pathlib, sys
        import ledger
        folder = pathlib.Path(sys.argv[1])
        for name in "JSON", "PAGE", "TABLES", "README":
            setattr(ledger, name, folder / name)
        ledger.README.write_bytes(ledger.BEGIN.encode() + ledger.END.encode())
        ledger.write([])
        ledger.JSON.write_bytes('["\\u03c1"]'.encode())
        assert ledger.read(ledger.JSON) == ["\\u03c1"]
        ledger.save(ledger.PAGE, "\\u03c1 \\u2264 1")
        try:
            ledger.save(ledger.JSON, "\\udc80")
        except UnicodeEncodeError:
            pass
        """
    subprocess.run([sys.executable, "-c", script, tmp_path], check=True, cwd=ledger.NOTEBOOKS / "machinery",
                   env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"})
    assert (tmp_path / "PAGE").read_bytes() == "ρ ≤ 1".encode()
    assert (tmp_path / "JSON").read_bytes() == '["ρ"]'.encode()


@pytest.fixture
def stored(monkeypatch, tmp_path):
    """What store.main asks for and stores, of a notebook with an output of this HTML, run in the quick mode."""
    def main(page):
        calls = {}
        output = nbformat.v4.new_output("display_data", {"text/html": page})
        notebook = nbformat.v4.new_notebook(cells=[
            nbformat.v4.new_markdown_cell("# C7"), nbformat.v4.new_code_cell("1", outputs=[output])])
        monkeypatch.setattr(sys, "argv", ["store.py", "00"])
        monkeypatch.setattr(store, "chosen", lambda names: [tmp_path / "00_start_here.ipynb"])
        monkeypatch.setattr(run, "execute", lambda path, **parameters: calls.update(parameters) or notebook)
        monkeypatch.setattr(ledger, "read", lambda: [])
        for name in "runs", "write":
            monkeypatch.setattr(ledger, name, lambda *arguments, name=name: calls.update({name: arguments}))
        try:
            store.main()
        except SystemExit as ended:
            calls["said"] = str(ended)
        return calls
    return main


def test_what_is_stored_as_quick_is_run_so(stored, monkeypatch):
    monkeypatch.setenv("PENALTY_FULL", "1")
    assert stored("")["PENALTY_FULL"] == ""


def test_a_notebook_is_replaced_whole(stored, tmp_path):
    """An interruption leaves the old one: it is not written in place."""
    path, before = tmp_path / "00_start_here.ipynb", tmp_path / "before"
    path.write_text("old")
    before.hardlink_to(path)
    stored("shown")
    assert before.read_text() == "old"
    assert path.read_text().endswith("}\n")
    assert nbformat.read(path, as_version=4).cells[1].outputs[0].data == {"text/html": "shown"}


def test_only_a_caller_makes_a_run_full(monkeypatch):
    """The tests and the site run the quick mode, whatever the user's environment says."""
    monkeypatch.setenv("PENALTY_FULL", "1")
    ran = []

    class Client:
        def __init__(self, notebook, timeout, **settings):
            self.timeout = timeout

        def execute(self, env):
            ran.append((env["PENALTY_FULL"], self.timeout, "PENALTY_RESULTS" in env))

    monkeypatch.setattr(run, "NotebookClient", Client)
    path = run.notebooks()[0]
    run.execute(path)
    run.execute(path, PENALTY_FULL=1)
    assert ran == [("", run.HANG, True), ("1", run.FULL_HANG, True)]


def test_a_run_without_pictures_stores_nothing(stored):
    calls = stored("viz: pictures cannot be drawn: no helper")
    assert calls["said"].startswith("nothing is stored") and "runs" not in calls and "write" not in calls
    assert {"runs", "write"} <= set(stored("<p>fine</p>"))


def test_committed_pages_are_of_the_committed_ledger():
    rows = ledger.read()
    assert ledger.PAGE.read_text() == ledger.page(rows)
    assert ledger.summary(ledger.of_the_note(rows)) in ledger.README.read_text()
