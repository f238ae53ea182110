"""Every network computes what torchvision's computes with the same numbers."""

import json
from pathlib import Path

import numpy as np
import pytest

from dlbook import models
from dlbook.autograd import Tensor, no_grad
from tests.models.filling import HIDDEN, filled, image

RECORD = Path(__file__).with_name("torchvision_outputs.json")
OUTPUTS = json.loads(RECORD.read_text("utf-8"))["models"]


def build(name, **options):
    """Return our network in float64, filled with the numbers of the record."""
    if name.startswith(("alexnet", "vgg")):
        options["hidden"] = HIDDEN
    if name == "googlenet_aux":
        name, options["aux_logits"] = "googlenet", True
    model = getattr(models, name)(rng=models.blank_rng(), **options).to(np.float64)
    shapes = {key: value.shape for key, value in model.state_dict().items()}
    model.load_state_dict(filled(shapes))
    return model


def assert_recorded(outputs, name):
    for output, record in zip(outputs, OUTPUTS[name]["outputs"], strict=True):
        scores = output.data
        root = np.sqrt((scores**2).mean())
        np.testing.assert_allclose(root, record["rms"], rtol=1e-10)
        first = record["first"]
        near = 1e-10 * root
        np.testing.assert_allclose(scores[0, : len(first)], first, rtol=0, atol=near)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in OUTPUTS if " " not in name])
def test_scores_are_torchvisions(name):
    model = build(name).eval()
    with no_grad():
        scores = model(Tensor(image(1, OUTPUTS[name]["size"])))
    assert scores.shape == (1, 1000)
    assert_recorded([scores], name)


def test_googlenet_in_training_returns_torchvisions_three_outputs():
    name = "googlenet_aux in training"
    model = build("googlenet_aux", dropout=0.0, dropout_aux=0.0)
    with no_grad():
        outputs = model(Tensor(image(2, OUTPUTS[name]["size"])))
    assert isinstance(outputs, models.GoogLeNetOutputs)
    assert_recorded(outputs, name)
