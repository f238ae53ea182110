"""Case of the page "gpt": training steps of a small GPT."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import nn, optim
from dlbook.compare.case import Batches, Case, Cost, Run, Shape, TrainingCase, Weights
from dlbook.data import Vocabulary, load_english_text
from dlbook.models import GPT

LAYERS = 2
HEADS = 4
LEARNING_RATE = 1e-3
# the biases of keys have gradients of rounding alone, which Adam makes large unless
# they are far below this
EPS = 1e-6


def torch_gpt(vocab_size: int, context: int, width: int) -> Any:
    """Return the GPT as a module of torch, with the same names."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.c_attn = nn.Linear(width, 3 * width)
            self.c_proj = nn.Linear(width, width)

        def forward(self, x):
            heads = self.c_attn(x).unflatten(2, (3, HEADS, -1))  # (N, T, 3, h, E)
            q, k, v = heads.permute(2, 0, 3, 1, 4)  # (N, h, T, E) each
            heads = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.c_proj(heads.transpose(1, 2).flatten(2))

    class FeedForward(nn.Module):
        def __init__(self):
            super().__init__()
            self.c_fc = nn.Linear(width, 4 * width)
            self.c_proj = nn.Linear(4 * width, width)

        def forward(self, x):
            return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.ln_1, self.attn = nn.LayerNorm(width), Attention()
            self.ln_2, self.mlp = nn.LayerNorm(width), FeedForward()

        def forward(self, x):
            x = x + self.attn(self.ln_1(x))
            return x + self.mlp(self.ln_2(x))

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            parts = {
                "wte": nn.Embedding(vocab_size, width),
                "wpe": nn.Embedding(context, width),
                "h": nn.ModuleList(Block() for _ in range(LAYERS)),
                "ln_f": nn.LayerNorm(width),
            }
            self.transformer = nn.ModuleDict(parts)
            self.lm_head = nn.Linear(width, vocab_size, bias=False)
            self.lm_head.weight = self.transformer.wte.weight

        def forward(self, ids):
            places = torch.arange(ids.shape[1], device=ids.device)
            x = self.transformer.wte(ids) + self.transformer.wpe(places)
            for block in self.transformer.h:
                x = block(x)
            return self.lm_head(self.transformer.ln_f(x))

    return GPT()


class GPTCase(TrainingCase):
    """A GPT of 2 layers and 4 heads, its weights tied, reads English; AdamW."""

    name = "gpt"
    title = "GPT"
    axes = ("width", "steps in time", "batch", "batches")
    sizes = ((8, 6, 4, 5), (128, 64, 16, 8), (64, 32, 16, 60))
    bench_size = (128, 64, 16, 8)
    gate = 1.0

    @staticmethod
    def problem(
        size: Shape,
        dtype: DTypeLike,
        rng: np.random.Generator,
        *,
        generated: bool = False,
    ) -> tuple[Weights, Batches]:
        """Draw dlbook's initial weights, and pieces of a text from random places."""
        width, steps, batch, batches = size
        if generated:
            vocab_size = 96
            ids = rng.integers(0, vocab_size, 10_000)
        else:
            text = load_english_text()
            vocabulary = Vocabulary.of_characters(text)
            vocab_size = len(vocabulary)
            ids = vocabulary.encode(text)
        model = GPT(
            vocab_size,
            context=steps,
            width=width,
            num_layers=LAYERS,
            num_heads=HEADS,
            rng=rng,
        )
        starts = rng.integers(0, len(ids) - steps, (batches, batch, 1))
        pieces = ids[starts + np.arange(steps + 1)]  # (batches, N, T + 1)
        pairs = [(piece[:, :-1].copy(), piece[:, 1:].copy()) for piece in pieces]
        return model.to(dtype).state_dict(), pairs

    @staticmethod
    def ours(weights: Weights, batches: Batches) -> Run:
        """Train with dlbook."""
        positions = weights["transformer.wpe.weight"]
        vocab_size, width = weights["transformer.wte.weight"].shape
        model = GPT(
            vocab_size,
            context=len(positions),
            width=width,
            num_layers=LAYERS,
            num_heads=HEADS,
        )
        model.to(positions.dtype).load_state_dict(weights)
        optimizer = optim.AdamW(model.parameters(), lr=LEARNING_RATE, eps=EPS)
        loss_of = nn.CrossEntropyLoss()
        losses = []
        for x, y in batches:
            optimizer.zero_grad()
            loss = loss_of(model(x).flatten(0, 1), y.ravel())
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
        positions = initial["transformer.wpe.weight"]
        vocab_size, width = initial["transformer.wte.weight"].shape
        model = torch_gpt(vocab_size, len(positions), width)
        model.to(device, positions.dtype).load_state_dict(initial)
        optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, eps=EPS)
        loss_of = nn.CrossEntropyLoss()
        losses = []
        for batch in batches:
            x, y = (torch.from_numpy(array).to(device) for array in batch)
            optimizer.zero_grad()
            loss = loss_of(model(x).flatten(0, 1), y.ravel())
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        final = {name: w.cpu().numpy() for name, w in model.state_dict().items()}
        return Run(np.array(losses), final)

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Count three products a weight and of attention; and the weights in AdamW."""
        width, steps, batch, batches = size
        vocab_size = 96
        blocks = LAYERS * 12 * width**2
        attention = LAYERS * 2 * steps * width  # for each token
        read = 6.0 * steps * batch * (blocks + vocab_size * width + attention)
        weights = blocks + (vocab_size + steps) * width
        return Cost(batches * read, batches * 7 * weights * np.dtype(dtype).itemsize)


CASES: tuple[Case, ...] = (GPTCase(),)
