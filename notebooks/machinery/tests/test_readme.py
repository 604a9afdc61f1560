"""The cells of README run as pasted, in a new notebook in any folder: the first one, and one's own
matrix on three forms of files."""

import random
import re
import struct
import zlib

import nbformat
import pytest
from nbclient import NotebookClient

import run
from charts import notebook
from pages import ROOT

SECTIONS = dict(re.findall(r"^## (.+)\n([\s\S]+?)(?=^## |\Z)", (ROOT / "README.md").read_text(), re.MULTILINE))


def cells(section):
    return re.findall(r"^```go\n([\s\S]+?)^```$", SECTIONS[section], re.MULTILINE)


def execute(folder, *sources):
    made = notebook(*sources)
    NotebookClient(made, timeout=run.HANG, kernel_name="gonb", resources={"metadata": {"path": str(folder)}}).execute()
    # An error that a cell shows instead of a chart or a table.
    assert 'role="alert"' not in nbformat.writes(made)
    return made


def test_first_cell(tmp_path):
    [cell] = cells("A first cell")
    made = execute(tmp_path, cell)
    pages = "".join(run.pages(made)[0])
    assert pages.count('class="penalty-chart"') == 2
    error = float(re.search(r"<td[^>]*>([\d.e-]+)</td>", pages)[1])
    assert 0 < error < 1e-3, "the matrix is completed"


def ratings():
    """As Kaggle and GroupLens have them, with names that are words and with a time."""
    rng = random.Random(1)
    lines = ["user,item,rating,timestamp"]
    for user in range(40):
        for item in range(25):
            if rng.random() < 0.4:
                rating = 1 + (user % 3 + item % 3) / 2 + rng.choice((0, 0.5))
                lines.append(f"u{user},film {item},{rating},{10**9 + 1000 * user + item}")
    return "\n".join(lines)


def sensors():
    """As a European spreadsheet saves it."""
    rng = random.Random(2)
    lines = ["Tag;" + ";".join(f"Ort {c}" for c in "ABCDEFGHIJKL")]
    for day in range(30):
        row = [f"{(day + 5) * (c + 2) / 4 + rng.random() / 10:.2f}".replace(".", ",") if rng.random() < 0.7
               else "" for c in range(12)]
        lines.append(f"{day % 28 + 1:02}.{day // 28 + 1:02}.2026;" + ";".join(row))
    return "\r\n".join(lines)


def picture():
    """A grey PNG, 32×24, of shades that vary along both sides."""
    rows = b"".join(b"\0" + bytes(int(128 + 100 * ((x - 16) * (y - 12)) / 400) for x in range(32)) for y in range(24))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR",
                                        struct.pack(">IIBBBBB", 32, 24, 8, 0, 0, 0, 0)) + chunk(b"IDAT",
                                        zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("content, name", [(ratings, "film"), (sensors, "Ort"), (picture, "")])
def test_your_own_matrix(tmp_path, content, name):
    first, second = cells("Your own matrix")
    made = content()
    # What a file is is found in it, so that the name of README stays.
    (tmp_path / "ratings.csv").write_bytes(made if isinstance(made, bytes) else made.encode())
    compared, top = run.pages(execute(tmp_path, first, second))
    methods = re.findall(r"<tr><td[^>]*>([^<]+)</td><td[^>]*>([\d.]+)</td>", "".join(compared))
    assert len(methods) > 8 and methods[0][0] != "mean"
    assert float(methods[0][1]) < 0.8 * float(dict(methods)["mean"])
    labels = re.findall(r"<tr><td[^>]*>([^<]+)</td>", "".join(top))
    assert len(labels) <= 5 and all(label.startswith(name) for label in labels)
    assert (tmp_path / "model.npz").exists()
