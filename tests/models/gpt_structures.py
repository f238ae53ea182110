"""Small GPTs of every structure, for the tests."""

import numpy as np
import pytest

from dlbook.models import GPT

SIZES = {"context": 9, "width": 8, "num_layers": 2, "num_heads": 2}
STRUCTURES = {
    "gpt2": {},
    "no bias": {"bias": False},
    "not tied": {"tie_weights": False},
    "sinusoidal": {"positions": "sinusoidal"},
    "rotary": {"positions": "rotary"},
    "no positions": {"positions": "none"},
    "narrow": {"mlp_ratio": 2},
    "attention only": {"attention_only": True},
    "rms": {"norm": "rms"},
    "no norm": {"norm": "none"},
    "one layer": {"num_layers": 1, "attention_only": True, "positions": "rotary"},
    "four heads": {"num_heads": 4, "width": 12},
}
BY_NAME = pytest.mark.parametrize("structure", STRUCTURES)


def small(structure="gpt2", rng=0, **options):
    """Return a GPT whose weights are large enough for everything to matter."""
    model = GPT(11, **SIZES | STRUCTURES[structure] | options, rng=rng)
    rng = np.random.default_rng(1)
    for parameter in model.parameters():
        parameter.data[...] = 0.35 * rng.standard_normal(parameter.shape)
    return model


def ids_of(rng, steps=9, batch=3):
    return rng.integers(0, 11, (batch, steps))
