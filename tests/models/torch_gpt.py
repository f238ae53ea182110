"""A GPT in torch, written for the tests: every option of ours, no line shared."""

import math

import torch
from torch import nn
from torch.nn import functional as F


def norm(kind, width, bias):
    if kind == "layer":
        return nn.LayerNorm(width, bias=bias)
    return nn.RMSNorm(width) if kind == "rms" else nn.Identity()


def rotated(x):
    """Rotate neighbors as complex numbers; (N, h, T, E)."""
    *_, steps, size = x.shape
    frequency = 10000.0 ** (-torch.arange(0, size, 2, dtype=x.dtype) / size)
    angle = torch.outer(torch.arange(steps, dtype=x.dtype), frequency)
    pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2).contiguous())
    turned = pairs * torch.polar(torch.ones_like(angle), angle)
    return torch.view_as_real(turned).reshape(x.shape)


class Attention(nn.Module):
    def __init__(self, width, num_heads, bias, rotary):
        super().__init__()
        self.c_attn = nn.Linear(width, 3 * width, bias=bias)
        self.c_proj = nn.Linear(width, width, bias=bias)
        self.num_heads, self.rotary = num_heads, rotary

    def forward(self, x):
        batch, steps, width = x.shape
        heads = [
            part.view(batch, steps, self.num_heads, -1).transpose(1, 2)
            for part in self.c_attn(x).split(width, dim=2)
        ]
        if self.rotary:
            heads[:2] = [rotated(part) for part in heads[:2]]
        q, k, v = heads
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
        later = torch.ones(steps, steps, dtype=torch.bool).triu(1)
        self.weights = scores.masked_fill(later, -torch.inf).softmax(-1)
        joined = (self.weights @ v).transpose(1, 2).reshape(batch, steps, width)
        return self.c_proj(joined)


class FeedForward(nn.Module):
    def __init__(self, width, ratio, bias):
        super().__init__()
        self.c_fc = nn.Linear(width, ratio * width, bias=bias)
        self.c_proj = nn.Linear(ratio * width, width, bias=bias)

    def forward(self, x):
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))


class Block(nn.Module):
    def __init__(self, width, num_heads, bias, rotary, ratio, attention_only, kind):
        super().__init__()
        self.ln_1 = norm(kind, width, bias)
        self.attn = Attention(width, num_heads, bias, rotary)
        self.attention_only = attention_only
        if not attention_only:
            self.ln_2 = norm(kind, width, bias)
            self.mlp = FeedForward(width, ratio, bias)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x if self.attention_only else x + self.mlp(self.ln_2(x))


class TorchGPT(nn.Module):
    def __init__(
        self,
        vocab_size,
        *,
        context,
        width,
        num_layers,
        num_heads,
        bias=True,
        tie_weights=True,
        positions="learned",
        mlp_ratio=4,
        attention_only=False,
        norm_kind="layer",
    ):
        super().__init__()
        parts = {"wte": nn.Embedding(vocab_size, width)}
        if positions == "learned":
            parts["wpe"] = nn.Embedding(context, width)
        parts["h"] = nn.ModuleList(
            Block(
                width,
                num_heads,
                bias,
                positions == "rotary",
                mlp_ratio,
                attention_only,
                norm_kind,
            )
            for _ in range(num_layers)
        )
        parts["ln_f"] = norm(norm_kind, width, bias)
        self.transformer = nn.ModuleDict(parts)
        self.lm_head = nn.Linear(width, vocab_size, bias=False)
        if tie_weights:
            self.lm_head.weight = self.transformer.wte.weight
        self.positions, self.width = positions, width

    def forward(self, ids):
        steps = torch.arange(ids.shape[1])
        x = self.transformer.wte(ids)
        if self.positions == "learned":
            x = x + self.transformer.wpe(steps)
        elif self.positions == "sinusoidal":
            x = x * math.sqrt(self.width)
            pair = torch.arange(0, self.width, 2, dtype=x.dtype)
            angle = torch.outer(steps.to(x.dtype), 10000.0 ** (-pair / self.width))
            x = x + torch.stack([angle.sin(), angle.cos()], -1).flatten(1)
        for block in self.transformer.h:
            x = block(x)
        return self.lm_head(self.transformer.ln_f(x))
