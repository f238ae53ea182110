"""torch's quantized tensors, which warn that they are to be removed."""

import functools
import warnings

import torch
import torch.ao.nn.quantized.functional
import torch.ao.quantization.fx._decomposed


def quiet(function):
    """Let torch's announcements pass: warnings are errors elsewhere."""

    @functools.wraps(function)
    def call(*args, **kwargs):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return function(*args, **kwargs)

    return call


quantize_per_tensor = quiet(torch.quantize_per_tensor)
quantize_per_channel = quiet(torch.quantize_per_channel)
linear = quiet(torch.ao.nn.quantized.functional.linear)
conv2d = quiet(torch.ao.nn.quantized.functional.conv2d)


def exported_quantize(x, scale, zero_point, low, high, dtype):
    """The operator of torch.export's quantized graphs."""
    operator = torch.ops.quantized_decomposed.quantize_per_tensor
    return operator(x, scale, zero_point, low, high, dtype)


@quiet
def observed(name, batches, **options):
    """Return (scale, zero point) that torch's observer of this name finds."""
    observer = getattr(torch.ao.quantization, name)(**options)
    for batch in batches:
        observer(torch.tensor(batch))
    return [p.numpy() for p in observer.calculate_qparams()]
