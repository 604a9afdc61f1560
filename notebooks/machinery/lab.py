"""Start JupyterLab on the notebooks. PORT and TOKEN choose; Ctrl-C ends it and its kernels."""

import json
import os
import pathlib
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
from urllib.parse import quote

import psutil

ROOT = pathlib.Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
RESULTS = ROOT / "results"  # where mcsweep, run from the checkout, keeps them as well
HIDDEN = ["machinery", "LEDGER.json", "*.jpg", "__pycache__", "*.pyc", "*.pyo", ".DS_Store", "*~"]


def main():
    port = choose_port(os.environ.get("PORT"))
    token = os.environ.get("TOKEN") or secrets.token_hex(16)
    print(f"JupyterLab: http://127.0.0.1:{port}/lab/tree/00_start_here.ipynb?token={quote(token, safe='')}\n"
          "Ctrl-C ends it. A notebook is saved when you save it (Ctrl-S): running one changes no file.", flush=True)
    with tempfile.TemporaryDirectory(prefix="lab-") as temporary:
        sys.exit(serve(port, token, temporary))


def serve(port, token, temporary):
    """Run the server until it ends, and return its exit status. What kernels leave in the temporary
    folder goes with it."""
    # On the command line every user of the machine could read the token. Settings stay in the
    # checkout as well.
    mark = secrets.token_hex(16)
    environment = {"PENALTY_RESULTS": str(RESULTS), **settings(VENV),
                   "JUPYTER_TOKEN": token, "PROJECT_PENALTY_LAB": mark, "TMPDIR": temporary}
    command = jupyterlab(ROOT / "notebooks", port)
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform == "darwin"):
        command.append("--no-browser")
    # Whoever starts this in the background of a script has it ignore interrupts; Ctrl-C must end it
    # all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    server = subprocess.Popen(command, env=environment)
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    warm_completion(environment)
    while True:
        try:
            code = server.wait()
            break
        except KeyboardInterrupt:  # the server was interrupted too, and ends by itself
            pass
    end_leftovers(mark)
    return max(code, 0)


def settings(state):
    """The environment of a server that keeps settings, run-time files and the IPython folder in the folder state."""
    return {
        **os.environ,
        "PATH": os.pathsep.join([str(VENV / "bin"), os.environ["PATH"]]),
        "JUPYTER_CONFIG_DIR": str(state / "etc/jupyter"),
        "JUPYTER_DATA_DIR": str(state / "share/jupyter"),
        "JUPYTER_RUNTIME_DIR": str(state / "run"),
        "JUPYTERLAB_SETTINGS_DIR": str(state / "etc/lab/settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(state / "etc/lab/workspaces"),
        "IPYTHONDIR": str(state / "etc/ipython"),
    }


def jupyterlab(folder, port):
    """The command of a server that shows the notebooks in folder."""
    command = [
        str(VENV / "bin/jupyter-lab"),
        f"--ServerApp.root_dir={folder}",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
        "--ServerApp.answer_yes=True",  # Ctrl-C ends at once
        "--LabApp.default_url=/lab/tree/00_start_here.ipynb",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LanguageServerManager.autodetect=False",  # it runs npm, which writes to the home folder
        "--Application.log_level=ERROR",
        # Who opens the lab sees notebooks, README.md and the ledger.
        f"--ContentsManager.hide_globs={HIDDEN}",
    ]
    if os.geteuid() == 0:
        command.append("--allow-root")
    return command


COMPLETED = """package main

import (
	"projectpenalty/mc"
	"projectpenalty/mc/data"
	"projectpenalty/mc/sweep"
	"projectpenalty/viz"
	"projectpenalty/viz/nb"
)

var _ = []any{mc.DeepMF{}, data.Volcano, sweep.Spec{}, viz.Scale{}, nb.Full}

func main() {}
"""


def warm_completion(environment):
    """Have gopls read the toolkit in the background, as it would at the first Tab: what it learns
    it keeps in its cache."""
    spec = json.loads((VENV / "share/jupyter/kernels/gonb/kernel.json").read_text())
    script = f"""
        folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
        printf %s {shlex.quote(COMPLETED)} >main.go
        go mod init warm && go work init . {shlex.quote(str(ROOT))} && nice gopls check main.go"""
    subprocess.Popen(["sh", "-c", script], env={**environment, **spec["env"]}, stdin=subprocess.DEVNULL,
                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def end_leftovers(mark):
    """A kernel that is killed leaves its language server and a running cell behind: end what
    carries this lab's mark."""
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get("PROJECT_PENALTY_LAB") == mark:
                process.kill()
        except psutil.Error:  # somebody else's, or gone meanwhile
            pass


def choose_port(wanted):
    """The wanted port, which must be free; of none, or an empty one, the first free one from 8888 on."""
    if wanted:
        if not wanted.isdigit() or not 0 < int(wanted) < 65536:
            sys.exit(f"PORT is {wanted!r}; it must be a number from 1 to 65535")
        if not free(int(wanted)):
            sys.exit(f"PORT {wanted} is taken; name another one, or none")
        return int(wanted)
    for port in range(8888, 8988):
        if free(port):
            return port
    sys.exit("no free port from 8888 to 8987; name one with PORT=…")


def free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


if __name__ == "__main__":
    main()
