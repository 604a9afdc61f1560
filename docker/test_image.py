"""The image, built and run by the commands of its README. make image-test runs this: docker, or
podman in its place, on a Debian made here."""

import json
import os
import pathlib
import re
import secrets
import shlex
import socket
import subprocess
import time
import urllib.error
import urllib.request

import nbformat
import pytest
import websocket
import yaml
from playwright.sync_api import expect

from pages import open_page, pictures_folder, run_all_cells
from test_notebooks import EXPECTED

ROOT = pathlib.Path(__file__).resolve().parents[1]
README = (ROOT / "docker/README.md").read_text()
CLAIM = "01_minimum_frobenius"
CERTIFICATES = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
LARGEST = 1.5e9
HANG = 240_000
# In whose place podman stands. It mounts a /tmp of its own under --read-only, which docker does
# not.
DOCKER = """#!/bin/sh
[ "$1" != run ] || { shift; set -- run --read-only-tmpfs=false "$@"; }
exec podman "$@"
"""


def shell(command, environment=None, **options):
    return subprocess.run(command, shell=True, executable="/bin/bash", cwd=ROOT, env=environment, text=True,
                          capture_output=True, **options)


def succeed(command, environment=None, **options):
    done = shell(command, environment, **options)
    assert done.returncode == 0, f"{command}\n{(done.stdout + done.stderr)[-4000:]}"
    return done.stdout.strip()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def block(section, language="sh"):
    """The first block of that language below a heading of the README."""
    text = README.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return re.search(rf"```{language}\n(.+?)```", text, re.DOTALL)[1].strip()


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """The environment in which the README's commands run, with names that are nobody else's."""
    folder = tmp_path_factory.mktemp("engine")
    name = f"lab-{secrets.token_hex(4)}"
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}:/usr/sbin", "NAME": name,
                   "TAG": f"{name}-image", "TOKEN": secrets.token_hex(16)}
    if shell("docker info").returncode:
        (folder / "docker").write_text(DOCKER)
        (folder / "docker").chmod(0o755)
        # Debian's crun does not start everywhere, and podman asks for higher limits than a
        # container of its own may have.
        limits = [f'"nofile={succeed("ulimit -n")}:{succeed("ulimit -Hn")}"', '"nproc=4096:4096"']
        (folder / "containers.conf").write_text(
            f"[containers]\ndefault_ulimits = [{', '.join(limits)}]\n[engine]\nruntime = \"runc\"\n")
        environment |= {"ENGINE": "podman", "CONTAINERS_CONF": str(folder / "containers.conf")}
    else:
        environment["ENGINE"] = "docker"
    if not environment.get("BASE"):
        environment["BASE"] = make_base(environment)
    if not environment.get("GO"):
        environment["HOST_GO"] = "1"
    before = unnamed(environment)
    yield environment
    shell(f"docker rm --force {name}; docker volume rm --force {name}; "
          f"docker rmi --force {name}-image-hub {name}-image", environment)
    # What podman leaves of the stages in between.
    shell(f"docker rmi {' '.join(unnamed(environment) - before)}", environment)


def unnamed(environment):
    return set(succeed("docker images --quiet --filter dangling=true", environment).split())


def make_base(environment):
    """The name of a minimal Debian, which is made once on a machine."""
    suite = re.search(r"^ARG BASE=.*:(\w+)-slim$", (ROOT / "docker/Dockerfile").read_text(), re.MULTILINE)[1]
    name = f"penalty-test-base:{suite}"
    if shell(f"docker image inspect {name}", environment).returncode:
        succeed(f"set -o pipefail; mmdebstrap --variant=minbase --include=ca-certificates {suite} - | "
                f"docker import - {name}", environment)
    return name


@pytest.fixture(scope="module")
def image(engine):
    build = block("Build")
    if engine["ENGINE"] == "podman":
        build += " --layers"
        # The certificates of this machine, since those of a network may be its own.
        if CERTIFICATES.exists():
            build += f" --volume {CERTIFICATES}:{CERTIFICATES}:ro"
    # The slow stage by a name of its own, and so kept for the next time.
    built = succeed(f"TAG=penalty-test-tools {build} --target tools && {build}", engine)
    inspected = shell(f"docker image inspect {engine['TAG']}", engine)
    assert inspected.returncode == 0, f"built without an error, but there is no image:\n{built[-4000:]}"
    return engine["TAG"]


def ours(command, engine, port=0):
    """A README's command with names of our own: of the image, the container, the volume and the port."""
    command = re.sub(r"(?<![-/])penalty\b(?!/)", engine["NAME"], command.replace("project-penalty", engine["TAG"]))
    return command.replace(":8888:8888", f":{port}:8888")


class Server:
    """A container that was started by the command below a heading of the README, which may be changed."""

    def __init__(self, engine, section, path="/", change=lambda command: command):
        port = free_port()
        self.engine, self.url, self.token = engine, f"http://127.0.0.1:{port}{path}", engine["TOKEN"]
        # The first line of Run makes a token; the test has one.
        command = "\n".join(line for line in block(section).splitlines() if not line.startswith("export TOKEN"))
        succeed(ours(change(command), engine, port), engine)
        deadline = time.monotonic() + HANG / 1000
        while True:
            try:
                urllib.request.urlopen(f"{self.url}api", timeout=5).close()
                return
            except OSError:
                running = shell(f"docker container inspect {engine['NAME']}", engine).returncode == 0
                assert running and time.monotonic() < deadline, f"the server did not start\n{self.log()}"
                time.sleep(0.3)

    def log(self):
        done = shell(f"docker logs {self.engine['NAME']}", self.engine)
        return done.stdout + done.stderr

    def ask(self, path, data=None, method=None, token=None):
        request = urllib.request.Request(self.url + path, method=method, data=data and json.dumps(data).encode(),
                                         headers={"Authorization": f"token {token or self.token}"})
        with urllib.request.urlopen(request, timeout=HANG / 1000) as answer:
            return json.load(answer)

    def execute(self, sources, path):
        """The outputs of cells that a kernel of this server ran for the notebook of that path."""
        session = self.ask("api/sessions", {"kernel": {"name": "gonb"}, "name": path, "path": path, "type": "notebook"})
        channel = websocket.create_connection(
            f"{self.url.replace('http', 'ws', 1)}api/kernels/{session['kernel']['id']}/channels",
                                             header=[f"Authorization: token {self.token}"], timeout=HANG / 1000)
        outputs = []
        for source in sources:
            message = secrets.token_hex(8)
            channel.send(json.dumps({
                "header": {"msg_id": message, "msg_type": "execute_request", "session": "test",
                           "username": "", "version": "5.3", "date": ""},
                "parent_header": {}, "metadata": {}, "channel": "shell", "buffers": [],
                "content": {"code": source, "silent": False, "store_history": True, "user_expressions": {},
                            "allow_stdin": False}}))
            left = {"execute_reply", "idle"}
            while left:
                answer = channel.recv()
                if isinstance(answer, bytes):
                    continue
                answer = json.loads(answer)
                if answer["parent_header"].get("msg_id") != message:
                    continue
                kind, content = answer["msg_type"], answer["content"]
                left -= {kind, content.get("execution_state")}
                assert content.get("status") != "error" and kind != "error", content
                outputs.append(content)
        channel.close()
        return outputs

    def inside(self, command):
        return succeed(f"docker exec {self.engine['NAME']} {command}", self.engine)

    def stop(self):
        succeed(ours("docker stop penalty", self.engine), self.engine)
        # --rm takes a moment after the end.
        while shell(f"docker container inspect {self.engine['NAME']}", self.engine).returncode == 0:
            time.sleep(0.2)


@pytest.fixture
def server(engine, image):
    running = []

    def start(*arguments, **named):
        running.append(Server(engine, *arguments, **named))
        return running[-1]

    yield start
    for each in running:
        if shell(f"docker container inspect {engine['NAME']}", engine).returncode == 0:
            log = each.log()
            each.stop()
            assert each.token not in log, "the log holds the token"


def test_size(engine, image):
    size = int(succeed(f"docker image inspect --format '{{{{.Size}}}}' {image}", engine))
    stated = float(re.search(r"About ([\d.]+) GB unpacked", README)[1]) * 1e9
    assert size < LARGEST and abs(size - stated) < 0.1e9, size


def test_layers_hold_what_the_image_needs_only(engine, image):
    inside = succeed(
        f"docker run --rm {image} sh -c 'ls -A /opt/penalty /var/cache/apt /var/lib/apt/lists /var/tmp; env'", engine)
    assert not [name for name in (".git", ".cache", "pkgcache.bin", "cache-", "mod-", "TOKEN")
                if name in inside], inside
    assert engine["TOKEN"] not in succeed(f"docker history --no-trunc {image}", engine)


@pytest.mark.parametrize("settings, complaint", [
    ("", "there is no token"),
    ("--env TOKEN=short", "the token has 5 characters; it must have 16 or more"),
    ("--env TOKEN_FILE=/none", "TOKEN_FILE /none cannot be read"),
    ("--env TOKEN --env BASE_URL=user", "BASE_URL is 'user'; it must begin and end with /"),
    ("--env TOKEN --env PORT=none", "PORT is 'none'; it must be a number from 1 to 65535"),
    ("--env TOKEN --read-only", "With --read-only, add --tmpfs /tmp:exec,mode=1777"),
    ("--env TOKEN --read-only --tmpfs /tmp:exec,mode=1777", "/opt/penalty/work cannot be written to"),
    ("--env TOKEN --tmpfs /tmp:noexec", "/tmp allows no programs"),
])
def test_refuses(engine, image, settings, complaint):
    refused = shell(f"docker run --rm {settings} {image}", engine)
    assert refused.returncode == 1 and complaint in refused.stderr and "Traceback" not in refused.stderr, refused.stderr
    assert engine["TOKEN"] not in refused.stdout + refused.stderr


def test_complaints_are_explained():
    """What the README explains is what start.py says; the last is podman's."""
    said = (ROOT / "docker/start.py").read_text().replace("{WORK}", "/opt/penalty/work")
    table = re.findall(r"^\| `([^`]+)`", README.partition("\n## What may go wrong\n")[2], re.MULTILINE)
    assert len(table) == 5 and [text for text in table[:4] if text not in said] == []


@pytest.mark.parametrize("command", block("Without a server, without a network").splitlines())
def test_without_server_or_network(engine, image, command):
    ran = succeed(ours(command, engine), engine)
    assert "FAIL" not in ran


def test_locked_down(server):
    lab = server("Locked down")
    for token in ("", "wrong" * 4):
        with pytest.raises(urllib.error.HTTPError) as refused:
            lab.ask("api/contents", token=token or " ")
        assert refused.value.code == 403
    path = f"{CLAIM}.ipynb"
    notebook = lab.ask(f"api/contents/{path}")["content"]
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["metadata"]["trusted"] for cell in code), "a notebook as shipped must be trusted"
    outputs = lab.execute(["".join(cell["source"]) for cell in code] +
                          ["!id; env; touch /opt/penalty/x; grep NoNewPrivs /proc/self/status"], path)
    text = json.dumps(outputs, ensure_ascii=False)
    assert EXPECTED[CLAIM] in text and "penalty-chart" in text
    assert "uid=12345" in text and "Read-only file system" in text and "NoNewPrivs:\\t1" in text
    assert lab.token not in text


def test_volume_keeps_notebooks_and_hides_no_kernel(engine, image, server):
    lab = server("Run")
    note = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("%%\n", outputs=[nbformat.v4.new_output(
        "display_data", {"text/html": "<b>somebody else's</b>"})])])
    lab.ask("api/contents/mine.ipynb", {"type": "notebook", "content": note}, method="PUT")
    about = json.loads(succeed(f"docker image inspect {image}", engine))[0]
    check = (about.get("Healthcheck") or about["Config"]["Healthcheck"])["Test"]
    assert check[0] == "CMD"
    lab.inside(shlex.join(check[1:]))
    lab.stop()
    # Another user, and what is not writable.
    again = server("Locked down")
    assert {f["name"] for f in again.ask("api/contents")["content"]} >= {"mine.ipynb", f"{CLAIM}.ipynb"}
    assert not again.ask("api/contents/mine.ipynb")["content"]["cells"][0]["metadata"]["trusted"]
    assert "gonb" in again.ask("api/kernelspecs")["kernelspecs"]


def test_folder_and_token_of_ones_own(server, tmp_path):
    work, token = tmp_path / "work", tmp_path / "token"
    work.mkdir()
    work.chmod(0o777)
    token.write_text("from-a-file-0123456789\n")
    token.chmod(0o644)
    owner = re.search(r'`--volume "\$PWD":(\S+) --user "\$\(id -u\):\$\(id -g\)"`', README)
    assert owner, "how a folder of one's own is mounted"

    def change(command):
        command = command.replace("--env TOKEN ",
                                  f"--env TOKEN_FILE=/run/secrets/token --volume {token}:/run/secrets/token:ro ")
        return command.replace("penalty:/opt/penalty/work", f"{work}:{owner[1]} --user 23456:23456")

    lab = server("Run", change=change)
    with pytest.raises(urllib.error.HTTPError):
        lab.ask("api/contents")
    lab.token = token.read_text().strip()
    assert f"{CLAIM}.ipynb" in {f["name"] for f in lab.ask("api/contents")["content"]}
    assert (work / f"{CLAIM}.ipynb").stat().st_uid == 23456


def test_browser_under_a_base_url(server, browser):
    lab = server("Behind a base URL: JupyterHub, Binder, a proxy", "/user/x/")
    page = open_page(browser, 1400, 1000)
    try:
        page.goto(f"{lab.url}lab/tree/{CLAIM}.ipynb?token={lab.token}")
        expect(page.locator(".jp-Notebook")).to_be_visible(timeout=HANG)
        # Before the notebook has its kernel, JupyterLab would ask which it is to be.
        expect(page.locator(".jp-NotebookPanel .jp-Toolbar-kernelName")).to_have_text(re.compile("gonb"), timeout=HANG)
        run_all_cells(page)
        # What is stored are pictures only: a live chart was made here.
        chart = page.locator(".penalty-chart canvas").first
        expect(chart).to_be_attached(timeout=HANG)
        expect(page.locator(".jp-OutputArea-output", has_text=EXPECTED[CLAIM]).first).to_be_attached(timeout=HANG)
        expect(page.locator(".jp-InputPrompt", has_text="[*]:")).to_have_count(0, timeout=HANG)
        chart.scroll_into_view_if_needed()
        page.wait_for_timeout(500)
        page.screenshot(path=pictures_folder() / "image-lab.png")
        assert page.failures == []
    finally:
        page.close()


def test_hub(engine, image):
    """The image of a JupyterHub, as the README has it, has the program that a hub starts."""
    recipe = block("Behind a base URL: JupyterHub, Binder, a proxy", "dockerfile")
    recipe = recipe.replace("FROM project-penalty", f"FROM {image}")
    trusted = engine["ENGINE"] == "podman" and CERTIFICATES.exists()
    here = f"--volume {CERTIFICATES}:{CERTIFICATES}:ro" if trusted else ""
    succeed(f"docker build {here} --tag {image}-hub -", engine, input=recipe)
    version = re.search(r"jupyterhub==(\S+)", recipe)[1]
    assert succeed(f"docker run --rm {image}-hub jupyterhub-singleuser --version", engine).split()[-1] == version
    shell(f"docker rmi --force {image}-hub", engine)


def test_compose_says_the_same():
    """compose.yaml starts what the command of Locked down starts, for the image's own user."""
    compose = yaml.safe_load((ROOT / "docker/compose.yaml").read_text())
    lab = compose["services"]["lab"]
    volume, _, folder = lab["volumes"][0].partition(":")
    said = {("publish", p.replace("${PORT:-8888}", "8888")) for p in lab["ports"]}
    said |= {("tmpfs", t) for t in lab["tmpfs"]} | {("cap-drop", c) for c in lab["cap_drop"]}
    said |= {("security-opt", o.removesuffix(":true")) for o in lab["security_opt"]}
    said |= {("env", e) for e in lab["environment"]} | {("volume", f"penalty:{folder}")}
    assert lab["read_only"] and volume in compose["volumes"] and len(lab["volumes"]) == 1
    words = shlex.split(block("Locked down"))
    assert words[-1] == lab["image"]
    run = {(w[2:], words[i + 1]) for i, w in enumerate(words) if w.startswith("--")
           and w not in ("--rm", "--detach", "--read-only")}
    assert run - {("name", "penalty"), ("user", "12345")} == said


def test_readme_of_the_project_gives_the_same_commands():
    text = (ROOT / "README.md").read_text().partition("\n## As an image\n")[2]
    commands = re.search(r"```sh\n(.+?)```", text, re.DOTALL)[1].strip()
    assert commands == f"{block('Build')}\n{block('Run')}"
