"""U-Net: shapes, counts, and a twin in torch for each way up."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from dlbook.autograd import Tensor
from dlbook.models import UNet, UpBlock
from tests.models.twin import assert_equal_to_twin


class TorchDouble(torch.nn.Module):
    def __init__(self, before, after, batch_norm):
        super().__init__()
        for i, channels in enumerate((before, after), start=1):
            conv = torch.nn.Conv2d(channels, after, 3, padding=1, bias=not batch_norm)
            norm = torch.nn.BatchNorm2d(after) if batch_norm else torch.nn.Identity()
            setattr(self, f"conv{i}", conv)
            setattr(self, f"bn{i}", norm)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(x)))


class TorchUp(torch.nn.Module):
    def __init__(self, channels, upsample, batch_norm):
        super().__init__()
        if upsample == "transpose":
            self.up = torch.nn.ConvTranspose2d(2 * channels, channels, 2, 2)
        else:
            self.up = torch.nn.Sequential(
                torch.nn.Upsample(scale_factor=2, mode=upsample),
                torch.nn.Conv2d(2 * channels, channels, 3, padding=1),
            )
        self.conv = TorchDouble(2 * channels, channels, batch_norm)

    def forward(self, x, skip):
        return self.conv(torch.cat([skip, self.up(x)], 1))


class TorchUNet(torch.nn.Module):
    """Two levels of width 3, two channels, four classes."""

    def __init__(self, upsample, batch_norm):
        super().__init__()
        self.down = torch.nn.ModuleList(
            [TorchDouble(2, 3, batch_norm), TorchDouble(3, 6, batch_norm)]
        )
        self.bottom = TorchDouble(6, 12, batch_norm)
        self.up = torch.nn.ModuleList(
            [TorchUp(6, upsample, batch_norm), TorchUp(3, upsample, batch_norm)]
        )
        self.classifier = torch.nn.Conv2d(3, 4, 1)

    def forward(self, x):
        large = self.down[0](x)
        middle = self.down[1](F.max_pool2d(large, 2))
        small = self.bottom(F.max_pool2d(middle, 2))
        return self.classifier(self.up[1](self.up[0](small, middle), large))


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("upsample", ["transpose", "nearest", "bilinear"])
def test_outputs_and_gradients_are_torchs(upsample, batch_norm, rng):
    model = UNet(
        2, 4, depth=2, width=3, upsample=upsample, batch_norm=batch_norm, rng=rng
    )
    x = rng.standard_normal((2, 2, 12, 8))
    assert_equal_to_twin(model, TorchUNet(upsample, batch_norm), x, rng)


@pytest.mark.slow
def test_published_size():
    """As a sum over the layers of figure 1, each convolution with its bias."""

    def conv(before, after, kernel):
        return before * after * kernel**2 + after

    widths = [64, 128, 256, 512, 1024]
    down = [conv(a, b, 3) + conv(b, b, 3) for a, b in zip([1, *widths], widths)]  # noqa: B905
    up = [conv(2 * c, c, 2) + conv(2 * c, c, 3) + conv(c, c, 3) for c in widths[:-1]]
    assert sum(down) + sum(up) + conv(64, 2, 1) == 31_030_658
    model = UNet(1, 2, batch_norm=False, rng=0)
    assert model.num_parameters() == 31_030_658


def test_a_pixel_of_one_image_reaches_the_classes_far_away(rng):
    model = UNet(1, 2, depth=3, width=2, rng=rng).eval()
    x = rng.standard_normal((1, 1, 32, 32)).astype(np.float32)
    before = model(Tensor(x)).data
    x[0, 0, 0, 0] += 10
    changed = (model(Tensor(x)).data != before).any(axis=(0, 1))
    assert changed[0, 0]
    assert changed[:, 16:].any()  # by way of the bottom


def test_convolutions_start_by_the_papers_rule(rng):
    model = UNet(1, 2, depth=1, width=32, rng=rng)
    weight = model.bottom.conv2.weight.data  # (64, 64, 3, 3)
    assert weight.std() == pytest.approx(np.sqrt(2 / (64 * 9)), rel=0.03)


def test_errors_name_what_is_wrong():
    with pytest.raises(ValueError, match="depth must be at least 1, got 0"):
        UNet(depth=0)
    with pytest.raises(ValueError, match=r"upsample must be .* got 'cubic'"):
        UpBlock(2, upsample="cubic")
    with pytest.raises(ValueError, match=r"multiples of 2\*\*depth = 4"):
        UNet(depth=2, width=2)(Tensor(np.zeros((1, 1, 8, 6), np.float32)))
