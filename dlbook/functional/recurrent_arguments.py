"""Checks that the recurrent functions make of what they are given."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_floats

WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
Named = dict[str, Tensor]


def check_recurrent(
    function: str,
    x: Tensor,
    states: dict[str, Tensor | None],
    weights: tuple[Tensor | None, ...],
    *,
    gates: int,
    cell: bool = False,
) -> None:
    """Raise TypeError or ValueError unless all tensors fit one recurrent layer.

    Parameters
    ----------
    function : str
        For the messages.
    x : Tensor, shape (T, N, D) or (T, D); for a cell (N, D) or (D,)
    states : dict of str to Tensor or None, shape (N, H) or (H,)
        By their names. Where there is a projection, a hidden state has P numbers.
    weights : tuple of Tensor or None
        W_ih (G H, D), W_hh (G H, H) or (G H, P), b_ih and b_hh (G H,), and, if there is
        a fifth, W_hr (P, H).
    gates : int
        G, the blocks of H rows in the weights.
    cell : bool
        Whether the function computes a single step.
    """
    named = dict(zip(WEIGHTS, weights, strict=False))
    _check_types(function, {"weight_hh": named["weight_hh"], "x": x} | states | named)
    given = {name: value for name, value in named.items() if value is not None}
    _check_axes(function, x, cell=cell)
    hidden = _hidden_size(function, given, gates)
    projected, letter = hidden, "H"
    if "weight_hr" in given:
        projected, letter = _projected_size(function, given, hidden), "P"
    rows, times = gates * hidden, "H" if gates == 1 else f"{gates}H"
    expected = {
        "weight_ih": ((rows, x.shape[-1]), f"({times}, D)"),
        "weight_hh": ((rows, projected), f"({times}, {letter})"),
        "bias_ih": ((rows,), f"({times},)"),
        "bias_hh": ((rows,), f"({times},)"),
    }
    batch = x.shape[:-1] if cell else x.shape[1:-1]
    for name, state in states.items():
        if state is None:
            continue
        given[name] = state
        last = (projected, letter) if name.startswith("h") else (hidden, "H")
        symbols = f"(N, {last[1]})" if batch else f"({last[1]},)"
        expected[name] = (*batch, last[0]), symbols
    for name, (shape, symbols) in expected.items():
        if name in given and given[name].shape != shape:
            raise ValueError(
                f"{function}: {name} has shape {given[name].shape}, expected {symbols} "
                f"= {shape} beside x {x.shape} and weight_hh {given['weight_hh'].shape}"
            )


def pair_of_states(hx: Any, function: str) -> tuple[Tensor | None, Tensor | None]:
    """Return the hidden and the cell state of `hx`, which may be None."""
    if hx is None:
        return None, None
    if not isinstance(hx, tuple | list) or len(hx) != 2:
        what = (
            f"{len(hx)} values" if isinstance(hx, tuple | list) else type(hx).__name__
        )
        raise TypeError(
            f"{function}: hx must be a pair, hidden state and cell state, or None; got "
            f"{what}"
        )
    return tuple(hx)


def zeros(*shape: int, like: Tensor) -> Tensor:
    """Return the state of zeros that stands in for None, in the dtype of `like`."""
    return Tensor(np.zeros(shape, like.dtype))


def _check_types(function: str, tensors: dict[str, Tensor | None]) -> None:
    """Raise TypeError unless all are Tensors of floats, of the first one's dtype."""
    dtype = None
    for name, value in tensors.items():
        if value is None and name not in ("x", "weight_ih", "weight_hh"):
            continue
        require_floats(value, function, name=name)
        dtype = dtype or value.dtype
        if value.dtype != dtype:
            raise TypeError(
                f"{function}: {name} has dtype {value.dtype}, weight_hh {dtype}; "
                f"convert one of them, for example {name}.astype({dtype})"
            )


def _check_axes(function: str, x: Tensor, *, cell: bool) -> None:
    if x.ndim not in ((1, 2) if cell else (2, 3)):
        axes = "(N, D) or (D,)" if cell else "(T, N, D) or (T, D)"
        raise ValueError(f"{function}: x has shape {x.shape}, expected {axes}")
    if not cell and len(x) == 0:
        raise ValueError(
            f"{function}: x has shape {x.shape}, expected at least T = 1 step along "
            "the first axis"
        )


def _hidden_size(function: str, given: Named, gates: int) -> int:
    """Return H, read from the rows of weight_hh."""
    shape = given["weight_hh"].shape
    if len(shape) != 2 or shape[0] == 0 or shape[0] % gates:
        times = "H" if gates == 1 else f"{gates}H"
        raise ValueError(
            f"{function}: weight_hh has shape {shape}, expected two axes, the first of "
            f"{times} with H >= 1"
        )
    return shape[0] // gates


def _projected_size(function: str, given: Named, hidden: int) -> int:
    """Return P, read from the rows of weight_hr."""
    shape = given["weight_hr"].shape
    if len(shape) != 2 or shape[1] != hidden or shape[0] == 0:
        raise ValueError(
            f"{function}: weight_hr has shape {shape}, expected (P, H) with P >= 1 and "
            f"H = {hidden}, a {len(given['weight_hh']) // hidden}th of weight_hh's rows"
        )
    return shape[0]
