"""The static site: every link leads somewhere, every chart is live, and nothing is fetched from elsewhere."""

import nbformat
import pytest
from playwright.sync_api import expect

import publish
import run
from charts import CHARTS
from pages import HANG, new_page

CLAIM = "01_minimum_frobenius.ipynb"

# What stands around the first dollar sign outside code and outputs: mathematics that was not
# rendered.
RAW_MATHEMATICS = """() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), texts = [];
    while (walker.nextNode())
        if (!walker.currentNode.parentElement.closest('pre, code, script, style, math')) texts.push(walker.currentNode.data);
    const text = texts.join(''), at = text.indexOf('$');
    return at < 0 ? '' : text.slice(Math.max(0, at - 40), at + 40);
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory, jupyterlab):
    """The site of the stored notebooks; to one of them the outputs of a run are added, with every chart."""
    def notebook(path):
        shown = publish.stored(path)
        if path.name == CLAIM:
            shown.cells.append(jupyterlab.saved.cells[CHARTS])
        return shown

    folder = tmp_path_factory.mktemp("site") / "site"
    publish.publish(folder, notebook)
    return folder


def test_a_picture_of_another_program_has_no_description():
    """As one that a notebook of one's own shows by gonbui.DisplayPng."""
    def shown(metadata):
        return publish.output(nbformat.v4.new_output("display_data", {"image/png": "AAAA\n"}, metadata=metadata))

    assert shown({}) == '<img alt="" src="data:image/png;base64,AAAA">'
    assert shown({"image/png": {"width": 7}}) == '<img alt="" width="7" src="data:image/png;base64,AAAA">'
    assert shown({"image/png": {"alt": "a < b", "width": 7}}).startswith('<img alt="a &lt; b" width="7" src=')


@pytest.mark.parametrize("name", ["gzip.decompress", "colours"])
def test_an_interrupted_site_is_begun_anew(monkeypatch, tmp_path, name):
    def interrupted(_):
        raise KeyboardInterrupt

    folder = tmp_path / "site"
    monkeypatch.setattr(f"publish.{name}", interrupted)
    for _ in range(2):  # the second call takes the folder for its own
        with pytest.raises(KeyboardInterrupt):
            publish.publish(folder, publish.stored)


def test_pages(site, browser):
    pages = sorted(site.rglob("*.html"))
    assert {p.stem for p in pages} >= {"index", "LEDGER", *(n.stem for n in run.notebooks())}
    page = new_page(browser, color_scheme="dark")
    fetched, failures = [], []
    page.on("request", lambda r: fetched.append(r.url))
    page.on("requestfailed", lambda r: failures.append(r.url))
    page.on("pageerror", lambda e: failures.append(str(e)))
    for path in pages:
        page.goto(path.as_uri())
        if path.stem == CLAIM.removesuffix(".ipynb"):
            charts = page.locator(".penalty-chart")
            assert charts.count() > 20
            expect(page.locator(".penalty-chart canvas")).to_have_count(charts.count(), timeout=HANG)
            # MathML has a size where it is drawn.
            assert page.locator("math").first.bounding_box()["height"] > 5
        assert page.evaluate(RAW_MATHEMATICS) == "", path
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 22, 22)", "not dark"
        assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 0)"), path
    assert [url for url in fetched if not url.startswith(("file:", "data:", "blob:"))] == [] and failures == []
    page.context.close()


def test_every_page_leads_to_the_notebooks_by_their_titles(site, browser):
    page = new_page(browser)
    page.goto((site / "notebooks" / "LEDGER.html").as_uri())
    page.locator("nav summary").click()
    page.locator("nav").get_by_text("04 · C4: what depth does to the rank, a penalty does explicitly").click()
    page.wait_for_url("**/04_ratio.html")
    page.context.close()


def test_ledger_is_on_the_first_page(site):
    text = (site / "index.html").read_text()
    for notebook in run.notebooks():
        assert f'href="notebooks/{notebook.stem}.html"' in text
    assert "must be" in text and "supported" in text


def test_links_that_lead_nowhere_are_found(tmp_path):
    (tmp_path / "a.html").write_text('<h1 id="top">A</h1><a href="b.html#here">b</a>'
                                     '<a href="#top">up</a><img src="https://example.org/x.png">')
    (tmp_path / "b.html").write_text('<a href="a.html#nowhere">a</a><a href="c.html">c</a>')
    assert sorted(publish.broken(tmp_path)) == [("a.html", "b.html#here"), ("b.html", "a.html#nowhere"),
                                                ("b.html", "c.html")]


def test_other_folders_are_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(SystemExit, match="holds something else"):
        publish.publish(tmp_path, publish.stored)
    assert (tmp_path / "mine.txt").exists()
