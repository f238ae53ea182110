"""SGD: equal to torch over many steps, in place, no memory, bad options."""

import itertools
import tracemalloc

import numpy as np
import pytest
import torch

from dlbook import nn
from dlbook.optim import SGD

OPTIONS = [
    {"momentum": m, "dampening": d, "weight_decay": w, "nesterov": n, "maximize": x}
    for m, d, w, n, x in itertools.product(
        (0.0, 0.9), (0.0, 0.3), (0.0, 0.1), (False, True), (False, True)
    )
    if not (n and (m == 0 or d > 0))
]


@pytest.mark.parametrize(
    "options", OPTIONS, ids=lambda o: " ".join(k for k, v in o.items() if v) or "plain"
)
def test_a_hundred_steps_equal_torch(options, rng):
    start = [rng.standard_normal((4, 3)), rng.standard_normal(5)]
    ours = [nn.Parameter(a) for a in start]
    theirs = [torch.nn.Parameter(torch.tensor(a)) for a in start]
    optimizer = SGD(ours, lr=0.05, **options)
    reference = torch.optim.SGD(theirs, lr=0.05, **options)
    for step in range(100):
        for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            if i == 1 and step % 3 == 0:  # a parameter that is not always used
                a.grad, b.grad = None, None
            else:
                a.grad = rng.standard_normal(a.shape)
                b.grad = torch.tensor(a.grad)
        optimizer.step()
        reference.step()
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.data, b.detach(), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("options", OPTIONS)
def test_gradients_are_read_and_never_written(options):
    shared = np.ones(3, np.float32)
    shared.flags.writeable = False
    params = [nn.Parameter(np.ones(3, np.float32)) for _ in range(2)]
    optimizer = SGD(params, **options)
    for _ in range(3):
        for parameter in params:
            parameter.grad = shared
        optimizer.step()
    np.testing.assert_array_equal(params[0].data, params[1].data)


@pytest.mark.parametrize(
    "options", [{}, {"momentum": 0.9, "weight_decay": 0.1, "nesterov": True}]
)
def test_steps_work_in_place_and_allocate_nothing_after_the_first(options):
    parameter = nn.Parameter(np.ones(200_000, np.float32))
    memory = parameter.data
    parameter.grad = np.ones_like(memory)
    optimizer = SGD([parameter], lr=np.float64(0.1), **options)
    optimizer.step()
    tracemalloc.start()
    optimizer.step()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000  # the parameter is 800,000 bytes
    assert parameter.data is memory
    assert memory.dtype == np.float32


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"lr": -0.1}, ValueError, "lr must be finite and >= 0, got -0.1"),
        ({"lr": np.nan}, ValueError, "lr must be finite and >= 0, got nan"),
        ({"lr": np.inf}, ValueError, "lr must be finite"),
        ({"lr": "fast"}, TypeError, "lr must be a number, got str"),
        ({"lr": True}, TypeError, "lr must be a number, got bool"),
        ({"lr": None}, TypeError, "lr must be a number, got NoneType"),
        ({"momentum": 1.5}, ValueError, r"momentum must be .* \[0, 1\], got 1.5"),
        ({"momentum": -0.1}, ValueError, "momentum must be"),
        ({"momentum": np.nan}, ValueError, "momentum must be"),
        ({"dampening": 1.1}, ValueError, "dampening must be"),
        ({"dampening": -0.1}, ValueError, "dampening must be"),
        ({"weight_decay": -1}, ValueError, "weight_decay must be finite and >= 0"),
        ({"weight_decay": np.nan}, ValueError, "weight_decay must be"),
        ({"nesterov": True}, ValueError, "nesterov needs momentum > 0"),
        (
            {"nesterov": True, "momentum": 0.9, "dampening": 0.1},
            ValueError,
            "nesterov needs .* dampening 0.1",
        ),
    ],
    ids=str,
)
def test_options_out_of_range_are_refused_by_name(options, error, message):
    with pytest.raises(error, match=message):
        SGD([nn.Parameter([1.0])], **options)
    with pytest.raises(error, match=message):
        SGD([{"params": [nn.Parameter([1.0])], **options}])


def test_the_ends_of_the_ranges_are_allowed():
    SGD([nn.Parameter([1.0])], lr=0, momentum=1, dampening=1, weight_decay=0)
