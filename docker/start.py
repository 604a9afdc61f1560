"""What the image runs: JupyterLab, once it has a token; or the command that it is given.

TOKEN or the file TOKEN_FILE holds the token. PORT (8888) and BASE_URL (/) are where the server is.
The user may be any, the root file system may be read-only: then /tmp must be a tmpfs that allows
programs, for the cells that are compiled there.
"""

import os
import pathlib
import shutil
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "notebooks/machinery"))

# The user's notebooks: of the image only until one mounts a volume, which hides nothing that is
# needed.
WORK = ROOT / "work"
PORT = os.environ.get("PORT") or "8888"
BASE_URL = os.environ.get("BASE_URL") or "/"
SHORTEST_TOKEN = 16


def main():
    command = sys.argv[1:]
    if command == ["--healthy"]:
        sys.exit(not healthy())
    token = None if command else read_token()
    state = state_folder()
    go_cache(state)
    import lab  # only now: it needs no more than the checks above, but takes longer
    # A cell's own module has no go.sum, and without a network nobody vouches for what it takes: the
    # toolkit's go.sum did, when the image was made. Modules that a user adds are looked up as ever.
    pinned = sorted({line.split()[0] for line in (ROOT / "go.sum").read_text().splitlines()})
    os.environ["GONOSUMDB"] = ",".join(pinned)
    environment = lab.settings(state)
    if token:
        command = [*lab.jupyterlab(WORK, PORT), "--ServerApp.ip=0.0.0.0", "--no-browser",
                   f"--ServerApp.base_url={BASE_URL}",
                   # Whoever reaches the port by another name than localhost still has to know the
                   # token.
                   "--ServerApp.allow_remote_access=True"]
        # In the environment every cell would hold the token, and might print it.
        environment["JUPYTER_TOKEN_FILE"] = str(state / "token")
        (state / "token").touch(mode=0o600)
        (state / "token").write_text(token)
    if not notebooks(state) and token:
        stop(f"{WORK} cannot be written to, but the notebooks are kept there. Mount a volume: --volume penalty:{WORK}")
    if token:
        lab.warm_completion(environment)
    try:
        os.execvpe(command[0], command, environment)
    except OSError as failure:
        stop(f"cannot run {command[0]}: {failure.strerror}")


def read_token():
    """The token; without a good one nothing starts."""
    token = os.environ.pop("TOKEN", "")
    file = os.environ.pop("TOKEN_FILE", "")
    if file and not token:
        try:
            token = pathlib.Path(file).read_text().strip()
        except (OSError, UnicodeDecodeError) as failure:
            stop(f"TOKEN_FILE {file} cannot be read: {failure}")
    if not token:
        stop("there is no token, without which anybody could run programs here. Give one: docker run --env TOKEN=…, "
             "for example from: openssl rand -hex 16")
    if len(token) < SHORTEST_TOKEN:
        stop(f"the token has {len(token)} characters; it must have {SHORTEST_TOKEN} or more")
    if not (PORT.isdigit() and 0 < int(PORT) < 65536):
        stop(f"PORT is {PORT!r}; it must be a number from 1 to 65535")
    if not (BASE_URL.startswith("/") and BASE_URL.endswith("/")):
        stop(f"BASE_URL is {BASE_URL!r}; it must begin and end with /")
    return token


def state_folder():
    """Where everything but notebooks is written: the home folder, or a fresh one if that is read-only."""
    home = pathlib.Path.home()
    try:
        if not os.access(home, os.W_OK):
            home = pathlib.Path(tempfile.mkdtemp(prefix="home-"))
            os.environ["HOME"] = str(home)
        probe = pathlib.Path(tempfile.mkdtemp(prefix="probe-")) / "program"
        shutil.copy("/bin/true", probe)
        runs = os.access(probe, os.X_OK)
        shutil.rmtree(probe.parent)
    except OSError as failure:
        stop(f"no folder can be written to ({failure}). With --read-only, add --tmpfs /tmp:exec,mode=1777")
    if not runs:
        stop(f"{tempfile.gettempdir()} allows no programs, but cells are compiled there. "
             "Mount it with exec: --tmpfs /tmp:exec,mode=1777")
    state = home / ".penalty"
    (state / "etc").mkdir(parents=True, exist_ok=True)
    return state


def go_cache(state):
    """What was compiled when the image was made, as links in a folder that may be written to."""
    cache = state / "go-build"
    if not cache.exists():
        partial = pathlib.Path(tempfile.mkdtemp(prefix="go-build-", dir=cache.parent))
        shutil.copytree(os.environ["GOCACHE"], partial, copy_function=os.symlink, dirs_exist_ok=True)
        partial.rename(cache)
    # Go drops what has not been used for days, once a day. The links' ages are the image's, so it
    # is told it just has.
    (cache / "trim.txt").unlink(missing_ok=True)
    (cache / "trim.txt").write_text(str(int(time.time())))
    os.environ["GOCACHE"] = str(cache)


def notebooks(state):
    """Lay the image's notebooks into the work folder where they are missing, and trust those that are as shipped.

    False if the folder may not be written to; a single file that cannot be read is passed over.
    """
    if not os.access(WORK, os.W_OK):
        return False
    import nbformat.sign
    data = state / "share/jupyter"
    data.mkdir(parents=True, exist_ok=True)
    notary = nbformat.sign.NotebookNotary(data_dir=str(data))
    for shipped in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        copy = WORK / shipped.name
        try:
            if not copy.exists():
                shutil.copyfile(shipped, copy)
            as_shipped = copy.read_bytes() == shipped.read_bytes()
        except OSError as failure:  # a file of another user's, say: the lab opens without it
            print(f"start: {shipped.name} is left as it is: {failure}", file=sys.stderr)
            continue
        if as_shipped:
            notary.sign(nbformat.read(shipped, as_version=4))
    return True


def healthy():
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX") or BASE_URL
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}{prefix}api", timeout=8) as answer:
            return answer.status == 200
    except OSError:
        return False


def stop(text):
    sys.exit(f"start: {text}")


if __name__ == "__main__":
    main()
