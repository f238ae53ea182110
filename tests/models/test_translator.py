"""The translator: a twin in torch, padding, decoding, attention maps, bad input."""

import math
import warnings
from unittest.mock import patch

import numpy as np
import pytest
import torch

from dlbook import functional as F
from dlbook import nn, optim
from dlbook.autograd import Tensor, is_grad_enabled
from dlbook.compare import copy_weights
from dlbook.models import Translator
from tests.models.twin import close

SOURCE = np.array([[3, 4, 5, 6, 7], [5, 6, 3, 0, 0], [8, 0, 0, 0, 0]])
TARGET = np.array([[1, 4, 5, 2], [1, 7, 2, 0], [1, 3, 8, 9]])


class TorchTranslator(torch.nn.Module):
    def __init__(self, norm_first, layers):
        super().__init__()
        self.source_embedding = torch.nn.Embedding(9, 8)
        self.target_embedding = torch.nn.Embedding(10, 8)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "enable_nested_tensor is True")
            self.transformer = torch.nn.Transformer(
                *(8, 2, layers, layers, 32),
                batch_first=True,
                norm_first=norm_first,
                dropout=0,
            )
        self.linear = torch.nn.Linear(8, 10)

    def embed(self, embedding, tokens):
        steps = torch.arange(tokens.shape[1], dtype=torch.float64)
        angle = torch.outer(steps, 10000.0 ** (-torch.arange(0.0, 8, 2).double() / 8))
        positions = torch.stack([angle.sin(), angle.cos()], -1).flatten(1)
        return embedding(tokens) * math.sqrt(8) + positions

    def forward(self, source, target):
        steps = target.shape[1]
        hidden = self.transformer(
            self.embed(self.source_embedding, source),
            self.embed(self.target_embedding, target),
            tgt_mask=torch.ones(steps, steps, dtype=torch.bool).triu(1),
            src_key_padding_mask=source == 0,
            memory_key_padding_mask=source == 0,
        )
        return self.linear(hidden)


def small(norm_first=True, layers=2, rng=0, **options):
    options = {"width": 8, "num_heads": 2, "dropout": 0.0} | options
    return Translator(
        9, 10, num_layers=layers, norm_first=norm_first, rng=rng, **options
    )


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("norm_first", [True, False])
def test_scores_and_gradients_are_those_of_a_twin(norm_first, layers, rng):
    model = small(norm_first, layers).to(np.float64)
    twin = TorchTranslator(norm_first, layers).double()
    copy_weights(model, twin)
    scores = model(SOURCE, Tensor(TARGET))
    expected = twin(torch.tensor(SOURCE), torch.tensor(TARGET))
    assert scores.shape == (3, 4, 10)
    close(scores.data, expected, "scores")
    grad_out = rng.standard_normal(scores.shape)
    scores.backward(grad_out)
    expected.backward(torch.tensor(grad_out))
    theirs = dict(twin.named_parameters())
    assert [name for name, _ in model.named_parameters()] == list(theirs)
    for name, parameter in model.named_parameters():
        close(parameter.grad, theirs[name].grad, f"gradient of {name}")


def test_encode_then_decode_is_forward():
    model = small()
    memory = model.encode(SOURCE)
    assert memory.shape == (3, 5, 8)
    found = model.decode(TARGET, memory, SOURCE).data
    np.testing.assert_array_equal(found, model(SOURCE, TARGET).data)


def test_what_stands_at_padding_does_not_matter():
    """Longer padding, and other targets after a place, change nothing before it."""
    model = small().to(np.float64)
    scores = model(SOURCE, TARGET).data
    longer = np.pad(SOURCE, ((0, 0), (0, 3)))
    np.testing.assert_allclose(model(longer, TARGET).data, scores, atol=1e-12)
    alone = model(SOURCE[2:, :1], TARGET[2:]).data
    np.testing.assert_allclose(alone, scores[2:], atol=1e-12)
    model.source_embedding.weight.data[0] = 100
    np.testing.assert_allclose(model(SOURCE, TARGET).data, scores, atol=1e-12)


def test_no_score_depends_on_a_later_target_token():
    model = small().to(np.float64)
    before = model(SOURCE, TARGET).data
    for changed in range(4):
        other = TARGET.copy()
        other[:, changed] = (other[:, changed] + 1) % 10
        after = model(SOURCE, other).data
        np.testing.assert_allclose(after[:, :changed], before[:, :changed], atol=1e-12)
        assert np.abs(after[:, changed] - before[:, changed]).min() > 0


def test_other_special_tokens():
    model = small(pad=7, begin=3, end=5)
    source = np.where(SOURCE == 0, 7, np.where(SOURCE == 7, 1, SOURCE))
    with_padding = model(source, TARGET).data[1]
    alone = model(source[1:2, :3], TARGET[1:2]).data[0]
    np.testing.assert_allclose(with_padding, alone, atol=1e-5)
    found = model.greedy(source, max_length=9)
    for row in found:
        ends = np.flatnonzero(row == 5)
        if len(ends):
            assert (row[ends[0] + 1 :] == 7).all()


def scaled(model, factor=2.0):
    """Make the scores larger, so that texts end at different places."""
    rng = np.random.default_rng(4)
    for parameter in model.parameters():
        parameter.data[...] = rng.standard_normal(parameter.shape)
    model.linear.weight.data *= factor
    model.linear.bias.data[:2] = -100  # neither padding nor a second begin
    return model


@pytest.mark.parametrize("max_length", [1, 4, 12])
def test_greedy_takes_the_largest_score_until_the_end(max_length):
    model = scaled(small())
    found = model.greedy(SOURCE, max_length=max_length)
    assert found.dtype == np.int64
    longest = 0
    for row, source in zip(found, SOURCE, strict=True):
        text = [1]
        while len(text) <= max_length and text[-1] != 2:
            scores = model(source[np.newaxis], [text]).data[0, -1]
            text.append(int(scores.argmax()))
        longest = max(longest, len(text) - 1)
        expected = text[1:] + [0] * (found.shape[1] - len(text) + 1)
        assert row.tolist() == expected
    assert found.shape[1] == longest


def test_some_of_the_texts_above_end():
    found = scaled(small()).greedy(SOURCE, max_length=12)
    assert (found == 2).any(axis=1).sum() > 0


def test_one_beam_is_greedy_and_more_are_no_worse():
    model = scaled(small())
    greedy = model.greedy(SOURCE, max_length=8)
    for source, row in zip(SOURCE, greedy, strict=True):
        (one,) = model.beam_search(source, beams=1, max_length=8)
        assert list(one.tokens) == [t for t in row.tolist() if t != 0]
        several = model.beam_search(Tensor(source), beams=60, max_length=8)
        assert several[0].log_probability >= one.log_probability - 1e-6
        shown = several[0]
        text = [1, *shown.tokens]
        log_p = F.log_softmax(model(source[np.newaxis], [text[:-1]])).data[0]
        total = log_p[np.arange(len(shown.tokens)), text[1:]].sum()
        assert shown.log_probability == pytest.approx(float(total), rel=1e-4)


def test_options_of_beam_search_are_passed_on():
    model = scaled(small())
    source = SOURCE[0].tolist()
    found = model.beam_search(source, beams=3, max_length=2, length_penalty=1.5)
    assert len(found) == 3
    assert max(len(one.tokens) for one in found) == 2
    for one in found:
        penalty = ((5 + len(one.tokens)) / 6) ** 1.5
        assert one.score == pytest.approx(one.log_probability / penalty)


def test_modes_are_given_back():
    model = small(dropout=0.5)
    model.dropout.eval()
    np.testing.assert_array_equal(
        model.attention_maps(SOURCE, TARGET), model.attention_maps(SOURCE, TARGET)
    )
    np.testing.assert_array_equal(
        model.greedy(SOURCE, max_length=4), model.greedy(SOURCE, max_length=4)
    )
    assert model.beam_search(SOURCE[0], max_length=3) == model.beam_search(
        SOURCE[0], max_length=3
    )
    assert model.training
    assert model.transformer.training
    assert not model.dropout.training
    assert is_grad_enabled()


@pytest.mark.parametrize("norm_first", [True, False])
def test_maps_are_what_the_decoder_uses(norm_first):
    """Every call of attention to the source notes its weights."""
    model = scaled(small(norm_first, layers=3)).to(np.float64)
    attend = nn.MultiheadAttention.forward
    noted = []

    def note(self, query, key, value, **options):
        if key is not query:
            options |= {"need_weights": True, "average_attn_weights": False}
            output, weights = attend(self, query, key, value, **options)
            noted.append(weights.data)
            return output, weights
        return attend(self, query, key, value, **options)

    with patch.object(nn.MultiheadAttention, "forward", note):
        model(SOURCE, TARGET)
    assert len(noted) == 3
    for layer in (0, 1, 2, -1, -3):
        maps = model.attention_maps(SOURCE, TARGET, layer=layer)
        assert maps.shape == (3, 2, 4, 5)
        np.testing.assert_allclose(maps, noted[layer], atol=1e-12)
        np.testing.assert_allclose(maps.sum(-1), 1)
        assert not maps[1, ..., 3:].any()
    np.testing.assert_array_equal(
        model.attention_maps(SOURCE, TARGET),
        model.attention_maps(SOURCE, TARGET, layer=2),
    )


def test_initial_embeddings_have_variance_one_after_scaling():
    model = Translator(500, 400, width=32, num_heads=2, rng=0)
    for embedding in (model.source_embedding, model.target_embedding):
        assert embedding.weight.data.std() == pytest.approx(32**-0.5, rel=0.05)
    one, again, other = (small(rng=s).source_embedding.weight.data for s in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_counts_and_options():
    """Encoder 4D^2 + 2DF + 9D + F a layer, decoder 8D^2 + 2DF + 15D + F."""
    d, f = 8, 12
    layers = 2 * (12 * d * d + 4 * d * f + 24 * d + 2 * f)
    around = 9 * d + 10 * d + 10 * d + 10 + 4 * d  # embeddings, linear, two last norms
    assert small(feedforward=f).num_parameters() == layers + around
    wide = small()
    assert wide.transformer.encoder.layers[0].linear1.weight.shape == (32, 8)
    drops = {m.p for m in small(dropout=0.3).modules() if isinstance(m, nn.Dropout)}
    assert drops == {0.3}
    default = Translator(9, 10)
    assert default.width == 64
    assert default.dropout.p == 0.1
    assert len(default.transformer.decoder.layers) == 2
    assert default.transformer.encoder.layers[0].norm_first


def test_dropout_acts_after_the_embedding_too():
    model = small(dropout=0.5)
    model.transformer.eval()
    assert not np.array_equal(model(SOURCE, TARGET).data, model(SOURCE, TARGET).data)


def test_it_learns_to_reverse():
    rng = np.random.default_rng(0)
    source = rng.integers(3, 7, (32, 3))
    start, end = np.full((32, 1), 1), np.full((32, 1), 2)
    target = np.concatenate([start, source[:, ::-1], end], axis=1)
    model = Translator(7, 7, width=16, num_heads=2, num_layers=1, dropout=0.0, rng=0)
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    for _ in range(60):
        scores = model(source, target[:, :-1])
        loss = F.cross_entropy(scores.reshape(-1, 7), target[:, 1:].ravel())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    np.testing.assert_array_equal(model.greedy(source), target[:, 1:])


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"width": 0}, ValueError, "Translator: width must be at least 1, got 0"),
        ({"width": 7, "num_heads": 1}, ValueError, "even"),
        (
            {"width": 8, "num_heads": 3},
            ValueError,
            "multiple of num_heads, got 8 and 3",
        ),
        ({"num_heads": 0}, ValueError, "Translator: num_heads must be at least 1"),
        ({"num_layers": 0}, ValueError, "num_layers must be at least 1, got 0"),
        (
            {"dropout": 2},
            ValueError,
            r"Translator: dropout must lie in \[0, 1\], got 2",
        ),
        ({"dropout": "x"}, TypeError, "Translator: dropout must be a number, got str"),
        ({"norm_first": 1}, TypeError, "Translator: norm_first must be True or False"),
        ({"feedforward": 0}, ValueError, "Translator: feedforward must be at least 1"),
        ({"pad": 9}, ValueError, "pad must be a token, got 9 with 9 source and 10 tar"),
        ({"begin": 10}, ValueError, "begin must be a token, got 10"),
        ({"end": -1}, ValueError, "Translator: end must be at least 0, got -1"),
        ({"end": 1.0}, TypeError, "Translator: end must be an int, got float"),
        ({"end": 1}, ValueError, "pad, begin and end must differ, got 0, 1 and 1"),
    ],
)
def test_bad_options_are_named(options, error, match):
    with pytest.raises(error, match=match):
        Translator(9, 10, **options)


def test_the_source_need_not_have_the_targets_tokens():
    assert Translator(4, 10, begin=8, end=9).end == 9
    with pytest.raises(ValueError, match="source_vocab must be at least 1"):
        Translator(0, 10)
    with pytest.raises(ValueError, match="target_vocab must be at least 1"):
        Translator(9, 0)


def test_bad_calls_are_named():
    model = small()
    with pytest.raises(ValueError, match=r"source has shape \(5,\), expected \(N, S\)"):
        model(SOURCE[0], TARGET)
    with pytest.raises(ValueError, match=r"target has shape \(3, 0\), expected \(N, T"):
        model(SOURCE, TARGET[:, :0])
    with pytest.raises(ValueError, match="3 sources and 2 targets"):
        model(SOURCE, TARGET[:2])
    with pytest.raises(ValueError, match="3 sources and 2 targets"):
        model.attention_maps(SOURCE, TARGET[:2])
    with pytest.raises(ValueError, match="source 1 holds nothing but padding, token 0"):
        model.encode([[3], [0]])
    with pytest.raises(IndexError, match="index 9"):
        model([[9]], [[1]])
    with pytest.raises(IndexError, match="index 10"):
        model([[3]], [[10]])
    with pytest.raises(TypeError, match="must hold integers"):
        model([[3.0]], [[1]])
    with pytest.raises(ValueError, match="max_length must be at least 1, got 0"):
        model.greedy(SOURCE, max_length=0)
    with pytest.raises(ValueError, match=r"expected \(S,\): beam search takes one"):
        model.beam_search(SOURCE)
    with pytest.raises(ValueError, match="beams must be at least 1"):
        model.beam_search(SOURCE[0], beams=0)
    for layer in (2, -3, 1.0):
        with pytest.raises(IndexError, match=r"layer must lie in \[-2, 2\), got "):
            model.attention_maps(SOURCE, TARGET, layer=layer)
