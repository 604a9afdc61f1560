"""What the browser's tests share: pages, and how a person uses a notebook in them."""

import os
import pathlib
import re
import shutil
import socket
import time

from playwright.sync_api import TimeoutError as PlaywrightTimeout

ROOT = pathlib.Path(__file__).resolve().parents[3]
CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))), None)

# Guards against a hang: a machine ten times slower, and busy, still passes.
HANG = 900_000
# How long a person waits before doing a thing again.
PATIENCE = 15_000


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def new_page(browser, **context):
    """A page that waits for as long as a busy machine may take, where Playwright's own limit is 30 s."""
    context = browser.new_context(**context)
    context.set_default_timeout(HANG)
    return context.new_page()


def open_page(browser, **context):
    """A page whose requests to other machines fail, and which notes its errors."""
    page = new_page(browser, **context)
    page.patience = PATIENCE
    page.route("**/*", lambda route: route.continue_()
               if re.match(r"(https?://127\.0\.0\.1[:/]|file:|data:|blob:)", route.request.url) else route.abort())
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


def pictures_folder():
    """Where screenshots go, for people to look at."""
    folder = ROOT / ".cache/screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
