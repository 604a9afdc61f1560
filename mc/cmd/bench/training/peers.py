"""Training iterations of the peers, timed on request.

    python peers.py BACKEND

reads one JSON command a line and answers each with one line. BACKEND is numpy, numpy-inplace, numpy-gram, torch-f64,
torch-f32, jax-f64 or jax-f32. Times are CPU seconds of this process, of which every library gets one thread.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import json
import math
import sys
import time

import numpy as np

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
backend = sys.argv[1]


def numpy_step(kind, start, flat, values, shape, lam):
    """One matrix per line, as one would write it; or without temporaries, with -inplace."""
    params = [w.copy() for w in start]
    first = [np.zeros_like(w) for w in params]
    second = [np.zeros_like(w) for w in params]
    residual = np.zeros(shape)
    count = len(values)
    state = {"t": 0}
    if kind == "deep":
        inner = (start[1].shape[0], shape[1])
        work = [np.empty(inner), np.empty(shape), np.empty(inner)]
        grads = [np.empty_like(w) for w in params]
        scratch = [np.empty_like(w) for w in params]

    def gradient():
        if kind == "deep":
            a, b, c = params
            if backend == "numpy-inplace":
                bc, w, back = work
                np.matmul(b, c, out=bc)
                np.matmul(a, bc, out=w)
                residual.ravel()[flat] = (w.ravel()[flat] - values) * (2 / count)
                np.matmul(residual, bc.T, out=grads[0])
                np.matmul(a.T, residual, out=back)
                np.matmul(back, c.T, out=grads[1])
                np.matmul(b.T, back, out=grads[2])
                return grads
            bc = b @ c
            w = a @ bc
            residual.ravel()[flat] = (w.ravel()[flat] - values) * (2 / count)
            back = a.T @ residual
            return [residual @ bc.T, back @ c.T, b.T @ back]
        (w,) = params
        if backend == "numpy-gram":
            squares, q = np.linalg.eigh(w.T @ w)
            fro = np.sqrt(squares.sum())
            sigma = np.sqrt(np.maximum(squares, 1e-30))
            polar = (w @ (q / sigma)) @ q.T
        else:
            u, sigma, vt = np.linalg.svd(w, full_matrices=False)
            fro = np.linalg.norm(w)
            polar = u @ vt
        g = polar * (lam / fro) - w * (lam * sigma.sum() / fro**3)
        g.ravel()[flat] += (w.ravel()[flat] - values) * (2 / count)
        return [g]

    def step(rate):
        state["t"] += 1
        c1 = rate / (1 - BETA1 ** state["t"])
        c2 = 1 / (1 - BETA2 ** state["t"])
        for i, (p, m, v, g) in enumerate(zip(params, first, second, gradient())):
            if backend == "numpy-inplace":
                t = scratch[i]
                m *= BETA1
                np.multiply(g, 1 - BETA1, out=t)
                m += t
                np.multiply(g, g, out=t)
                t *= 1 - BETA2
                v *= BETA2
                v += t
                np.multiply(v, c2, out=t)
                np.sqrt(t, out=t)
                t += EPSILON
                np.divide(m, t, out=t)
                t *= c1
                p -= t
            else:
                m *= BETA1
                m += (1 - BETA1) * g
                v *= BETA2
                v += (1 - BETA2) * (g * g)
                p -= c1 * m / (np.sqrt(v * c2) + EPSILON)

    return step, lambda: params[0]


def torch_step(kind, start, flat, values, shape, lam):
    import torch

    torch.set_num_threads(1)
    dtype = torch.float64 if backend == "torch-f64" else torch.float32
    params = [torch.tensor(w, dtype=dtype, requires_grad=True) for w in start]
    values = torch.tensor(values, dtype=dtype)
    rows, cols = torch.tensor(flat // shape[1]), torch.tensor(flat % shape[1])
    optimizer = torch.optim.Adam(params, lr=1e-3, betas=(BETA1, BETA2), eps=EPSILON, fused=True)

    def step(rate):
        for group in optimizer.param_groups:
            group["lr"] = rate
        w = params[0]
        for p in params[1:]:
            w = w @ p
        loss = ((w[rows, cols] - values) ** 2).mean()
        if kind == "ratio":
            loss = loss + lam * torch.linalg.matrix_norm(w, "nuc") / torch.linalg.norm(w)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step, lambda: params[0].detach().numpy()


def jax_step(kind, start, flat, values, shape, lam):
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp

    dtype = jnp.float64 if backend == "jax-f64" else jnp.float32
    params = [jnp.array(w, dtype=dtype) for w in start]
    values = jnp.array(values, dtype=dtype)
    rows, cols = jnp.array(flat // shape[1]), jnp.array(flat % shape[1])

    def loss(params):
        w = params[0]
        for p in params[1:]:
            w = w @ p
        value = ((w[rows, cols] - values) ** 2).mean()
        if kind == "ratio":
            value = value + lam * jnp.linalg.norm(w, "nuc") / jnp.linalg.norm(w)
        return value

    @jax.jit
    def update(params, first, second, t, rate):
        t = t + 1
        grads = jax.grad(loss)(params)
        first = [BETA1 * m + (1 - BETA1) * g for m, g in zip(first, grads)]
        second = [BETA2 * v + (1 - BETA2) * g * g for v, g in zip(second, grads)]
        params = [
            (p - rate * (m / (1 - BETA1**t)) / (jnp.sqrt(v / (1 - BETA2**t)) + EPSILON)).astype(dtype)
            for p, m, v in zip(params, first, second)
        ]
        return params, first, second, t

    zeros = [jnp.zeros_like(p) for p in params]
    state = [params, zeros, zeros, jnp.array(0.0, dtype=dtype)]

    def step(rate):
        state[:] = update(*state, jnp.array(rate, dtype=dtype))
        jax.block_until_ready(state)

    return step, lambda: np.asarray(state[0][0])


def make(kind, start, flat, values, shape, lam):
    maker = {"numpy": numpy_step, "torch": torch_step, "jax": jax_step}[backend.split("-")[0]]
    return maker(kind, start, flat, values, shape, lam)


def version():
    module = __import__(backend.split("-")[0])
    return f"{module.__name__} {module.__version__}"


def prepare(kind, rows, cols, observed):
    rng = np.random.default_rng(1)
    flat = np.sort(rng.choice(rows * cols, observed, replace=False))
    truth = rng.standard_normal((rows, 5)) @ rng.standard_normal((5, cols)) / math.sqrt(5)
    side = min(rows, cols)
    if kind == "ratio":
        start = [0.1 * rng.standard_normal((rows, cols))]
    else:
        shapes = [(rows, side), (side, side), (side, cols)]
        start = [rng.standard_normal(s) * 0.3 / math.sqrt(side) for s in shapes]
    return make(kind, start, flat, truth.ravel()[flat], (rows, cols), 1e-3)[0]


def solve(folder, rows, cols, lam, rate, steps, target, every):
    """Depth 1 with the ratio penalty and a cosine schedule, to a mean squared error of target on
    the unobserved entries."""
    load = lambda name, dtype: np.fromfile(os.path.join(folder, name), dtype=dtype)
    truth = load("truth", "<f8")
    flat = load("observed", "<i8")
    start = [load("start", "<f8").reshape(rows, cols)]
    unobserved = np.setdiff1d(np.arange(rows * cols), flat)
    step, estimate = make("ratio", start, flat, truth[flat], (rows, cols), lam)
    seconds = 0.0
    for t in range(steps + 1):
        if t % every == 0:
            error = float(((estimate().ravel()[unobserved] - truth[unobserved]) ** 2).mean())
            if error <= target:
                return {"seconds": seconds, "steps": t, "error": error}
        begin = time.process_time()
        step(rate * (1 + math.cos(math.pi * t / steps)) / 2)
        seconds += time.process_time() - begin
    return {"seconds": seconds, "steps": -1, "error": error}


def block(kind, size):
    """A matrix product, gemm or in single precision gemm32, or a singular value decomposition of size × size."""
    a = np.random.default_rng(2).standard_normal((size, size))
    if kind == "gemm32":
        a = a.astype(np.float32)
    if backend.startswith("torch"):
        import torch

        torch.set_num_threads(1)
        a = torch.tensor(a)
        return (lambda rate: torch.linalg.svd(a, full_matrices=False)) if kind == "svd" else (lambda rate: a @ a)
    return (lambda rate: np.linalg.svd(a, full_matrices=False)) if kind == "svd" else (lambda rate: a @ a)


def softmax(samples, features, classes):
    """Cross-entropy of a linear classifier and Adam, all samples in each step."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal((samples, features))
    labels = rng.integers(classes, size=samples)
    w = np.zeros((features, classes))
    if backend.startswith("torch"):
        import torch

        torch.set_num_threads(1)
        dtype = torch.float64 if backend == "torch-f64" else torch.float32
        x, labels = torch.tensor(x, dtype=dtype), torch.tensor(labels)
        w = torch.tensor(w, dtype=dtype, requires_grad=True)
        optimizer = torch.optim.Adam([w], lr=1e-3, betas=(BETA1, BETA2), eps=EPSILON, fused=True)

        def step(rate):
            loss = torch.nn.functional.cross_entropy(x @ w, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

        return step
    first, second, rows = np.zeros_like(w), np.zeros_like(w), np.arange(samples)
    state = {"t": 0}

    def step(rate):
        nonlocal first, second, w
        p = x @ w
        p -= p.max(axis=1, keepdims=True)
        np.exp(p, out=p)
        p /= p.sum(axis=1, keepdims=True)
        p[rows, labels] -= 1
        g = x.T @ p / samples
        state["t"] += 1
        first = BETA1 * first + (1 - BETA1) * g
        second = BETA2 * second + (1 - BETA2) * g * g
        w = w - rate * first / (1 - BETA1 ** state["t"]) / (np.sqrt(second / (1 - BETA2 ** state["t"])) + EPSILON)

    return step


def factored(rows, cols, observed, rank, by):
    """Depth 2 in PyTorch, with nuclear over Frobenius norm of U @ V.T from the factors."""
    import torch

    torch.set_num_threads(1)
    dtype = torch.float64 if backend == "torch-f64" else torch.float32
    rng = np.random.default_rng(1)
    flat = np.sort(rng.choice(rows * cols, observed, replace=False))
    values = (rng.standard_normal((rows, 5)) @ rng.standard_normal((5, cols)) / math.sqrt(5)).ravel()[flat]
    flat, values = torch.tensor(flat), torch.tensor(values, dtype=dtype)
    scale = math.sqrt(math.sqrt(1 / rank))
    u = torch.tensor(scale * rng.standard_normal((rows, rank)), dtype=dtype, requires_grad=True)
    v = torch.tensor(scale * rng.standard_normal((cols, rank)), dtype=dtype, requires_grad=True)
    optimizer = torch.optim.Adam([u, v], lr=1e-3, betas=(BETA1, BETA2), eps=EPSILON, fused=True)

    def step(rate):
        # The fastest of six ways: index_select, gather, take and [] of the product, or of its
        # factors' rows.
        loss = (((u @ v.T).ravel().index_select(0, flat) - values) ** 2).mean()
        if by == "qr":
            sigma = torch.linalg.svdvals(torch.linalg.qr(u).R @ torch.linalg.qr(v).R.T)
        else:
            half = torch.linalg.cholesky(u.T @ u)
            sigma = torch.linalg.eigvalsh(half.T @ (v.T @ v) @ half).clamp_min(1e-30).sqrt()
        loss = loss + 1e-3 * sigma.sum() / torch.linalg.norm(sigma)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


step = None
for line in sys.stdin:
    command = json.loads(line)
    name = command.pop("op")
    if name == "version":
        answer = {"version": version()}
    elif name == "prepare":
        step = prepare(**command)
        step(1e-3)
        step(1e-3)
        answer = {}
    elif name in ("block", "softmax", "factored"):
        step = {"block": block, "softmax": softmax, "factored": factored}[name](**command)
        step(0)
        answer = {}
    elif name == "run":
        seconds = []
        for _ in range(command["steps"]):
            begin = time.process_time()
            step(1e-3)
            seconds.append(time.process_time() - begin)
        answer = {"seconds": seconds}
    else:
        answer = solve(**command)
    print(json.dumps(answer), flush=True)
