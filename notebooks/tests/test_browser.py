"""JupyterLab as make lab starts it, in a real browser, with the network outside this machine blocked."""

import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import nbformat
import psutil
import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect, sync_playwright

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))), None)

# Guards against a hang.
HANG = 240_000


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="module")
def lab():
    """The URL and the token of a running server; afterwards Ctrl-C must end it and its kernels."""
    port, token = free_port(), secrets.token_hex(8)
    server = subprocess.Popen(
        ["make", "lab", f"PORT={port}", f"TOKEN={token}"], cwd=ROOT, start_new_session=True, text=True,
        env={**os.environ, "PORT": str(port), "TOKEN": token, "DISPLAY": ""},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + HANG / 1000
    while True:
        assert server.poll() is None, server.stdout.read()
        assert time.monotonic() < deadline, "the server did not start"
        try:
            urllib.request.urlopen(f"{url}/api", timeout=5).close()
            break
        except OSError:
            time.sleep(0.2)
    yield url, token
    os.killpg(server.pid, signal.SIGINT)
    output, _ = server.communicate(timeout=60)
    assert f"{url}/lab/tree/00_start_here.ipynb?token={token}" in output
    with pytest.raises(OSError):
        urllib.request.urlopen(f"{url}/api", timeout=5)
    assert not [p for p in psutil.process_iter() if marked(p, token)], "kernels outlive the server"


def marked(process, token):
    try:
        return process.environ().get("PROJECT_PENALTY_LAB") == token
    except psutil.Error:  # somebody else's, or gone meanwhile
        return False


@pytest.fixture(scope="module")
def browser():
    assert CHROMIUM, "no Chromium: run make test, which says how to get one"
    with sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=CHROMIUM, args=[
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"])
        yield chromium
        chromium.close()


def open_page(browser, **context):
    """A page whose requests to other machines fail, and which notes its errors."""
    page = browser.new_context(**context).new_page()
    page.route("**/*", lambda route: route.continue_() if re.match(r"(https?://127\.0\.0\.1[:/]|file:|data:|blob:)", route.request.url) else route.abort())
    page.failures = []
    # JupyterLab itself says so when a kernel is restarted.
    page.on("pageerror", lambda e: "Canceled future" in str(e) or page.failures.append(str(e)))
    return page


def run_all_cells(page):
    """Run → Run All Cells. JupyterLab drops the command while the kernel's session is still being set up, as a person would
    notice by cells that have no [*]; so, as a person would, choose it again until the cells are under way. Asked for the kernel too early, it may also ask which: the notebook's."""
    page.add_locator_handler(page.locator(".jp-Dialog", has_text="Select Kernel"), lambda dialog: dialog.locator("button.jp-mod-accept").click())
    # The kernel's status is no guide: it stays "unknown" until a first cell has run.
    started = page.locator(".jp-InputPrompt", has_text=re.compile(r"\[(\*|\d+)\]:"))
    for _ in range(20):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        try:
            started.first.wait_for(state="attached", timeout=15_000)
            return
        except PlaywrightTimeout:
            page.keyboard.press("Escape")
    raise AssertionError("no cell has started")


def pictures_folder():
    """Where screenshots go, for people to look at."""
    folder = ROOT / ".cache/screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_token_is_required(lab):
    url, _ = lab
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{url}/api/contents", timeout=30)
    assert refused.value.code == 403


def test_start_here_in_jupyterlab(lab, browser):
    url, token = lab
    # A copy, since JupyterLab saves what it runs, and without outputs, so that what is seen was made here.
    name = f"copy-{secrets.token_hex(4)}.ipynb"
    copy = ROOT / "notebooks" / name
    notebook = nbformat.read(ROOT / "notebooks/00_start_here.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.write(notebook, copy)
    page = open_page(browser, viewport={"width": 1400, "height": 1000})
    try:
        page.goto(f"{url}/lab/tree/{name}?token={token}")
        expect(page.locator(".jp-Notebook")).to_be_visible(timeout=HANG)
        run_all_cells(page)
        verdict = page.locator(".jp-OutputArea-output", has_text="claim C7 on the volcano: supported")
        expect(verdict).to_be_attached(timeout=HANG)
        rendered = page.locator(".jp-Notebook .jp-RenderedMarkdown").all_inner_texts()
        assert len(rendered) >= 8 and not [text for text in rendered if "$" in text], "mathematics that is not rendered"
        verdict.first.scroll_into_view_if_needed()
        page.wait_for_timeout(300)
        page.screenshot(path=pictures_folder() / "lab-verdict.png")
        chart = page.locator(".penalty-chart canvas").first
        chart.scroll_into_view_if_needed()
        assert page.locator(".penalty-chart canvas").count() == page.locator(".penalty-chart").count() >= 8
        page.wait_for_timeout(500)
        page.screenshot(path=pictures_folder() / "lab-chart.png")
        drawn = chart.evaluate("""c => {
            const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data, seen = new Set();
            for (let i = 0; i < d.length; i += 4) if (d[i + 3]) seen.add(d[i] << 16 | d[i + 1] << 8 | d[i + 2]);
            return seen.size }""")
        assert drawn > 10, "the canvas is empty"
        assert page.failures == []
    finally:
        page.context.close()
        copy.unlink()
