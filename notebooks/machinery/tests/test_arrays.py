"""NumPy and pandas open what the toolkit writes, with no further words."""

import pathlib
import subprocess

import numpy
import pandas
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("arrays")
    subprocess.run(["go", "run", "./notebooks/machinery/tests/arrays", folder], cwd=ROOT, check=True)
    return folder


def test_trace_in_numpy(folder):
    run = numpy.load(folder / "run.npz")
    assert run["step"].tolist() == list(range(0, 101, 10))
    assert run["singular_values"].shape == (11, 6)
    assert run["truth_singular_values"].shape == (6,)
    assert run["loss"].dtype == numpy.float64
    assert run["loss"][-1] < run["loss"][0]
    numpy.testing.assert_allclose(run["singular_values"].sum(axis=1), run["nuclear_norm"], rtol=1e-12)


def test_trace_in_pandas(folder):
    table = pandas.read_csv(folder / "run.csv")
    run = numpy.load(folder / "run.npz")
    for name in ["step", "seconds", "loss", "penalty", "objective", "test", "relative_error", "nuclear_norm",
                 "frobenius_norm", "effective_rank"]:
        numpy.testing.assert_array_equal(table[name], run[name], err_msg=name)
    numpy.testing.assert_array_equal(table[[f"sigma_{i}" for i in range(1, 7)]], run["singular_values"])


def test_matrices(folder):
    w = numpy.load(folder / "c.npy")
    assert w.shape == (8, 6)
    fortran = numpy.load(folder / "fortran.npy")
    assert fortran.flags.f_contiguous
    numpy.testing.assert_array_equal(fortran, w)
    numpy.testing.assert_array_equal(numpy.load(folder / "float32.npy"), w.astype("float32"))
    numpy.testing.assert_array_equal(numpy.loadtxt(folder / "w.csv", delimiter=","), w)


def test_observations(folder):
    table = pandas.read_csv(folder / "observed.csv", header=None).to_numpy()
    assert table.shape == (8, 6)
    assert numpy.isfinite(table).sum() == 30
    triples = pandas.read_csv(folder / "triples.csv")
    assert len(triples) == 30
    numpy.testing.assert_array_equal(table[triples.row, triples.col], triples.value)
