"""Case of the page "language-model": training steps of a character LSTM."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import nn, optim
from dlbook.compare.case import Batches, Case, Cost, Run, Shape, TrainingCase, Weights
from dlbook.data import Vocabulary, character_batches, load_english_text
from dlbook.models import CharRNN, detach_state

EMBEDDING_DIM = 64
LEARNING_RATE = 0.005
MAX_NORM = 1.0


def torch_char_rnn(vocab_size: int, hidden_size: int) -> Any:
    """Return the character LSTM as a module of torch."""
    from torch import nn

    class CharRNN(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(vocab_size, EMBEDDING_DIM)
            self.rnn = nn.LSTM(EMBEDDING_DIM, hidden_size)
            self.linear = nn.Linear(hidden_size, vocab_size)

        def forward(self, ids, state=None):
            x, state = self.rnn(self.embedding(ids), state)
            return self.linear(x), state

    return CharRNN()


class CharRNNCase(TrainingCase):
    """A character LSTM reads English streams, its state carried over; Adam, clipped."""

    name = "char-rnn"
    title = "Character LSTM"
    axes = ("hidden", "steps in time", "streams", "pieces")
    sizes = ((8, 6, 4, 5), (128, 64, 32, 8), (64, 32, 16, 60))
    bench_size = (128, 64, 32, 8)

    @staticmethod
    def problem(
        size: Shape,
        dtype: DTypeLike,
        rng: np.random.Generator,
        *,
        generated: bool = False,
    ) -> tuple[Weights, Batches]:
        """Draw dlbook's initial weights, and cut a text into pieces of streams."""
        hidden_size, steps, streams, pieces = size
        length = steps * streams * pieces + 1
        if generated:
            vocab_size = 100
            ids = rng.integers(0, vocab_size, length)
        else:
            text = load_english_text()
            vocabulary = Vocabulary.of_characters(text)
            vocab_size = len(vocabulary)
            ids = vocabulary.encode(text[:length])
        model = CharRNN(
            vocab_size, hidden_size=hidden_size, embedding_dim=EMBEDDING_DIM, rng=rng
        )
        batches = list(character_batches(ids, streams, steps))
        return model.to(dtype).state_dict(), batches

    @staticmethod
    def ours(weights: Weights, batches: Batches) -> Run:
        """Train with dlbook."""
        bias = weights["linear.bias"]
        hidden_size = weights["linear.weight"].shape[1]
        model = CharRNN(len(bias), hidden_size=hidden_size, embedding_dim=EMBEDDING_DIM)
        model.to(bias.dtype).load_state_dict(weights)
        optimizer = optim.Adam(model.parameters(), lr=LEARNING_RATE)
        loss_of = nn.CrossEntropyLoss()
        losses, state = [], None
        for x, y in batches:
            optimizer.zero_grad()
            scores, state = model(x, detach_state(state))
            loss = loss_of(scores.flatten(0, 1), y.ravel())
            loss.backward()
            optim.clip_grad_norm_(model.parameters(), MAX_NORM)
            optimizer.step()
            losses.append(loss.item())
        return Run(np.array(losses), dict(model.state_dict()))

    @staticmethod
    def theirs(weights: Weights, batches: Batches, device: str = "cpu") -> Run:
        """Train with torch."""
        import torch
        from torch import nn

        initial = {name: torch.tensor(value) for name, value in weights.items()}
        bias = initial["linear.bias"]
        model = torch_char_rnn(len(bias), initial["linear.weight"].shape[1])
        model.to(device, bias.dtype).load_state_dict(initial)
        optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
        loss_of = nn.CrossEntropyLoss()
        losses, state = [], None
        for batch in batches:
            x, y = (torch.from_numpy(array).to(device) for array in batch)
            optimizer.zero_grad()
            scores, state = model(x, state)
            loss = loss_of(scores.flatten(0, 1), y.ravel())
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), MAX_NORM)
            optimizer.step()
            state = tuple(part.detach() for part in state)
            losses.append(loss.item())
        final = {name: w.cpu().numpy() for name, w in model.state_dict().items()}
        return Run(np.array(losses), final)

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Count three products a gate and a score; and the weights' traffic in Adam."""
        hidden, steps, streams, pieces = size
        vocab_size = 100
        gates = 4 * hidden * (EMBEDDING_DIM + hidden)
        scores = hidden * vocab_size
        weights = gates + scores + vocab_size * EMBEDDING_DIM
        read = 6.0 * steps * streams * (gates + scores)
        return Cost(pieces * read, pieces * 7 * weights * np.dtype(dtype).itemsize)


CASES: tuple[Case, ...] = (CharRNNCase(),)
