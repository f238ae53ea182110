"""How sparse when: pruning in rounds, and little by little while training."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from dlbook.compression.masks import mask_of
from dlbook.compression.pruning import global_unstructured
from dlbook.nn import Module
from dlbook.nn.arguments import require_size

__all__ = [
    "GradualPruning",
    "cubic_sparsity",
    "prune_iteratively",
    "prune_to",
    "sparsities_in_rounds",
]

Places = Iterable[tuple[Module, str]]


def prune_to(parameters: Places, sparsity: float, *, scope: str = "global") -> None:
    """Prune the smallest weights until a share of all weights is masked.

    Parameters
    ----------
    parameters : iterable of (Module, str)
        As from `prunable`; changed in place as `custom_from_mask` says.
    sparsity : float
        Of all their weights, in [0, 1], those counted that are masked already. Where
        more are masked than that, nothing is changed.
    scope : {"global", "layer"}
        Whether the weights of all parameters are ranked together, or each parameter
        gets the sparsity for itself.

    Raises
    ------
    TypeError, ValueError
        If `sparsity` or `scope` is unusable, or as `global_unstructured` does.
    """
    parameters = list(parameters)
    _require_share("sparsity", sparsity)
    if scope not in ("global", "layer"):
        raise ValueError(f'scope must be "global" or "layer", got {scope!r}')
    groups = [parameters] if scope == "global" else [[place] for place in parameters]
    for group in groups:
        kept = sum(int(mask_of(*place).sum()) for place in group)
        size = sum(mask_of(*place).size for place in group)
        number = round(float(sparsity) * size) - (size - kept)
        global_unstructured(group, amount=max(number, 0))


def sparsities_in_rounds(sparsity: float, rounds: int) -> list[float]:
    r"""Return the sparsity after each round, if every round keeps the same share.

    .. math:: s_r = 1 - (1 - s)^{r / R}, \quad r = 1, \dots, R

    Parameters
    ----------
    sparsity : float
        s, the last one, in [0, 1).
    rounds : int
        R, at least 1.

    Returns
    -------
    list of float, length R

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range.

    References
    ----------
    Frankle & Carbin (2019), arXiv:1803.03635, section 1: iterative pruning takes the
    same share of the weights that survive the round before.
    """
    _require_share("sparsity", sparsity)
    rounds = require_size(rounds, "rounds")
    if sparsity == 1:
        raise ValueError("sparsity must be less than 1: something has to be left")
    return [1 - (1 - float(sparsity)) ** (r / rounds) for r in range(1, rounds + 1)]


def prune_iteratively(
    parameters: Places,
    sparsities: Iterable[float],
    retrain: Callable[[int], Any],
    *,
    scope: str = "global",
) -> list[Any]:
    """Prune, retrain what is left, prune more, and so on.

    Parameters
    ----------
    parameters : iterable of (Module, str)
        Of a trained model; changed in place.
    sparsities : iterable of float
        Share of masked weights in each round, as from `sparsities_in_rounds`.
    retrain : callable
        Trains the model, after the pruning of each round; given the number of the
        round, from 0. For a lottery ticket it calls `rewind` first.
    scope : {"global", "layer"}
        As in `prune_to`.

    Returns
    -------
    list
        What `retrain` returned, round by round.

    Raises
    ------
    TypeError, ValueError
        As `prune_to` does.

    References
    ----------
    Han, Pool, Tran & Dally (2015), arXiv:1506.02626, figure 2 and section 3.4.
    """
    parameters = list(parameters)
    results = []
    for number, sparsity in enumerate(sparsities):
        prune_to(parameters, sparsity, scope=scope)
        results.append(retrain(number))
    return results


def cubic_sparsity(
    step: int, *, begin: int, end: int, final: float, initial: float = 0.0
) -> float:
    r"""Return the sparsity at a step that rises quickly first and slowly at the end.

    .. math:: s_t = s_f + (s_i - s_f) \Bigl(1 - \frac{t - t_0}{t_1 - t_0}\Bigr)^3

    between the steps :math:`t_0` and :math:`t_1`, constant before and after: many
    weights go while many are superfluous.

    Parameters
    ----------
    step : int
        t.
    begin, end : int
        :math:`t_0 < t_1`.
    final, initial : float
        :math:`s_f` and :math:`s_i`, both in [0, 1].

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range.

    References
    ----------
    Zhu & Gupta (2017), arXiv:1710.01878, equation 1. Their :math:`n \Delta t` is
    :math:`t_1 - t_0`.
    """
    _require_share("final", final)
    _require_share("initial", initial)
    step = require_size(step, "step", least=0)
    begin = require_size(begin, "begin", least=0)
    end = require_size(end, "end", least=begin + 1)
    left = 1 - (min(max(step, begin), end) - begin) / (end - begin)
    return float(final) + (float(initial) - float(final)) * left**3


class GradualPruning:
    """Prune while training: call `step` after every step of the optimizer.

    Parameters
    ----------
    parameters : iterable of (Module, str)
        As from `prunable`; they get masks at once, so that optimizers and checkpoints
        see the same parameters throughout.
    begin, end, final, initial
        As in `cubic_sparsity`.
    every : int
        Steps from one pruning to the next, at least 1; the paper has 100 to 1000.
    scope : {"global", "layer"}
        As in `prune_to`; the paper has "layer".

    Attributes
    ----------
    steps : int
        How many steps were made.
    sparsity : float
        What the schedule last asked for.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range.

    References
    ----------
    Zhu & Gupta (2017), arXiv:1710.01878, section 3.
    """

    def __init__(
        self,
        parameters: Places,
        *,
        begin: int,
        end: int,
        final: float,
        initial: float = 0.0,
        every: int = 1,
        scope: str = "layer",
    ) -> None:
        self.parameters = list(parameters)
        self.options = {"begin": begin, "end": end, "final": final, "initial": initial}
        self.every = require_size(every, "every")
        self.scope = scope
        self.steps = 0
        self.sparsity = 0.0
        cubic_sparsity(0, **self.options)  # the options are checked here, too
        prune_to(self.parameters, 0.0, scope=scope)

    def step(self) -> None:
        """Count a step, and prune if it is time: from `begin` on, and at `end`."""
        self.steps += 1
        begin, end = self.options["begin"], self.options["end"]
        due = (self.steps - begin) % self.every == 0 or self.steps == end
        if begin <= self.steps <= end and due:
            self.sparsity = cubic_sparsity(self.steps, **self.options)
            prune_to(self.parameters, self.sparsity, scope=self.scope)


def _require_share(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise TypeError(f"{name} must be a number, got {value!r}")
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must lie in [0, 1], got {value}")
