"""A peer of make bench-data: python peer.py NAME FILE reads the file and prints the CPU seconds it
took and the version.

With no arguments, it prints the names.
"""

import importlib.metadata
import sys
import time


def read_pandas(path):
    import pandas

    start = time.process_time()
    frame = pandas.read_csv(path)
    return start, (len(frame), float(frame["rating"].sum()))


def read_pandas_matrix(path):
    import pandas
    import scipy.sparse

    start = time.process_time()
    frame = pandas.read_csv(path, usecols=["userId", "movieId", "rating"])
    row, users = pandas.factorize(frame["userId"])
    col, movies = pandas.factorize(frame["movieId"])
    matrix = scipy.sparse.csr_matrix((frame["rating"], (row, col)), shape=(len(users), len(movies)))
    matrix.sort_indices()
    return start, (matrix.nnz, float(matrix.sum()))


def read_polars(path):
    import polars

    start = time.process_time()
    frame = polars.read_csv(path)
    return start, (len(frame), float(frame["rating"].sum()))


contenders = {
    "pandas.read_csv": ("pandas", read_pandas),
    "pandas.read_csv, then a scipy.sparse matrix": ("pandas", read_pandas_matrix),
    "polars.read_csv": ("polars", read_polars),
}

if len(sys.argv) == 1:
    print("\n".join(contenders))
else:
    package, read = contenders[sys.argv[1]]
    start, (count, total) = read(sys.argv[2])
    print(time.process_time() - start, count, total, package, importlib.metadata.version(package))
