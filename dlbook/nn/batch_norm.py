"""Batch normalization as a layer: by its batch in training, by all batches after."""

from __future__ import annotations

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.nn.channel_statistics import ChannelNorm

__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d"]


class _BatchNorm(ChannelNorm):
    layouts: tuple[str, ...]

    def __init__(
        self,
        num_features: int,
        *,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        bias: bool = True,
    ) -> None:
        super().__init__(
            num_features,
            eps=eps,
            momentum=momentum,
            affine=affine,
            track_running_stats=track_running_stats,
            bias=bias,
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return x normalized, of the same shape; in training count the batch."""
        self.require_shape(x, self.layouts)
        momentum = self.momentum
        if momentum is None:  # the plain average: batch n counts as much as each before
            seen = self.num_batches_tracked
            momentum = 0.0 if seen is None else 1 / (int(seen.data) + 1)
        result = F.batch_norm(
            x,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            training=self.training or not self.track_running_stats,
            momentum=momentum,
            eps=self.eps,
        )
        if self.training and self.track_running_stats:
            self.num_batches_tracked.data += 1
        return result


class BatchNorm1d(_BatchNorm):
    """Normalize each channel over a batch of vectors: `functional.batch_norm`.

    Or over a batch of sequences; a channel is then normalized over all places, too.

    After ``eval()`` the averages over the batches seen in training are used, so that an
    example no longer depends on its batch.

    Parameters
    ----------
    num_features : int
        C, the number of channels, at least 1.
    eps : float
        Added to the variance, under the root; positive.
    momentum : float or None
        In [0, 1], the share of the last batch in the running statistics; None averages
        all batches alike. (The momentum of an optimizer counts the other way.)
    affine : bool
        Whether a weight and a bias, both trained, follow.
    track_running_stats : bool
        Whether to keep running statistics for evaluation; without, evaluation uses
        the statistics of its batch, too.
    bias : bool
        False leaves out the bias alone.

    Attributes
    ----------
    weight, bias : Parameter, shape (C,), or None
        float32; at first 1 and 0.
    running_mean, running_var : Buffer, shape (C,), or None
        float32; at first 0 and 1.
    num_batches_tracked : Buffer, shape (), or None
        int64; the batches seen in training.

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range; when called, as
        `functional.batch_norm` does, and if x has another number of channels or axes.
    """

    layouts = ("(N, C)", "(N, C, L)")


class BatchNorm2d(_BatchNorm):
    """Normalize each channel over a batch of images: `functional.batch_norm`.

    Training, evaluation, parameters and attributes are those of `BatchNorm1d`.

    Parameters
    ----------
    num_features : int
        C, the number of channels, at least 1.
    eps : float
        Added to the variance, under the root; positive.
    momentum : float or None
        In [0, 1], the share of the last batch in the running statistics; None averages
        all batches alike. (The momentum of an optimizer counts the other way.)
    affine : bool
        Whether a weight and a bias, both trained, follow.
    track_running_stats : bool
        Whether to keep running statistics for evaluation; without, evaluation uses
        the statistics of its batch, too.
    bias : bool
        False leaves out the bias alone.

    Attributes
    ----------
    weight, bias : Parameter, shape (C,), or None
        float32; at first 1 and 0.
    running_mean, running_var : Buffer, shape (C,), or None
        float32; at first 0 and 1.
    num_batches_tracked : Buffer, shape (), or None
        int64; the batches seen in training.

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range; when called, as
        `functional.batch_norm` does, and if x has another number of channels or axes.
    """

    layouts = ("(N, C, H, W)",)


class BatchNorm3d(_BatchNorm):
    """Normalize each channel over a batch of volumes: `functional.batch_norm`.

    Training, evaluation, parameters and attributes are those of `BatchNorm1d`.

    Parameters
    ----------
    num_features : int
        C, the number of channels, at least 1.
    eps : float
        Added to the variance, under the root; positive.
    momentum : float or None
        In [0, 1], the share of the last batch in the running statistics; None averages
        all batches alike. (The momentum of an optimizer counts the other way.)
    affine : bool
        Whether a weight and a bias, both trained, follow.
    track_running_stats : bool
        Whether to keep running statistics for evaluation; without, evaluation uses
        the statistics of its batch, too.
    bias : bool
        False leaves out the bias alone.

    Attributes
    ----------
    weight, bias : Parameter, shape (C,), or None
        float32; at first 1 and 0.
    running_mean, running_var : Buffer, shape (C,), or None
        float32; at first 0 and 1.
    num_batches_tracked : Buffer, shape (), or None
        int64; the batches seen in training.

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range; when called, as
        `functional.batch_norm` does, and if x has another number of channels or axes.
    """

    layouts = ("(N, C, D, H, W)",)
