"""Ten steps of PyTorch's own optimisers, as JSON: python steps.py > steps.json

The gradient of each of two parameters is, entry by entry, g = w^3/2 + w/4 + (-1)^t * 0.3 - 0.2 at
step t, from 1: it depends on the parameters, so that a wrong step shows in all that follow, and
changes its sign.
"""

import json

import torch

SHAPES = [(3, 2), (2, 2)]
START = [[0.3, -2.0, 0.7, 1.5, -0.1, 0.9], [-0.6, 0.0, 1.1, -1.4]]

torch.set_default_dtype(torch.float64)  # in which NAdam keeps the product of its momenta too

optim = torch.optim
RUNS = {
    "GD{LearningRate: 0.05}": lambda p: optim.SGD(p, lr=0.05),
    "Momentum{LearningRate: 0.05, Beta: 0.8}": lambda p: optim.SGD(p, lr=0.05, momentum=0.8),
    "Nesterov{LearningRate: 0.05, Beta: 0.8}": lambda p: optim.SGD(p, lr=0.05, momentum=0.8, nesterov=True),
    "RMSProp{}": lambda p: optim.RMSprop(p),
    "RMSProp{LearningRate: 0.05, Rho: 0.9, Epsilon: 0.001}": lambda p: optim.RMSprop(p, lr=0.05, alpha=0.9, eps=1e-3),
    "Adam{}": lambda p: optim.Adam(p),
    "Adam{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 0.001}":
        lambda p: optim.Adam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-3),
    "AdamW{}": lambda p: optim.AdamW(p),
    "AdamW{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 0.001, WeightDecay: 0.1}":
        lambda p: optim.AdamW(p, lr=0.05, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1),
    "Adagrad{}": lambda p: optim.Adagrad(p),
    "Adagrad{LearningRate: 0.05, Epsilon: 0.001}": lambda p: optim.Adagrad(p, lr=0.05, eps=1e-3),
    "Adadelta{}": lambda p: optim.Adadelta(p),
    "Adadelta{LearningRate: 0.5, Rho: 0.8, Epsilon: 0.001}": lambda p: optim.Adadelta(p, lr=0.5, rho=0.8, eps=1e-3),
    "AMSGrad{}": lambda p: optim.Adam(p, amsgrad=True),
    "AMSGrad{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 0.001}":
        lambda p: optim.Adam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-3, amsgrad=True),
    "AMSGrad{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.3, Epsilon: 0.001}":
        lambda p: optim.Adam(p, lr=0.05, betas=(0.8, 0.3), eps=1e-3, amsgrad=True),
    "Adamax{}": lambda p: optim.Adamax(p),
    "Adamax{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 0.001}":
        lambda p: optim.Adamax(p, lr=0.05, betas=(0.8, 0.95), eps=1e-3),
    "RAdam{}": lambda p: optim.RAdam(p),
    "RAdam{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 0.001}":
        lambda p: optim.RAdam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-3),
    "ASGD{}": lambda p: optim.ASGD(p),
    "ASGD{LearningRate: 0.05, Decay: 0.1, Power: 0.5, T0: 3}":
        lambda p: optim.ASGD(p, lr=0.05, lambd=0.1, alpha=0.5, t0=3),
    "NAdam{}": lambda p: optim.NAdam(p),
    "NAdam{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 0.001, MomentumDecay: 0.1}":
        lambda p: optim.NAdam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-3, momentum_decay=0.1),
}


PLATEAUS = {
    "Plateau{Patience: 3}": dict(patience=3),
    "Plateau{Patience: 2, Gamma: 0.5, Threshold: 0.1, Cooldown: 4, Final: 0.05}": dict(
        patience=2, factor=0.5, threshold=0.1, cooldown=4, min_lr=0.05
    ),
}

# An objective that falls in jumps, and rises in between.
OBJECTIVE = [1 / (1 + t // 9) + 1e-3 * (t * 37 % 11) for t in range(60)]


def factors(settings):
    """The learning rate of each step, which is the factor, since it starts at 1."""
    optimizer = optim.SGD([torch.zeros(1)], lr=1.0)
    plateau = optim.lr_scheduler.ReduceLROnPlateau(optimizer, eps=0, **settings)
    for objective in OBJECTIVE:
        yield optimizer.param_groups[0]["lr"]
        plateau.step(objective)


def steps(make, averages=False):
    """The parameters after each step, or the averages of them that ASGD keeps."""
    params = [torch.tensor(start, dtype=torch.float64).reshape(shape) for start, shape in zip(START, SHAPES)]
    optimizer = make(params)
    for t in range(1, 11):
        for w in params:
            w.grad = w * w * w / 2 + w / 4 + (-1) ** t * 0.3 - 0.2
        optimizer.step()
        shown = [optimizer.state[w]["ax"] for w in params] if averages else params
        yield [x for w in shown for x in w.flatten().tolist()]


def text(value, depth=0):
    """JSON with a list of numbers on a line of its own."""
    inside, end = "\n" + "\t" * (depth + 1), "\n" + "\t" * depth
    if isinstance(value, dict):
        return "{" + ",".join(f"{inside}{json.dumps(k)}: {text(v, depth + 1)}" for k, v in value.items()) + end + "}"
    if isinstance(value, list) and value and isinstance(value[0], list):
        return "[" + ",".join(inside + text(v, depth + 1) for v in value) + end + "]"
    return json.dumps(value)


print(text({
    "version": torch.__version__.split("+")[0],
    "shapes": [list(shape) for shape in SHAPES],
    "start": START,
    "runs": {name: list(steps(make)) for name, make in RUNS.items()},
    "averages": {name: list(steps(make, averages=True)) for name, make in RUNS.items() if name.startswith("ASGD")},
    "objective": OBJECTIVE,
    "factors": {name: list(factors(settings)) for name, settings in PLATEAUS.items()},
}))
