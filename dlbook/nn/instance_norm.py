"""Instance normalization as a layer."""

from __future__ import annotations

from dlbook import functional as F
from dlbook.autograd import Tensor
from dlbook.nn.channel_statistics import ChannelNorm

__all__ = ["InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"]


class _InstanceNorm(ChannelNorm):
    layouts: tuple[str, str]  # of one example, and of a batch

    def __init__(
        self,
        num_features: int,
        *,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        bias: bool = True,
    ) -> None:
        if momentum is None:
            raise TypeError(
                f"{type(self).__name__}: momentum must be a number, got None; only "
                "batch normalization can average all batches alike"
            )
        super().__init__(
            num_features,
            eps=eps,
            momentum=momentum,
            affine=affine,
            track_running_stats=track_running_stats,
            bias=bias,
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return x normalized, of the same shape."""
        self.require_shape(x, self.layouts)
        one_example = x.ndim == self.layouts[0].count(",") + 1
        result = F.instance_norm(
            x.unsqueeze(0) if one_example else x,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            use_input_stats=self.training or not self.track_running_stats,
            momentum=self.momentum,
            eps=self.eps,
        )
        return result.squeeze(0) if one_example else result


class InstanceNorm1d(_InstanceNorm):
    """Normalize each channel of each sequence by itself: `functional.instance_norm`.

    Parameters
    ----------
    num_features : int
        C, the number of channels, at least 1.
    eps : float
        Added to the variance, under the root; positive.
    momentum : float
        In [0, 1], the share of the last batch in the running statistics.
    affine : bool
        Whether a weight and a bias, both trained, follow.
    track_running_stats : bool
        Whether to keep running statistics, and to normalize by them in evaluation.
    bias : bool
        False leaves out the bias alone.

    Attributes
    ----------
    weight, bias : Parameter, shape (C,), or None
        float32; at first 1 and 0.
    running_mean, running_var : Buffer, shape (C,), or None
        float32; at first 0 and 1.
    num_batches_tracked : Buffer, shape (), or None
        int64; stays 0, as in torch.

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range; when called, as
        `functional.instance_norm` does, and if x has another number of axes or of
        channels, where torch at most warns.
    """

    layouts = ("(C, L)", "(N, C, L)")


class InstanceNorm2d(_InstanceNorm):
    """Normalize each channel of each image by itself: `functional.instance_norm`.

    Parameters
    ----------
    num_features : int
        C, the number of channels, at least 1.
    eps : float
        Added to the variance, under the root; positive.
    momentum : float
        In [0, 1], the share of the last batch in the running statistics.
    affine : bool
        Whether a weight and a bias, both trained, follow.
    track_running_stats : bool
        Whether to keep running statistics, and to normalize by them in evaluation.
    bias : bool
        False leaves out the bias alone.

    Attributes
    ----------
    weight, bias : Parameter, shape (C,), or None
        float32; at first 1 and 0.
    running_mean, running_var : Buffer, shape (C,), or None
        float32; at first 0 and 1.
    num_batches_tracked : Buffer, shape (), or None
        int64; stays 0, as in torch.

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range; when called, as
        `functional.instance_norm` does, and if x has another number of axes or of
        channels, where torch at most warns.
    """

    layouts = ("(C, H, W)", "(N, C, H, W)")


class InstanceNorm3d(_InstanceNorm):
    """Normalize each channel of each volume by itself: `functional.instance_norm`.

    Parameters
    ----------
    num_features : int
        C, the number of channels, at least 1.
    eps : float
        Added to the variance, under the root; positive.
    momentum : float
        In [0, 1], the share of the last batch in the running statistics.
    affine : bool
        Whether a weight and a bias, both trained, follow.
    track_running_stats : bool
        Whether to keep running statistics, and to normalize by them in evaluation.
    bias : bool
        False leaves out the bias alone.

    Attributes
    ----------
    weight, bias : Parameter, shape (C,), or None
        float32; at first 1 and 0.
    running_mean, running_var : Buffer, shape (C,), or None
        float32; at first 0 and 1.
    num_batches_tracked : Buffer, shape (), or None
        int64; stays 0, as in torch.

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range; when called, as
        `functional.instance_norm` does, and if x has another number of axes or of
        channels, where torch at most warns.
    """

    layouts = ("(C, D, H, W)", "(N, C, D, H, W)")
