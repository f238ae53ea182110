"""Dropout as a layer: on in training, off in evaluation, its own generator."""

import numpy as np
import torch

from dlbook import nn
from dlbook.autograd import Tensor


def ones():
    return Tensor(np.ones((50, 40), np.float32))


def test_acts_in_training_alone():
    layer, x = nn.Dropout(0.5, rng=0), ones()
    assert (layer(x).data == 0).any()
    layer.eval()
    assert layer(x) is x
    layer.train()
    assert (layer(x).data == 0).any()


def test_evaluation_does_not_move_the_generator():
    one, other = nn.Dropout(rng=0), nn.Dropout(rng=0)
    one.eval()(ones())
    np.testing.assert_array_equal(one.train()(ones()).data, other(ones()).data)


def test_each_call_draws_another_mask_and_a_seed_repeats_them():
    one, same = nn.Dropout(rng=3), nn.Dropout(rng=np.random.default_rng(3))
    masks = [one(ones()).data for _ in range(3)]
    assert (masks[0] != masks[1]).any()
    assert (masks[1] != masks[2]).any()
    for mask in masks:
        np.testing.assert_array_equal(same(ones()).data, mask)


def test_two_layers_share_a_generator_but_no_mask():
    rng = np.random.default_rng(0)
    one, other = nn.Dropout(rng=rng), nn.Dropout(rng=rng)
    assert one.rng is other.rng is rng
    assert (one(ones()).data != other(ones()).data).any()


def test_without_a_seed_two_layers_differ():
    assert (nn.Dropout()(ones()).data != nn.Dropout()(ones()).data).any()


def test_has_no_state_and_torchs_repr_without_inplace():
    layer = nn.Dropout(0.2)
    assert layer.state_dict() == {}
    assert repr(layer) == "Dropout(p=0.2)"
    assert repr(torch.nn.Dropout(0.2)) == "Dropout(p=0.2, inplace=False)"


def test_every_kind_of_dropout_is_a_dropout_that_rests_in_evaluation():
    for name, shape in (
        ("Dropout1d", (2, 3, 4)),
        ("Dropout2d", (2, 3, 4, 4)),
        ("Dropout3d", (2, 3, 4, 4, 4)),
        ("AlphaDropout", (2, 3)),
        ("FeatureAlphaDropout", (2, 3, 4)),
    ):
        layer, x = getattr(nn, name)(0.4, rng=0), Tensor(np.ones(shape))
        assert isinstance(layer, nn.Dropout)
        assert repr(layer) == f"{name}(p=0.4)"
        assert repr(getattr(torch.nn, name)(0.4)) == f"{name}(p=0.4, inplace=False)"
        first = layer(x).data
        assert any((layer(x).data != first).any() for _ in range(5))
        assert layer.eval()(x) is x
