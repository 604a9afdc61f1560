"""Ten steps of PyTorch's own optimisers, as JSON: python steps.py > steps.json

The gradient of each of two parameters is, entry by entry, g = w^3/2 + w/4 + (-1)^t * 0.3 - 0.2 at step t, from 1: it depends on
the parameters, so that a wrong step shows in all that follow, and changes its sign.
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
    "Adam{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 0.001}": lambda p: optim.Adam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-3),
    "AdamW{}": lambda p: optim.AdamW(p),
    "AdamW{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 0.001, WeightDecay: 0.1}": lambda p: optim.AdamW(p, lr=0.05, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1),
    "Adagrad{}": lambda p: optim.Adagrad(p),
    "Adagrad{LearningRate: 0.05, Epsilon: 0.001}": lambda p: optim.Adagrad(p, lr=0.05, eps=1e-3),
    "Adadelta{}": lambda p: optim.Adadelta(p),
    "Adadelta{LearningRate: 0.5, Rho: 0.8, Epsilon: 0.001}": lambda p: optim.Adadelta(p, lr=0.5, rho=0.8, eps=1e-3),
    "AMSGrad{}": lambda p: optim.Adam(p, amsgrad=True),
    "AMSGrad{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 0.001}": lambda p: optim.Adam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-3, amsgrad=True),
    "AMSGrad{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.3, Epsilon: 0.001}": lambda p: optim.Adam(p, lr=0.05, betas=(0.8, 0.3), eps=1e-3, amsgrad=True),
    "Adamax{}": lambda p: optim.Adamax(p),
    "Adamax{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 0.001}": lambda p: optim.Adamax(p, lr=0.05, betas=(0.8, 0.95), eps=1e-3),
    "NAdam{}": lambda p: optim.NAdam(p),
    "NAdam{LearningRate: 0.05, Beta1: 0.8, Beta2: 0.95, Epsilon: 0.001, MomentumDecay: 0.1}": lambda p: optim.NAdam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-3, momentum_decay=0.1),
}


def steps(make):
    params = [torch.tensor(start, dtype=torch.float64).reshape(shape) for start, shape in zip(START, SHAPES)]
    optimizer = make(params)
    for t in range(1, 11):
        for w in params:
            w.grad = w * w * w / 2 + w / 4 + (-1) ** t * 0.3 - 0.2
        optimizer.step()
        yield [x for w in params for x in w.flatten().tolist()]


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
}))
