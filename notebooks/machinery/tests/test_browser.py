"""JupyterLab as make lab starts it, in a real browser, with the network outside this machine blocked."""

import pathlib
import re
import time
import urllib.error
import urllib.request

import nbformat
import pytest
from playwright.sync_api import expect

from charts import COMPARISON, TYPED
from pages import HANG, ROOT, open_page, opened, pictures_folder, run_all_cells, run_cell


def test_token_is_required(lab):
    url, _ = lab
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{url}/api/contents", timeout=HANG / 1000)
    assert refused.value.code == 403


def test_start_here_in_jupyterlab(lab, browser):
    start = nbformat.read(ROOT / "notebooks/00_start_here.ipynb", as_version=4)
    # Without outputs, so that what a page shows was made here.
    for cell in start.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    with opened(browser, lab, "jupyterlab", start) as page:
        run_all_cells(page)
        supported = re.compile("claim C7 on the volcano: (suggests )?supported")
        verdict = page.locator(".jp-OutputArea-output", has_text=supported)
        expect(verdict).to_be_attached(timeout=HANG)
        # Mathematics is rendered where no $ is left.
        page.wait_for_function("""() => {
            const texts = [...document.querySelectorAll('.jp-Notebook .jp-RenderedMarkdown')].map(e => e.innerText);
            return texts.length >= 8 && !texts.some(text => text.includes('$')) }""")
        verdict.first.scroll_into_view_if_needed()
        page.wait_for_timeout(300)
        page.screenshot(path=pictures_folder() / "lab-verdict.png")
        chart = page.locator(".penalty-chart canvas").first
        chart.scroll_into_view_if_needed()
        page.wait_for_function("""() => {
            const count = selector => document.querySelectorAll(selector).length;
            return count('.penalty-chart canvas') === count('.penalty-chart') && count('.penalty-chart') >= 8 }""")
        # The chart grows into its canvas.
        page.wait_for_function("""c => {
            const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data, seen = new Set();
            for (let i = 0; i < d.length; i += 4) if (d[i + 3]) seen.add(d[i] << 16 | d[i + 1] << 8 | d[i + 2]);
            return seen.size > 10 }""", arg=chart.element_handle())
        page.screenshot(path=pictures_folder() / "lab-chart.png")
        assert page.failures == []


@pytest.mark.parametrize("begun, offered", [("mc.", "DeepMF"), ("mc.DeepMF{", "Depth"), ("nb.Sh", "nb.Show")])
def test_tab_completes(jupyterlab, begun, offered):
    jupyterlab.failures.clear()
    cell = jupyterlab.locator(".jp-Notebook .jp-Cell").nth(TYPED)
    cell.locator(".cm-content").click()
    item, start = jupyterlab.locator(".jp-Completer-item", has_text=offered.rpartition(".")[2]), time.monotonic()
    deadline = start + HANG / 1000
    while time.monotonic() < deadline:  # gopls may have to read the toolkit first, and GoNB waits 8 s for it
        jupyterlab.keyboard.press("Control+a")
        jupyterlab.keyboard.type(f"%%\n{begun}")
        start = time.monotonic()
        jupyterlab.keyboard.press("Tab")
        try:
            # A sole match is entered at once.
            expect(item.first.or_(cell.locator(".cm-content", has_text=offered))).to_be_visible(timeout=20_000)
            break
        except AssertionError:
            jupyterlab.keyboard.press("Escape")
            cell.locator(".cm-content").click()
    print(f"{begun}: {time.monotonic() - start:.1f} s from Tab to the list")
    expect(item.first.or_(cell.locator(".cm-content", has_text=offered))).to_be_visible()
    jupyterlab.screenshot(path=pictures_folder() / f"lab-tab-{offered}.png")
    jupyterlab.keyboard.press("Escape")
    assert jupyterlab.failures == []


def test_every_page_waits_as_long_as_a_busy_machine_may_take():
    """A screenshot of a long page, which has no limit of its own, took more than Playwright's 30 s."""
    tests = pathlib.Path(__file__).parent.glob("*.py")
    by_hand = [file.name for file in tests if re.search(r"browser\.new_", file.read_text())]
    assert by_hand == ["pages.py"]


# JupyterLab's question for the kernel, whose first answer is lost; Escape closes it.
LOST = """<div class="jp-InputPrompt">[ ]:</div><div role="menuitem" onclick="cells.hidden = false">Run</div>
<div role="menuitem" id="cells" hidden onclick="document.querySelector('.jp-InputPrompt').textContent = '[*]:'">Run All Cells</div>
<dialog open class="jp-Dialog" style="position: fixed; inset: 0; width: 100%; height: 100%">Select Kernel <button class="jp-mod-accept">Select</button></dialog>
<script>document.onkeydown = event => event.key === "Escape" && document.querySelector("dialog").remove()</script>"""


def test_a_question_for_the_kernel_that_stays_is_closed(browser):
    page = open_page(browser, 800, 600)
    try:
        page.patience = 2000
        page.set_content(LOST)
        run_all_cells(page)
        assert page.locator(".jp-InputPrompt").inner_text() == "[*]:" and not page.locator("dialog").count()
    finally:
        page.close()


def test_a_comparison_fills_its_table_as_it_goes(jupyterlab):
    page, cell = jupyterlab, jupyterlab.locator(".jp-Notebook .jp-Cell").nth(COMPARISON)
    page.failures.clear()
    # What the table says while it fills may have gone before anybody looks.
    cell.evaluate("""cell => { window.said = []; new MutationObserver(() => {
        const rows = [...cell.querySelectorAll('.jp-OutputArea tr')].slice(1).map(row => row.innerText);
        if (rows.length) said.push([rows.length, rows.filter(row => row.includes('not yet run')).length]);
    }).observe(cell, {childList: true, subtree: true}); }""")
    run_cell(page, COMPARISON)
    expect(cell.locator("table").first).to_be_visible(timeout=HANG)
    page.screenshot(path=pictures_folder() / "lab-compare-live.png")
    expect(cell.get_by_text("chosen: true")).to_be_visible(timeout=HANG)
    said = page.evaluate("said")
    assert {rows for rows, _ in said} == {12}, said
    assert len({left for _, left in said}) > 6 and said[-1][1] == 0, said
    expect(cell.locator("table")).to_have_count(1)
    expect(cell.locator("tr")).to_have_count(13)
    wide = cell.locator(".jp-OutputArea").first.evaluate(
        "area => area.querySelector('table').offsetWidth <= area.clientWidth")
    assert wide, "the table is cut off at its right"
    cell.evaluate("cell => cell.scrollIntoView()")
    page.screenshot(path=pictures_folder() / "lab-compare.png")
    assert page.failures == []
