"""Case of the page "encoder-decoder": training steps of a small translator."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import nn, optim
from dlbook.compare.case import Batches, Case, Run, Shape, TrainingCase, Weights
from dlbook.data import Vocabulary, make_numerals, pad_sequence
from dlbook.models import Translator

LAYERS = 2
HEADS = 4
LEARNING_RATE = 1e-3
# the biases of keys have gradients of rounding alone, which Adam makes large unless
# they are far below this
EPS = 1e-5


def torch_translator(source_vocab: int, target_vocab: int, width: int) -> Any:
    """Return the translator as a module of torch, with the same names."""
    import torch
    from torch import nn

    class Translator(nn.Module):
        def __init__(self):
            super().__init__()
            self.source_embedding = nn.Embedding(source_vocab, width)
            self.target_embedding = nn.Embedding(target_vocab, width)
            self.transformer = nn.Transformer(
                *(width, HEADS, LAYERS, LAYERS, 4 * width), dropout=0, batch_first=True
            )
            self.linear = nn.Linear(width, target_vocab)

        def embed(self, embedding, ids):
            vectors = embedding(ids) * math.sqrt(width)
            pairs = torch.arange(0, width, 2, dtype=torch.float64)
            steps = torch.arange(ids.shape[1], dtype=torch.float64)
            angles = torch.outer(steps, 10_000 ** (-pairs / width))
            positions = torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)
            return vectors + positions.to(vectors)

        def forward(self, source, target):
            steps = target.shape[1]
            later = torch.ones(steps, steps, dtype=torch.bool, device=target.device)
            padding = source == 0
            hidden = self.transformer(
                self.embed(self.source_embedding, source),
                self.embed(self.target_embedding, target),
                tgt_mask=later.triu(1),
                src_key_padding_mask=padding,
                memory_key_padding_mask=padding,
            )
            return self.linear(hidden)

    return Translator()


class TranslatorCase(TrainingCase):
    """A post-norm translator learns numerals from number words; Adam."""

    name = "translator"
    title = "Translator"
    axes = ("width", "batch", "batches")
    sizes = ((8, 4, 5), (64, 64, 8), (64, 32, 40))
    bench_size = (64, 64, 8)

    @staticmethod
    def problem(
        size: Shape,
        dtype: DTypeLike,
        rng: np.random.Generator,
        *,
        generated: bool = False,
    ) -> tuple[Weights, Batches]:
        """Draw dlbook's initial weights, and pairs of number words and numerals."""
        width, batch, batches = size
        # nothing is loaded: the real data are generated, too
        pairs = make_numerals(batch * batches, rng=rng)
        words, characters = zip(*pairs, strict=True)
        source = Vocabulary.of_words(words, unk=False)
        target = Vocabulary.of_words(characters, unk=False, begin=True, end=True)
        ids = [source.encode(text) for text in words]
        targets = [target.encode(text, begin=True, end=True) for text in characters]
        model = Translator(
            len(source),
            len(target),
            width=width,
            num_heads=HEADS,
            num_layers=LAYERS,
            dropout=0.0,
            norm_first=False,
            rng=rng,
        )
        cut = [slice(i, i + batch) for i in range(0, len(pairs), batch)]
        padded = [
            (pad_sequence(ids[s], batch_first=True), pad_sequence(t, batch_first=True))
            for s in cut
            for t in (targets[s],)
        ]
        return model.to(dtype).state_dict(), padded

    @staticmethod
    def ours(weights: Weights, batches: Batches) -> Run:
        """Train with dlbook."""
        source_vocab, width = weights["source_embedding.weight"].shape
        target_vocab = len(weights["linear.bias"])
        model = Translator(
            source_vocab,
            target_vocab,
            width=width,
            num_heads=HEADS,
            num_layers=LAYERS,
            dropout=0.0,
            norm_first=False,
        )
        model.to(weights["linear.bias"].dtype).load_state_dict(weights)
        optimizer = optim.Adam(model.parameters(), lr=LEARNING_RATE, eps=EPS)
        loss_of = nn.CrossEntropyLoss(ignore_index=0)
        losses = []
        for source, target in batches:
            optimizer.zero_grad()
            scores = model(source, target[:, :-1])
            loss = loss_of(scores.flatten(0, 1), target[:, 1:].ravel())
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return Run(np.array(losses), dict(model.state_dict()))

    @staticmethod
    def theirs(weights: Weights, batches: Batches, device: str = "cpu") -> Run:
        """Train with torch."""
        import torch
        from torch import nn

        initial = {name: torch.tensor(value) for name, value in weights.items()}
        source_vocab, width = initial["source_embedding.weight"].shape
        bias = initial["linear.bias"]
        model = torch_translator(source_vocab, len(bias), width)
        model.to(device, bias.dtype).load_state_dict(initial)
        optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, eps=EPS)
        loss_of = nn.CrossEntropyLoss(ignore_index=0)
        losses = []
        for batch in batches:
            source, target = (torch.from_numpy(array).to(device) for array in batch)
            optimizer.zero_grad()
            scores = model(source, target[:, :-1])
            loss = loss_of(scores.flatten(0, 1), target[:, 1:].flatten())
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        final = {name: w.cpu().numpy() for name, w in model.state_dict().items()}
        return Run(np.array(losses), final)


CASES: tuple[Case, ...] = (TranslatorCase(),)
