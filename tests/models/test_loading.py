"""A checkpoint that torch exported loads into our network, and ours into torch's."""

import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch

from dlbook.autograd import Tensor
from dlbook.models import BasicBlock, ResNet, blank_rng
from dlbook.training import load_checkpoint, predict, save_checkpoint
from tests.models.torch_resnet import TorchResNet


@pytest.fixture
def twin():
    """Return a network of torch with running statistics of its own."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        twin = TorchResNet().train()
        with torch.no_grad():
            twin(torch.randn(8, 3, 24, 24))
        return twin.eval()


@pytest.fixture
def images(rng):
    return rng.standard_normal((5, 3, 24, 24)).astype(np.float32)


def blank():
    return ResNet(BasicBlock, (1, 1), 5, width=4, rng=blank_rng())


def assert_same_scores(model, twin, images):
    scores = predict(model, [images[:3], images[3:]])
    with torch.no_grad():
        expected = twin(torch.tensor(images)).numpy()
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-5)
    assert np.ptp(expected) > 0.1


def test_safetensors_of_torch(twin, images, tmp_path):
    path = tmp_path / "model.safetensors"
    safetensors.torch.save_file(twin.state_dict(), path)
    model = blank()
    model.load_state_dict(safetensors.numpy.load_file(path))
    assert_same_scores(model, twin, images)
    assert int(model.bn1.num_batches_tracked.data) == 1


def test_safetensors_of_ours(twin, images, tmp_path, rng):
    path = tmp_path / "model.safetensors"
    model = ResNet(BasicBlock, (1, 1), 5, width=4, rng=rng)
    model(Tensor(images))  # running statistics
    safetensors.numpy.save_file(model.state_dict(), path)
    twin.load_state_dict(safetensors.torch.load_file(path))
    assert_same_scores(model.eval(), twin, images)


def test_checkpoint(twin, images, tmp_path):
    path = tmp_path / "model.npz"
    state = {name: value.numpy() for name, value in twin.state_dict().items()}
    save_checkpoint(path, {"model": state})
    model = blank()
    model.load_state_dict(load_checkpoint(path)["model"])
    assert_same_scores(model, twin, images)


def test_another_network_is_refused_by_name(twin):
    state = {name: value.numpy() for name, value in twin.state_dict().items()}
    model = ResNet(BasicBlock, (1, 1), 6, width=4, rng=blank_rng())
    with pytest.raises(ValueError, match=r"wrong shape: fc.weight is \(5, 8\)"):
        model.load_state_dict(state)
