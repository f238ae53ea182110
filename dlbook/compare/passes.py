"""How often a step of an optimizer goes through memory, counted while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dlbook import optim
from dlbook.autograd import Tensor

__all__ = ["Passes", "count_passes"]


@dataclass(frozen=True)
class Passes:
    """What one step of an optimizer does to memory.

    Attributes
    ----------
    passes : int
        NumPy operations, each of which goes through whole arrays.
    moved : int
        Arrays of the parameter's size read or written by them, all together.
    state : int
        Arrays of that size that the optimizer keeps.
    """

    passes: int
    moved: int
    state: int

    @property
    def least(self) -> int:
        """Arrays moved if all is done in one pass."""
        return 3 + 2 * self.state  # parameter, gradient and state in; two of them out


class _Counting(np.ndarray):
    """An array whose operations are counted."""

    log: ClassVar[list[int]] = []

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = (), **options: Any
    ) -> Any:
        read = {id(x) for x in inputs if isinstance(x, np.ndarray)}
        _Counting.log.append(len(read) + 1)
        plain = [x.view(np.ndarray) if isinstance(x, _Counting) else x for x in inputs]
        if out:
            options["out"] = tuple(x.view(np.ndarray) for x in out)
        result = getattr(ufunc, method)(*plain, **options)
        return out[0] if out else result.view(_Counting)


def count_passes(name: str, **options: Any) -> Passes:
    """Count the passes through memory of one step of an optimizer of dlbook.

    Parameters
    ----------
    name : str
        Such as "Adam".
    **options
        As the optimizer takes them.

    Returns
    -------
    Passes
        Of the seventh step, when everything is under way.
    """
    parameter = Tensor(np.ones(8), requires_grad=True)
    parameter.data = parameter.data.view(_Counting)
    parameter.grad = np.full(8, 0.5).view(_Counting)
    optimizer = getattr(optim, name)([parameter], **options)
    own = optimizer.scratch
    optimizer.scratch = lambda like, number=0: own(like, number).view(_Counting)
    for _ in range(7):
        _Counting.log = []
        optimizer.step()
    arrays = [v for v in optimizer.state.get(0, {}).values() if np.ndim(v)]
    return Passes(len(_Counting.log), sum(_Counting.log), len(arrays))
