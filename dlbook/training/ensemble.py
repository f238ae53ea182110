"""Several opinions: models that are averaged, and one model asked many times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from dlbook import functional as F
from dlbook.autograd import Tensor, no_grad
from dlbook.nn import Dropout, Module
from dlbook.training.evaluation import Batch, mode

__all__ = ["Ensemble", "predict_many"]


class Ensemble(Module):
    r"""Average what several classifiers say of the same inputs.

    .. math::
        p = \frac1M \sum_{m=1}^{M} \mathrm{softmax}(z_m)
        \quad\text{or}\quad
        z = \frac1M \sum_{m=1}^{M} z_m

    By convexity, the cross-entropy of the mean is at most the mean of the members'
    cross-entropies, for either mean.

    Parameters
    ----------
    models : sequence of Module
        At least one; each returns logits, shape (N, C), of the same classes. They are
        not copied.
    of : {"probabilities", "logits"}
        What is averaged and returned. Probabilities p are no logits: their loss is
        ``nll_loss(p.log(), targets)``. Logits z go into `functional.cross_entropy`;
        the softmax of their mean is the geometric mean of the probabilities, scaled to
        the sum 1.

    Raises
    ------
    TypeError
        If `models` is no sequence of Modules.
    ValueError
        If it is empty, or `of` is neither; when called, if two members give outputs of
        different shapes.
    """

    def __init__(self, models: Sequence[Module], *, of: str = "probabilities") -> None:
        if isinstance(models, Module) or not isinstance(models, Iterable):
            raise TypeError(
                "Ensemble: models must be a list of Modules, got "
                f"{type(models).__name__}"
            )
        models = list(models)
        for number, model in enumerate(models):
            if not isinstance(model, Module):
                raise TypeError(
                    f"Ensemble: model {number} is a {type(model).__name__}, no Module"
                )
        if not models:
            raise ValueError("Ensemble: models is empty")
        if of not in ("probabilities", "logits"):
            raise ValueError(
                f'Ensemble: of must be "probabilities" or "logits", got {of!r}'
            )
        self.models = models
        self.of = of

    def forward(self, x: Tensor) -> Tensor:
        """(*), as the members take it -> (N, C)."""
        outputs = [model(x) for model in self.models]
        for number, output in enumerate(outputs):
            if output.shape != outputs[0].shape:
                raise ValueError(
                    f"Ensemble: model {number} gives shape {output.shape}, model 0 "
                    f"{outputs[0].shape}"
                )
        if self.of == "probabilities":
            outputs = [F.softmax(output) for output in outputs]
        total = outputs[0]
        for output in outputs[1:]:
            total = total + output
        return total / len(outputs)

    def extra_repr(self) -> str:
        """Return what is averaged."""
        return f"of={self.of!r}"


def predict_many(
    model: Module, batches: Iterable[Batch | np.ndarray], samples: int
) -> np.ndarray:
    """Return the outputs of a model with dropout, drawn several times.

    Dropout stays at work and every other layer is in evaluation mode: Monte-Carlo
    dropout. The mean over the draws predicts, their spread says how sure the model is.
    No graph is recorded.

    Parameters
    ----------
    model : Module
        With at least one `nn.Dropout` or one of its kind, whose generators move on.
    batches : iterable of (inputs, targets), or of inputs
        As in `predict`; gone through once.
    samples : int, at least 1
        S, how often each example is drawn.

    Returns
    -------
    ndarray, shape (S, N, C)
        What the model returns, logits as a rule, for N examples; for outputs of another
        shape (S, N, ...). Average probabilities, not logits: take their softmax first.

    Raises
    ------
    TypeError
        If `samples` is no int.
    ValueError
        If it is smaller than 1, there is no batch, or the model has no dropout: all
        draws would be the same.

    References
    ----------
    Gal & Ghahramani (2016), arXiv:1506.02142, eq. 6.
    """
    if isinstance(samples, bool) or not isinstance(samples, int | np.integer):
        raise TypeError(
            f"predict_many: samples must be an int, got {type(samples).__name__}"
        )
    if samples < 1:
        raise ValueError(f"predict_many: samples must be at least 1, got {samples}")
    dropouts = [module for module in model.modules() if isinstance(module, Dropout)]
    if not dropouts:
        raise ValueError(
            "predict_many: the model has no Dropout layer, all draws would be the same"
        )
    outputs: list[Any] = []
    with mode(model, training=False), no_grad():
        for dropout in dropouts:
            dropout.training = True
        for batch in batches:
            inputs = Tensor(batch[0] if isinstance(batch, tuple | list) else batch)
            outputs.append([model(inputs).data for _ in range(samples)])
    if not outputs:
        raise ValueError("predict_many: there is no batch to predict from")
    return np.concatenate(outputs, axis=1)  # (S, N, C)
