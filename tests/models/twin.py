"""Holding a network equal to its torch twin: outputs and all gradients."""

import numpy as np
import torch

from dlbook.autograd import Tensor
from dlbook.compare import copy_weights


def assert_equal_to_twin(model, twin, x, rng):
    """Compare in float64: outputs, gradients of all parameters and of x, buffers."""
    model.to(np.float64)
    twin.double()
    copy_weights(model, twin)
    ours, theirs = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    y, y_torch = model(ours), twin(theirs)
    close(y.data, y_torch, "output")
    grad_out = rng.standard_normal(y.shape)
    y.backward(grad_out)
    y_torch.backward(torch.tensor(grad_out))
    close(ours.grad, theirs.grad, "gradient of x")
    expected = dict(twin.named_parameters())
    named = dict(model.named_parameters())
    assert list(named) == list(expected)
    for name, parameter in named.items():
        close(parameter.grad, expected[name].grad, f"gradient of {name}")
    for (name, buffer), value in zip(
        model.named_buffers(), twin.buffers(), strict=True
    ):
        close(buffer.data, value, name)


def close(ours, theirs, what):
    theirs = theirs.detach().numpy()
    near = 1e-10 * max(1.0, np.abs(theirs).max())
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=near, err_msg=what)
