import json
import os
import pathlib
import secrets
import signal
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest
from playwright.sync_api import expect, sync_playwright

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
pytest.register_assert_rewrite("charts", "pages")

from charts import CELLS, CHARTS, FIRST, notebook  # noqa: E402
from pages import CHROMIUM, HANG, ROOT, finish, free_port, new_context, opened, run_cell, save  # noqa: E402

# Nothing here may depend on data that is not in the repository: MovieLens is missing, wherever the
# tests run.
os.environ["MC_DATA"] = str(pathlib.Path(__file__).parent / "nothing")


expect.set_options(timeout=HANG)
durations = {}


def pytest_runtest_logreport(report):
    """What each test took, with what it set up."""
    durations[report.nodeid] = durations.get(report.nodeid, 0) + report.duration


def pytest_sessionfinish():
    if "PENALTY_DURATIONS" in os.environ:
        pathlib.Path(os.environ["PENALTY_DURATIONS"]).write_text(json.dumps(durations))


def outside_make():
    """The environment of a reader, who does not run make below another make: that says which directory it enters."""
    return {k: v for k, v in os.environ.items() if k not in ("MAKELEVEL", "MAKEFLAGS", "MFLAGS")}


def start(token, log):
    """Start a server, wait until it answers or has ended, and return it and its URL."""
    port = free_port()
    with log.open("w") as out:
        server = subprocess.Popen(
            ["make", "lab", f"PORT={port}"], cwd=ROOT, start_new_session=True,
            env={**outside_make(), "PORT": str(port), "TOKEN": token, "DISPLAY": ""},
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + HANG / 1000
    while server.poll() is None:
        assert time.monotonic() < deadline, "the server did not start"
        try:
            urllib.request.urlopen(f"{url}/api", timeout=5).close()
            if f"JupyterLab: {url}/" in log.read_text():
                return server, url
        except OSError:
            pass
        time.sleep(0.2)
    assert taken(log), log.read_text()
    return server, url


def taken(log):
    """Whether somebody else took the port after it was found to be free."""
    return any(words in log.read_text() for words in ("is taken; name another one", "already in use"))


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """The URL and the token of a running server; afterwards Ctrl-C must end it and its kernels."""
    token = secrets.token_hex(8)
    log = tmp_path_factory.mktemp("lab") / "log"
    server, url = start(token, log)
    while taken(log):
        server, url = start(token, log)
    yield url, token
    os.killpg(server.pid, signal.SIGINT)
    server.wait(timeout=HANG / 1000)
    said = log.read_text().splitlines()
    assert f"JupyterLab: {url}/lab/tree/00_start_here.ipynb?token={token}" in said
    # Nothing else that a reader cannot use, such as traces and warnings.
    assert [line for line in useful(said) if not line.startswith(("set-up: ", "JupyterLab: ", "Ctrl-C ends it."))] == []
    with pytest.raises(OSError):
        urllib.request.urlopen(f"{url}/api", timeout=5)
    deadline = time.monotonic() + HANG / 1000
    while any(marked(p, token) for p in psutil.process_iter()):
        assert time.monotonic() < deadline, "kernels outlive the server"
        time.sleep(0.2)


def useful(said):
    """The lines of the log without what jupyter_server says where a page leaves while its kernel's channel is being
    connected: it then asks a connection that is None for its kernel_ws_protocol, or waits for a minute for a kernel
    that has been ended. A test closes pages as no reader does."""
    leaving = ("'NoneType' object has no attribute 'kernel_ws_protocol'", "Kernel never reached an 'alive' state")
    if not any(words in line for line in said for words in leaving):
        return said
    kept, report = [], False
    for line in said:
        report = line.startswith("[E ") and "ServerApp" in line or report and line.startswith((" ", "}"))
        if not report:
            kept.append(line)
    return kept


def marked(process, token):
    try:
        return process.environ().get("JUPYTER_TOKEN") == token
    except psutil.Error:  # somebody else's, or gone meanwhile
        return False


@pytest.fixture(scope="session")
def browser():
    assert CHROMIUM, "no Chromium: run make test, which says how to get one"
    with sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=CHROMIUM, args=[
            # No request leaves this machine. To stop them one by one would keep pages from using
            # the cache.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"])
        chromium.frontends = new_context(chromium)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def jupyterlab(lab, browser):
    """A page of JupyterLab whose notebook the tests share, page.saved as it was saved after the cell of all charts."""
    with opened(browser, lab, "jupyterlab", notebook(*CELLS)) as page:
        finish(run_cell(page, FIRST))
        page.failures.clear()  # what it says while it starts is its own
        finish(run_cell(page, CHARTS))
        page.saved = save(page)
        yield page
