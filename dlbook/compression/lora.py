"""LoRA: train a low-rank addition to a weight that itself stays as it is."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from dlbook import functional as F
from dlbook.autograd import Tensor, is_grad_enabled
from dlbook.compression.replacing import replace_module
from dlbook.functional.arguments import require_number
from dlbook.nn import Linear, Module, Parameter
from dlbook.nn.arguments import require_size
from dlbook.random import default_rng

__all__ = ["LoRALinear", "add_lora", "lora_state_dict", "merge_lora"]


class LoRALinear(Module):
    r"""A frozen linear layer, and a trained addition of low rank.

    .. math:: y = x W^\top + b + \frac{\alpha}{r}\, (x A^\top) B^\top

    Parameters
    ----------
    base : Linear
        Its parameters are frozen and stay as they are.
    rank : int
        r, at least 1.
    alpha : float, optional
        :math:`\alpha`, finite; r by default, so that the factor is 1.
    dropout : float
        Probability, in [0, 1], of dropping a number of x before A while training.
    rng : numpy.random.Generator, int or None
        Source of A and, after it, of the dropout masks.

    Attributes
    ----------
    base : Linear
    lora_A : Parameter, shape (r, in_features)
        Drawn from U(-k, k) with :math:`k = 1/\sqrt{\text{in\_features}}`, as in the
        authors' code; the paper has a normal distribution.
    lora_B : Parameter, shape (out_features, r)
        Zeros at first: training starts from what `base` computes.
    merged : bool
        Whether the addition is in the weight of `base` just now.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range.
    RuntimeError
        If a merged layer is called for training, which would not reach A and B.

    References
    ----------
    Hu et al. (2021), arXiv:2106.09685, section 4.1. Their k and d are in_features and
    out_features; :math:`\Delta W = BA`.
    """

    def __init__(
        self,
        base: Linear,
        rank: int,
        *,
        alpha: float | None = None,
        dropout: float = 0.0,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        if not isinstance(base, Linear):
            raise TypeError(f"base must be a Linear, got {type(base).__name__}")
        self.rank = require_size(rank, "LoRALinear: rank")
        self.alpha = require_number(
            rank if alpha is None else alpha, "LoRALinear: alpha"
        )
        self.dropout = require_number(dropout, "LoRALinear: dropout")
        if not 0 <= self.dropout <= 1:
            raise ValueError(f"LoRALinear: dropout must lie in [0, 1], got {dropout}")
        self.in_features, self.out_features = base.in_features, base.out_features
        self.rng = default_rng(rng)
        self.base = base.requires_grad_(False)
        dtype, bound = base.weight.dtype, 1 / math.sqrt(base.in_features)
        start = self.rng.uniform(-bound, bound, (self.rank, base.in_features))
        self.lora_A = Parameter(start.astype(dtype))
        self.lora_B = Parameter(np.zeros((base.out_features, self.rank), dtype))
        self._weight_before: np.ndarray | None = None

    @property
    def merged(self) -> bool:
        """Whether the addition is in the weight of the base."""
        return self._weight_before is not None

    @property
    def scale(self) -> float:
        r""":math:`\alpha / r`."""
        return self.alpha / self.rank

    @property
    def weight(self) -> Tensor:
        """W + alpha / r B A, shape (out_features, in_features)."""
        if self.merged:
            return self.base.weight
        return self.base.weight + self.scale * (self.lora_B @ self.lora_A)

    @property
    def bias(self) -> Tensor | None:
        """The bias of the base."""
        return self.base.bias

    def forward(self, x: Tensor) -> Tensor:
        """(*, in_features) -> (*, out_features)."""
        if self.merged:
            if self.training and is_grad_enabled():
                raise RuntimeError(
                    "LoRALinear is merged: no gradient would reach lora_A and lora_B; "
                    "call unmerge() before training, or eval()"
                )
            return self.base(x)
        dropped = F.dropout(x, self.dropout, training=self.training, rng=self.rng)
        narrow = F.linear(dropped, self.lora_A)  # (*, r)
        return self.base(x) + self.scale * F.linear(narrow, self.lora_B)

    def merge(self) -> None:
        """Add the addition to the weight of the base: then it costs no time.

        Merging twice adds once.
        """
        if not self.merged:
            weight = self.base.weight.data
            before = weight.copy()
            weight += self.scale * (self.lora_B.data @ self.lora_A.data)
            self._weight_before = before

    def unmerge(self) -> None:
        """Put the weight of the base back, to the last bit."""
        if self._weight_before is not None:
            self.base.weight.data[...] = self._weight_before
            self._weight_before = None

    def extra_repr(self) -> str:
        """Return rank, factor and dropout."""
        return f"rank={self.rank}, alpha={self.alpha:g}, dropout={self.dropout:g}"


def add_lora(
    model: Module,
    rank: int,
    names: Iterable[str] | None = None,
    *,
    alpha: float | None = None,
    dropout: float = 0.0,
    train_also: Iterable[str] = (),
    rng: np.random.Generator | int | None = None,
) -> list[str]:
    """Freeze a model, and give linear layers a trained addition.

    Parameters
    ----------
    model : Module
        Changed in place: `LoRALinear` layers stand where the linear ones stood, and
        nothing but their `lora_A` and `lora_B` requires a gradient.
    rank : int
    names : iterable of str, optional
        Which layers: names as in ``named_modules()``, or their last part, such as
        "c_attn" for that of every block. All Linear layers by default.
    alpha, dropout, rng
        As in `LoRALinear`.
    train_also : iterable of str
        Names of layers or parameters that are trained as a whole, too, for example a
        new last layer.

    Returns
    -------
    list of str
        The names of the layers that were exchanged.

    Raises
    ------
    TypeError
        If an argument is of the wrong type.
    ValueError
        If a name fits no Linear layer, or nothing of the model; then the model stays as
        it is.
    """
    rng = default_rng(rng)
    chosen = _linear_layers(model, names)
    also = [p for name in _names(train_also) for p in _parameters_of(model, name)]
    layers = [
        LoRALinear(layer, rank, alpha=alpha, dropout=dropout, rng=rng)
        for layer in chosen.values()
    ]
    model.requires_grad_(False)
    for name, layer in zip(chosen, layers, strict=True):
        replace_module(model, name, layer)
    for parameter in also:
        parameter.requires_grad = True
    return list(chosen)


def _linear_layers(model: Module, names: Iterable[str] | None) -> dict[str, Linear]:
    """Return the linear layers that are named, by their full names."""
    linear = {n: m for n, m in model.named_modules() if isinstance(m, Linear) and n}
    wanted = list(linear) if names is None else _names(names)
    chosen = {}
    for name in wanted:
        found = [n for n in linear if n == name or n.endswith(f".{name}")]
        if not found:
            raise ValueError(
                f"names: {name!r} is no Linear layer; there are "
                + (", ".join(linear) or "none")
            )
        chosen |= {n: linear[n] for n in found}
    if not chosen:
        raise ValueError("add_lora: the model has no Linear layer inside it")
    return {n: layer for n, layer in linear.items() if n in chosen}


def _parameters_of(model: Module, name: str) -> list[Parameter]:
    found = [
        parameter
        for full, parameter in model.named_parameters()
        if full == name or full.startswith(f"{name}.")
    ]
    if not found:
        raise ValueError(f"train_also: {name!r} is no layer with parameters")
    return found


def _names(names: Iterable[str]) -> list[str]:
    if isinstance(names, str):
        raise TypeError(f"expected several names, got the str {names!r}")
    return list(names)


def merge_lora(model: Module) -> Module:
    """Add every addition to its weight, and put plain linear layers back.

    Parameters
    ----------
    model : Module
        Changed in place: it has the parameters and the names from before `add_lora`,
        and computes what it computed with the additions. They stay frozen.

    Returns
    -------
    Module
        `model`.

    Raises
    ------
    ValueError
        If there is no addition.
    """
    layers = {n: m for n, m in model.named_modules() if isinstance(m, LoRALinear)}
    if not layers or "" in layers:
        raise ValueError("merge_lora: there is no LoRALinear inside the model")
    for name, layer in layers.items():
        layer.merge()
        replace_module(model, name, layer.base)
    return model


def lora_state_dict(model: Module) -> dict[str, np.ndarray]:
    """Return a copy of the additions alone: what has to be saved for a task.

    ``model.load_state_dict(state, strict=False)`` reads it into a model with additions.

    Raises
    ------
    ValueError
        If there is no addition.
    """
    state = {
        name: value
        for name, value in model.state_dict().items()
        if name.rpartition(".")[2] in ("lora_A", "lora_B")
    }
    if not state:
        raise ValueError("lora_state_dict: there is no LoRALinear inside the model")
    return state
