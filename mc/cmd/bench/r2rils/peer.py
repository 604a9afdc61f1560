"""The authors' R2RILS as a process: problems in, one a line, estimates and CPU times out.

python peer.py R2RILS.py, with numpy, scipy and scikit-learn. R2RILS.py is in the authors'
repository, Jonathan-WIS/R2RILS; it is not a part of this one.
"""

import importlib.util
import json
import sys
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")
spec = importlib.util.spec_from_file_location("reference", sys.argv[1])
reference = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reference)

for line in sys.stdin:
    problem = json.loads(line)
    values = np.zeros((problem["rows"], problem["cols"]))
    mask = np.zeros_like(values)
    at = np.array(problem["at"])
    values.flat[at], mask.flat[at] = problem["values"], 1
    begin = time.process_time()
    estimate = reference.R2RILS(values, mask, problem["rank"], max_iter=problem["steps"])
    seconds = time.process_time() - begin
    print(json.dumps({"seconds": seconds, "estimate": np.asarray(estimate).ravel().tolist()}), flush=True)
