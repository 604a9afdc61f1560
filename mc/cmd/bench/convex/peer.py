"""What package mc's convex solvers are compared with, as a process: problems in, one a line,
estimates and CPU times out.

nuclear: the least nuclear norm by cvxpy and SCS. impute: softImpute-ALS (Hastie, Mazumder, Lee,
Zadeh 2015, algorithm 3.1) in NumPy and SciPy, written as the R package does it: the residual is a
sparse matrix, what is filled in stays a product.
"""

import json
import sys
import time

import numpy as np
import scipy.sparse


def nuclear(problem):
    import cvxpy

    rows, cols = problem["rows"], problem["cols"]
    at = np.array(problem["at"])
    estimate = cvxpy.Variable((rows, cols))
    observed = estimate[at // cols, at % cols]
    task = cvxpy.Problem(cvxpy.Minimize(cvxpy.normNuc(estimate)), [observed == np.array(problem["values"])])
    begin = time.process_time()
    task.solve(solver=cvxpy.SCS, **problem["options"])
    seconds = time.process_time() - begin
    return {"seconds": seconds, "steps": int(task.solver_stats.num_iters), "estimate": estimate.value.ravel().tolist()}


def impute(problem):
    rows, cols, rank, tau = problem["rows"], problem["cols"], problem["rank"], problem["tau"]
    at, values = np.array(problem["at"]), np.array(problem["values"])
    i, j = at // cols, at % cols
    begin = time.process_time()
    residual = scipy.sparse.csr_array((values.copy(), (i, j)), shape=(rows, cols))
    transposed = residual.T  # shares the data
    u = np.linalg.qr(np.random.default_rng(problem["seed"]).standard_normal((rows, rank)))[0]
    v, d = np.zeros((cols, rank)), np.ones(rank)

    def update():
        residual.data[:] = values - np.einsum("ij,ij->i", (u * d)[i], v[j])

    step = 0
    while step < problem["steps"]:
        step += 1
        old = v * d
        b = (transposed @ u + old) * (d / (d + tau))
        change = np.sum((b - old) ** 2)
        v, d, w = np.linalg.svd(b, full_matrices=False)
        u = u @ w.T
        update()
        old = u * d
        a = (residual @ v + old) * (d / (d + tau))
        change += np.sum((a - old) ** 2)
        u, d, w = np.linalg.svd(a, full_matrices=False)
        v = v @ w.T
        update()
        if np.sqrt(change) <= problem["tolerance"] * np.linalg.norm(d):
            break
    u, d, w = np.linalg.svd(residual @ v + u * d, full_matrices=False)
    v, d = v @ w.T, np.maximum(d - tau, 0)
    update()
    seconds = time.process_time() - begin
    return {"seconds": seconds, "steps": step, "objective": float(np.sum(residual.data**2) / 2 + tau * np.sum(d))}


for line in sys.stdin:
    problem = json.loads(line)
    print(json.dumps({"nuclear": nuclear, "impute": impute}[problem["task"]](problem)), flush=True)
