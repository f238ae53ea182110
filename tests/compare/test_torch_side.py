import sys

import numpy as np
import pytest
import torch

from dlbook.compare.torch_side import (
    Skipped,
    exact_float32,
    import_torch,
    to_torch,
    torch_is_installed,
)


def test_torch_is_found():
    assert torch_is_installed()
    assert import_torch("test") is torch


def test_without_torch_the_caller_and_the_remedy_are_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert not torch_is_installed()
    with pytest.raises(ModuleNotFoundError, match=r"compare_it\(\).*pip install"):
        import_torch("compare_it")


def test_float32_products_are_exact_on_a_gpu():
    switches = torch.backends.cuda.matmul, torch.backends.cudnn
    before = [switch.allow_tf32 for switch in switches]
    try:
        for switch in switches:
            switch.allow_tf32 = True
        exact_float32(torch)
        assert not any(switch.allow_tf32 for switch in switches)
    finally:
        for switch, was in zip(switches, before, strict=True):
            switch.allow_tf32 = was


def test_a_tensor_is_a_copy_also_of_reversed_and_read_only_arrays():
    array = np.arange(6.0).reshape(2, 3)[::-1]
    array.flags.writeable = False
    tensor = to_torch(array, "cpu", requires_grad=True)
    np.testing.assert_array_equal(tensor.detach().numpy(), array)
    assert tensor.requires_grad
    tensor.data[0, 0] = 99.0
    assert array[0, 0] == 3.0


def test_what_was_skipped_says_so_wherever_it_is_shown():
    skipped = Skipped(ours=3)
    assert repr(skipped) == "PyTorch is not installed: comparison skipped."
    assert skipped._repr_markdown_() == f"*{skipped!r}*"
    assert skipped.figure() is skipped
    assert skipped.ours == 3
