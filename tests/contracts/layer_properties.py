"""What every layer promises; each function takes a row and fails if it is broken."""

from collections.abc import Iterable

import numpy as np
import torch

from dlbook.compare import compare_with_torch, copy_weights
from dlbook.nn import Module
from tests.contracts.layers import LayerRow


def equals_torch_in_float64(row: LayerRow) -> None:
    compare_layer(row, np.float64, row.rtol)


def equals_torch_in_float32(row: LayerRow) -> None:
    compare_layer(row, np.float32, row.rtol32)


def has_torchs_names_shapes_and_dtypes(row: LayerRow) -> None:
    ours, theirs = row.ours(), row.torchs()
    assert [(name, p.shape, str(p.dtype)) for name, p in ours.named_parameters()] == [
        (name, tuple(p.shape), str(p.dtype).removeprefix("torch."))
        for name, p in theirs.named_parameters()
    ]
    assert [name for name, _ in ours.named_buffers()] == [
        name for name, _ in theirs.named_buffers()
    ]


def exchanges_state_both_ways(row: LayerRow) -> None:
    ours, theirs = row.ours(seed=1), row.torchs()
    state = ours.state_dict()
    loaded = {name: torch.tensor(value) for name, value in state.items()}
    theirs.load_state_dict(loaded, strict=True)
    other = row.ours(seed=2)
    other.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    back = other.state_dict()
    assert list(back) == list(state) == list(theirs.state_dict())
    for name, value in state.items():
        np.testing.assert_array_equal(back[name], value)
        assert not np.shares_memory(value, dict_of(ours)[name])


def same_seed_gives_same_weights(row: LayerRow) -> None:
    if not row.takes_rng or "rng" in row.keywords:
        return
    first, again, other = row.ours(seed=3), row.ours(seed=3), row.ours(seed=4)
    for name, value in first.state_dict().items():
        np.testing.assert_array_equal(value, again.state_dict()[name])
        constant = value.min() == value.max()  # such as biases that begin as zeros
        assert constant or not np.array_equal(value, other.state_dict()[name])


def with_weights_of_their_own(rows: Iterable[LayerRow]) -> list[LayerRow]:
    """Rows that draw weights, the first of each layer and shapes: stride draws none."""
    first = {}
    for row in rows:
        if row.takes_rng and "rng" not in row.keywords:
            module = row.ours()
            shapes = [(n, p.shape) for n, p in module.named_parameters()]
            first.setdefault((type(module), *shapes), row)
    return list(first.values())


def starts_from_torchs_distribution(row: LayerRow) -> None:
    """Quantiles of many layers; bounds, means and spreads show in them.

    A normal distribution has no bounds: of many layers' extremes, chance decides.
    """
    torch.manual_seed(0)
    levels = (0, 5, 25, 50, 75, 95, 100)
    drawn = [p.size for p in row.ours().parameters() if p.size == 1 or np.ptp(p.data)]
    number = min(max(8000 // min(drawn, default=1), 60), 1000)  # of layers
    ours = [dict_of(row.ours(seed)) for seed in range(number)]
    theirs = [dict(row.torchs().named_parameters()) for _ in range(number)]
    for name, parameter in theirs[0].items():
        our = np.stack([tensors[name] for tensors in ours])
        their = torch.stack([tensors[name].detach() for tensors in theirs]).numpy()
        quantiles = np.percentile(their, levels)
        if np.ptp(their) > 5 * their.std():  # uniform: 3.5; normal: 6 and more
            np.testing.assert_allclose(
                np.percentile(our, levels[1:-1]),
                quantiles[1:-1],
                atol=0.1 * their.std(),
            )
            continue
        np.testing.assert_allclose(
            np.percentile(our, levels), quantiles, atol=0.06 * np.ptp(quantiles)
        )
        low, high = quantiles[[0, -1]]
        assert our.min() >= low - 0.001 * (high - low), (name, parameter.shape)
        assert our.max() <= high + 0.001 * (high - low)


def train_and_eval_reach_every_module(row: LayerRow) -> None:
    module = row.ours()
    assert all(part.training for part in module.modules())
    assert module.eval() is module
    assert not any(part.training for part in module.modules())
    assert module.train() is module
    assert all(part.training for part in module.modules())


def prints_its_name_and_size(row: LayerRow) -> None:
    module = row.ours()
    text = repr(module)
    assert text.startswith(row.name.partition(".")[2])
    count = sum(p.size for p in module.parameters())
    assert (f"# {count:,} parameter" in text) == bool(count)
    assert "object at 0x" not in text


CONTRACTS = [
    equals_torch_in_float64,
    equals_torch_in_float32,
    has_torchs_names_shapes_and_dtypes,
    exchanges_state_both_ways,
    same_seed_gives_same_weights,
    train_and_eval_reach_every_module,
    prints_its_name_and_size,
]


def compare_layer(row: LayerRow, dtype: type, rtol: float) -> None:
    ours, theirs = row.ours(), row.torchs()
    copy_weights(theirs, ours)
    ours.to(dtype)
    theirs.to(torch.float64 if dtype is np.float64 else torch.float32)
    compare_with_torch(ours, theirs, *row.arrays(dtype), rtol=rtol)


def dict_of(module: Module) -> dict[str, np.ndarray]:
    named = (*module.named_parameters(), *module.named_buffers())
    return {name: tensor.data for name, tensor in named}
