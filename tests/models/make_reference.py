"""Record what torchvision's networks are made of and what they compute.

``python -m tests.models.make_reference`` writes dlbook/models/torchvision.json (names
and shapes) and tests/models/torchvision_outputs.json (outputs). It needs torch and
torchvision, which nothing else in this project does.
"""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
import torchvision

from tests.models.filling import HIDDEN, filled, image

ROOT = Path(__file__).resolve().parents[2]
SHAPES = ROOT / "dlbook" / "models" / "torchvision.json"
OUTPUTS = Path(__file__).with_name("torchvision_outputs.json")
SOURCE = (
    f"torchvision {torchvision.__version__.split('+')[0]}, torchvision/models, "
    "https://github.com/pytorch/vision (BSD-3-Clause)"
)
NAMES = [
    "alexnet",
    *(f"vgg{n}{bn}" for n in (11, 13, 16, 19) for bn in ("", "_bn")),
    "googlenet",
    "googlenet_aux",
    *(f"resnet{n}" for n in (18, 34, 50, 101, 152)),
    *(f"densenet{n}" for n in (121, 161, 169, 201)),
]
# whose outputs are recorded: every kind of layer and block, at moderate cost
COMPUTED = [
    "alexnet",
    "vgg11_bn",
    "vgg16",
    "googlenet",
    "resnet18",
    "resnet50",
    "densenet121",
]


def build(name, **options):
    """Return a network of torchvision without drawing its initial values."""
    if name.startswith("googlenet"):
        options["init_weights"] = False
        options["aux_logits"] = name == "googlenet_aux"
        name = "googlenet"
    return getattr(torchvision.models, name)(**options)


def layers_of(model):
    """Return {layer: {entry: shape}} in the order of the state_dict."""
    layers = {}
    for name, value in model.state_dict().items():
        layer, _, entry = name.rpartition(".")
        layers.setdefault(layer, {})[entry] = list(value.shape)
    together = [f"{layer}.{e}" for layer, entries in layers.items() for e in entries]
    assert together == list(model.state_dict())  # no layer comes twice
    return layers


def narrow(model):
    """Give the linear layers of AlexNet or VGG `HIDDEN` units."""
    linear = [m for m in model.classifier if isinstance(m, torch.nn.Linear)]
    for before, after in pairwise(linear):
        before.weight = torch.nn.Parameter(before.weight[:HIDDEN])
        before.bias = torch.nn.Parameter(before.bias[:HIDDEN])
        after.weight = torch.nn.Parameter(after.weight[:, :HIDDEN])


def run(model, x):
    """Fill a network with numbers, and return its outputs for `x`."""
    model.double()
    shapes = {name: tuple(v.shape) for name, v in model.state_dict().items()}
    values = {name: torch.tensor(v) for name, v in filled(shapes).items()}
    model.load_state_dict(values)
    with torch.no_grad():
        outputs = model(torch.tensor(x))
    return outputs if isinstance(outputs, tuple) else (outputs,)


def summary(output):
    """Return the first scores and the root of the mean square of all."""
    output = output.numpy()
    root = float(np.sqrt((output**2).mean()))
    return {"first": output[0, :6].tolist(), "rms": root}


def record_outputs(name):
    """Return the outputs of one network in evaluation for one image of 64x64."""
    model = build(name)
    size = 64
    if name == "alexnet" or name.startswith("vgg"):
        narrow(model)
    return {"size": size, "outputs": [summary(*run(model.eval(), image(1, size)))]}


def record_training():
    """Return the three outputs of GoogLeNet in training, without dropout."""
    model = build("googlenet_aux", dropout=0.0, dropout_aux=0.0).train()
    outputs = run(model, image(2, 64))
    return {"size": 64, "outputs": [summary(output) for output in outputs]}


def lines(value, depth):
    """Return JSON with a line for each entry down to `depth`."""
    if depth == 0 or not isinstance(value, dict):
        return json.dumps(value, separators=(",", ":"))
    entries = (f"{json.dumps(k)}:{lines(v, depth - 1)}" for k, v in value.items())
    return "{\n" + ",\n".join(entries) + "\n}"


def main():
    """Write both files."""
    with torch.device("meta"):
        models = {name: layers_of(build(name)) for name in NAMES}
    record = {"source": SOURCE, "models": models}
    SHAPES.write_text(lines(record, 3) + "\n", "utf-8")
    outputs = {name: record_outputs(name) for name in COMPUTED}
    outputs["googlenet_aux in training"] = record_training()
    record = {"source": f"{SOURCE}; torch {torch.__version__}", "models": outputs}
    OUTPUTS.write_text(lines(record, 2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
