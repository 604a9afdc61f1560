"""What the browser's tests share: pages, and how a person uses a notebook in them."""

import contextlib
import os
import pathlib
import re
import secrets
import shutil
import socket
import time

import nbformat
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

ROOT = pathlib.Path(__file__).resolve().parents[3]
CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))), None)

# Where a notebook is to be had on the server.
FRONTENDS = {"jupyterlab": "lab/tree", "notebook": "notebooks"}

# Guards against a hang: a machine ten times slower, and busy, still passes.
HANG = 900_000
# How long a person waits before doing a thing again.
PATIENCE = 15_000


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def new_page(browser, **context):
    """A page of its own context, which waits for as long as a busy machine may take, where Playwright's own limit is
    30 s."""
    return new_context(browser, **context).new_page()


def new_context(browser, **options):
    context = browser.new_context(**options)
    context.set_default_timeout(HANG)
    return context


def open_page(browser, width, height):
    """A page of the front ends, which notes its errors. All such pages share a context, in whose cache the front ends
    stay."""
    page = browser.frontends.new_page()
    page.set_viewport_size({"width": width, "height": height})
    page.patience = PATIENCE
    page.failures = []
    # JupyterLab itself says so when a kernel is restarted.
    page.on("pageerror", lambda e: "Canceled future" in str(e) or page.failures.append(str(e)))
    return page


def menu(page, name, item):
    page.get_by_role("menuitem", name=name, exact=True).click()
    page.get_by_role("menuitem", name=re.compile(f"^{item}")).click()  # its keys stand after it


def run_all_cells(page):
    """Run → Run All Cells."""
    begin(page, page.locator(".jp-InputPrompt"), lambda: menu(page, "Run", "Run All Cells"))


def run_cell(page, number):
    """Run the cell of that number, counted from 0, and return it."""
    cell = page.locator(".jp-Notebook .jp-Cell").nth(number)

    def press():
        cell.evaluate("cell => cell.scrollIntoView()")  # JupyterLab may not have drawn what is out of sight
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")

    begin(page, cell.locator(".jp-InputPrompt"), press)
    return cell


def begin(page, prompts, run):
    """JupyterLab drops a command to run while the kernel's session is still being set up, as a person would
    notice by cells that have no [*]; so, as a person would, give it again until the cells are under way. Asked
    for the kernel too early, it may also ask which: the notebook's."""
    dialog = page.locator(".jp-Dialog", has_text="Select Kernel")
    page.add_locator_handler(dialog, lambda dialog: dialog.locator("button.jp-mod-accept").click())
    # The kernel's status is no guide: it stays "unknown" until a first cell has run.
    started = prompts.filter(has_text=re.compile(r"\[(\*|\d+)\]:"))
    deadline = time.monotonic() + HANG / 1000
    page.set_default_timeout(page.patience)
    try:
        while time.monotonic() < deadline:
            try:
                run()
                started.first.wait_for(state="attached")
                page.remove_locator_handler(dialog)
                return
            except PlaywrightTimeout:
                page.keyboard.press("Escape")
        raise AssertionError("no cell has started")
    finally:
        page.set_default_timeout(HANG)


def finish(cell):
    expect(cell.locator(".jp-InputPrompt")).not_to_contain_text("*", timeout=HANG)


@contextlib.contextmanager
def opened(browser, lab, frontend, notebook, prepare=lambda page: None):
    """A page, prepared, in which a copy of the notebook is open, page.file."""
    url, token = lab
    file = ROOT / f"notebooks/browser-test-{secrets.token_hex(4)}.ipynb"
    nbformat.write(notebook, file)
    page = open_page(browser, 1200, 1000)
    page.frontend, page.file = frontend, file
    # Chromium itself says so of what the front end asks the server for in vain, and GoNB of an
    # answer that took half a second.
    others = ("Failed to load resource", "gonb_comm: failed to connect")
    page.on("console", lambda m: m.type == "error" and not m.text.startswith(others) and page.failures.append(m.text))
    prepare(page)
    try:
        page.goto(f"{url}/{FRONTENDS[frontend]}/{file.name}?reset&token={token}")
        expect(page.locator(".jp-Notebook")).to_be_visible(timeout=HANG)
        yield page
    finally:
        page.close()
        file.unlink()


def save(page):
    """Save the notebook as a reader does, and return what is in its file."""
    with page.expect_response(lambda r: r.request.method == "PUT" and page.file.name in r.url, timeout=HANG) as saved:
        page.keyboard.press("Control+s")
    assert saved.value.ok
    written = nbformat.read(page.file, as_version=4)
    assert [o for c in written.cells for o in c.outputs if o.output_type == "error"] == []
    return written


def screenshot(page, name):
    page.wait_for_timeout(300)
    page.screenshot(path=pictures_folder() / f"{page.frontend}-{name}.png")


def pictures_folder():
    """Where screenshots go, for people to look at."""
    folder = ROOT / ".cache/screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
