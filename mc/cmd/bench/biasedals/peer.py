"""The peers of make bench-biasedals as a process: one epoch of alternating least squares, in CPU
seconds, as often as asked.

python peer.py: first a line of JSON with the ratings (rows, cols, row, col, value, rank), then a
line with a name and a number of epochs for each answer, {"seconds": [...]}. A first line in answer
lists names and versions.
"""

import importlib.metadata
import json
import logging
import sys
import time
import warnings

import numpy as np
import pandas as pd
import scipy.sparse as sparse
from implicit.cpu.als import AlternatingLeastSquares
from lenskit.algorithms.als import BiasedMF

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)


def implicit(cg, dtype):
    """Epochs of implicit's model, which also has a weight for each entry that is not observed; the
    dearest part is the same."""
    model = AlternatingLeastSquares(factors=rank, regularization=0.1, iterations=1, use_cg=cg, dtype=dtype,
                                    num_threads=1, random_state=1)
    matrix = sparse.csr_matrix((value, (row, col)), shape=shape).astype(dtype)

    def epochs(n):
        times = [time.process_time()]
        model.iterations = n + 1  # the first has the set-up in it
        model.fit(matrix, show_progress=False, callback=lambda *_: times.append(time.process_time()))
        return np.diff(times)[1:]

    return epochs


def lenskit(method):
    """Epochs of LensKit's biased factorisation of explicit ratings, by LU (its "lu") or by
    coordinate descent ("cd")."""
    frame = pd.DataFrame({"user": col, "item": row, "rating": value})

    def epochs(n):
        model = BiasedMF(rank, iterations=n + 1, method=method, progress=lambda x, **_: x, rng_spec=1)
        times = []
        for _ in model.fit_iters(frame):
            times.append(time.process_time())
        return np.diff(times)

    return epochs


data = json.loads(sys.stdin.readline())
rank, shape = data["rank"], (data["rows"], data["cols"])
row, col, value = (np.array(data[k]) for k in ("row", "col", "value"))
contenders = {
    "implicit, conjugate gradients, float32": implicit(True, np.float32),
    "implicit, conjugate gradients, float64": implicit(True, np.float64),
    "implicit, Cholesky, float32": implicit(False, np.float32),
    "implicit, Cholesky, float64": implicit(False, np.float64),
    "LensKit, LU": lenskit("lu"),
    "LensKit, coordinate descent": lenskit("cd"),
}
versions = [f"{name} {importlib.metadata.version(name)}" for name in ("implicit", "lenskit", "numpy", "numba")]
print(json.dumps({"names": list(contenders), "versions": versions}), flush=True)
for line in sys.stdin:
    ask = json.loads(line)
    print(json.dumps({"seconds": contenders[ask["name"]](ask["epochs"]).tolist()}), flush=True)
