"""Averages of the weights over the steps of training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from dlbook.autograd import Tensor
from dlbook.optim.options import require_in_range

if TYPE_CHECKING:
    from dlbook.nn import Module

__all__ = ["EqualAverage", "ExponentialMovingAverage", "WeightAverage"]


class WeightAverage:
    r"""Base class of averages of a model's weights.

    .. math:: \bar\theta_n = k_n \bar\theta_{n-1} + (1 - k_n) \, \theta,
        \quad \bar\theta_1 = \theta

    at the n-th `update`. A subclass defines `kept`, which is :math:`k_n`. Buffers, such
    as running means, are copied as they are.

    Parameters
    ----------
    model : Module
        Its weights, frozen ones included, are averaged; none of them is changed.

    Attributes
    ----------
    updates : int
        n.

    Raises
    ------
    TypeError
        If `model` is no Module.
    """

    def __init__(self, model: Module) -> None:
        if not hasattr(model, "named_parameters"):
            raise TypeError(
                f"{type(self).__name__}: model must be a Module, "
                f"got {type(model).__name__}"
            )
        self.updates = 0
        self._parameters: dict[str, Tensor] = dict(model.named_parameters())
        self._buffers: dict[str, Tensor] = dict(model.named_buffers())
        self._averages = {
            name: tensor.data.copy()
            for name, tensor in (self._parameters | self._buffers).items()
        }
        longest = max((p.data.nbytes for p in self._parameters.values()), default=0)
        self._scratch = np.empty(longest, np.uint8)
        self._applied = False

    def kept(self) -> float:
        """Return the share of the average that the coming update keeps, in [0, 1]."""
        raise NotImplementedError(f"{type(self).__name__} does not define kept()")

    def update(self) -> None:
        """Take in the weights of now: after every step of the optimizer.

        No memory is allocated.

        Raises
        ------
        RuntimeError
            Inside `applied`, where the model has the average itself.
        ValueError
            If a weight has another shape or dtype than at first.
        """
        self._require_not_applied("update")
        for name, tensor in (*self._parameters.items(), *self._buffers.items()):
            average = self._averages[name]
            if (tensor.shape, tensor.dtype) != (average.shape, average.dtype):
                raise ValueError(
                    f"{type(self).__name__}: {name} is {tensor.dtype} of shape "
                    f"{tensor.shape}, at first it was {average.dtype} of shape "
                    f"{average.shape}"
                )
        kept = float(self.kept()) if self.updates else 0.0
        for name, tensor in self._buffers.items():
            self._averages[name][...] = tensor.data
        for name, tensor in self._parameters.items():
            average = self._averages[name]
            if kept == 0:
                average[...] = tensor.data
                continue
            memory = self._scratch[: average.nbytes].view(average.dtype)
            taken = memory.reshape(average.shape)
            np.multiply(tensor.data, 1 - kept, out=taken)
            average *= kept
            average += taken
        self.updates += 1

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Let the model have the average, and its own weights back at the end.

        Inside, evaluate the model or save it; training would change the average.

        >>> with average.applied():
        ...     scores = evaluate(model, validation, loss=loss)

        Raises
        ------
        RuntimeError
            If it is applied already.
        """
        self._require_not_applied("applied")
        tensors = self._parameters | self._buffers
        own = {name: tensor.data for name, tensor in tensors.items()}
        self._applied = True
        try:
            for name, tensor in tensors.items():
                tensor.data = self._averages[name]
            yield
        finally:
            for name, tensor in tensors.items():
                tensor.data = own[name]
            self._applied = False

    def _require_not_applied(self, what: str) -> None:
        if self._applied:
            raise RuntimeError(
                f"{type(self).__name__}.{what}: the model has the averaged weights now"
            )

    def state_dict(self) -> dict[str, Any]:
        """Return a copy of the average, by name, and of the number of updates."""
        copies = {name: array.copy() for name, array in self._averages.items()}
        return {"updates": self.updates, "averages": copies}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over the average from `state_dict`, or change nothing.

        Parameters
        ----------
        state_dict : mapping
            As from `state_dict`, of a model with the same names, shapes and dtypes.

        Raises
        ------
        ValueError
            If it is of another model.
        """
        saved = state_dict["averages"]
        different = sorted(set(saved) ^ set(self._averages))
        if different:
            raise ValueError(
                f"load_state_dict: only one side has {', '.join(different)}"
            )
        for name, average in self._averages.items():
            array = saved[name]
            if (array.shape, array.dtype) != (average.shape, average.dtype):
                raise ValueError(
                    f"load_state_dict: {name} is {array.dtype} of shape {array.shape}, "
                    f"expected {average.dtype} of shape {average.shape}"
                )
        for name, average in self._averages.items():
            average[...] = saved[name]
        self.updates = state_dict["updates"]


class ExponentialMovingAverage(WeightAverage):
    r"""Average the weights of the last steps, recent ones most.

    .. math:: \bar\theta_n = \beta \bar\theta_{n-1} + (1 - \beta) \, \theta

    The weights of m updates ago have the share :math:`(1 - \beta) \beta^m`: with
    :math:`\beta = 0.999`, those of the last thousand updates count most. The first
    weights have :math:`\beta^{n-1}`, which is much of it in a short run; hence
    `warmup`.

    Parameters
    ----------
    model : Module
    decay : float
        :math:`\beta`, in [0, 1].
    warmup : bool
        Begin with a shorter memory: :math:`\min(\beta, n / (n + 9))` at the n-th update
        in place of :math:`\beta`.

    Raises
    ------
    TypeError
        If `model` is no Module, or `decay` no number.
    ValueError
        If `decay` is outside [0, 1].

    References
    ----------
    Polyak & Juditsky (1992) average over all steps. Equal to torch's
    ``AveragedModel(model, avg_fn=get_ema_avg_fn(decay))``; the warm-up is that of
    TensorFlow's ExponentialMovingAverage, which counts its updates from 0:
    (1 + n) / (10 + n).

    Examples
    --------
    >>> average = ExponentialMovingAverage(model, 0.99)
    >>> for inputs, targets in training:
    ...     optimizer.zero_grad()
    ...     loss(model(Tensor(inputs)), targets).backward()
    ...     optimizer.step()
    ...     average.update()
    >>> with average.applied():
    ...     scores = evaluate(model, validation, loss=loss)
    """

    def __init__(
        self, model: Module, decay: float = 0.999, *, warmup: bool = False
    ) -> None:
        require_in_range("ExponentialMovingAverage: decay", decay, 0, 1)
        super().__init__(model)
        self.decay = decay
        self.warmup = warmup

    def kept(self) -> float:
        """Return the decay, or less during warm-up."""
        if self.warmup:
            return min(self.decay, (self.updates + 1) / (self.updates + 10))
        return self.decay


class EqualAverage(WeightAverage):
    r"""Average the weights at all updates alike: stochastic weight averaging.

    .. math:: \bar\theta_n = \frac{1}{n} \sum_{i=1}^{n} \theta_i

    Parameters
    ----------
    model : Module

    Raises
    ------
    TypeError
        If `model` is no Module.

    References
    ----------
    Izmailov, Podoprikhin, Garipov, Vetrov & Wilson (2018), Averaging weights leads to
    wider optima, arXiv:1803.05407, algorithm 1: one update at the end of each cycle of
    the rate. Equal to torch's ``AveragedModel(model)``. Running means of batch norm
    are those of the last model: pass the training data through the averaged model once
    in training mode.
    """

    def kept(self) -> float:
        """Return the share of all updates before this one."""
        return self.updates / (self.updates + 1)
