"""A recurrent language model: from each token to scores for the next one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dlbook import functional as F
from dlbook import nn
from dlbook.autograd import Tensor
from dlbook.functional.arguments import require_number
from dlbook.models.decoding import evaluating
from dlbook.models.ngram import token_ids
from dlbook.nn.arguments import require_size
from dlbook.random import default_rng

__all__ = ["CharRNN", "detach_state"]

CELLS = ("lstm", "gru", "rnn")
CHUNK = 256  # steps that `surprisals` reads at a time


class CharRNN(nn.Module):
    """Embedding, recurrent layers, and a linear layer to the scores of all tokens.

    Its tokens are characters in this book; nothing in it depends on that.

    Parameters
    ----------
    vocab_size : int
        V, the number of different tokens.
    hidden_size : int
        H, the length of each layer's state.
    num_layers : int
        Recurrent layers on top of each other.
    cell : {"lstm", "gru", "rnn"}
        Which recurrence: `nn.LSTM`, `nn.GRU`, or `nn.RNN` with tanh.
    embedding_dim : int
        D, the length of the vector that stands for a token.
    dropout : float
        The probability of dropping, in [0, 1], on the way up: after the embedding,
        between the recurrent layers and before the linear layer, never from one step
        to the next.
    rng : numpy.random.Generator, int or None
        Source of the initial values and of the dropout masks.

    Attributes
    ----------
    embedding : nn.Embedding
        weight (V, D).
    rnn : nn.LSTM, nn.GRU or nn.RNN
    linear : nn.Linear
        weight (V, H), bias (V,).
    dropout : nn.Dropout

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range.

    References
    ----------
    Karpathy (2015), The unreasonable effectiveness of recurrent neural networks, has
    one-hot vectors in place of the embedding; Zaremba, Sutskever & Vinyals (2014),
    arXiv:1409.2329, for the places of dropout.
    """

    def __init__(
        self,
        vocab_size: int,
        *,
        hidden_size: int = 128,
        num_layers: int = 1,
        cell: str = "lstm",
        embedding_dim: int = 64,
        dropout: float = 0.0,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        if cell not in CELLS:
            raise ValueError(
                f"CharRNN: cell must be one of {list(CELLS)}, got {cell!r}"
            )
        dropout = require_number(dropout, "CharRNN: dropout")
        if not 0 <= dropout <= 1:
            raise ValueError(f"CharRNN: dropout must lie in [0, 1], got {dropout}")
        rng = default_rng(rng)
        layer = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[cell]
        self.vocab_size = vocab_size
        self.embedding = nn.Embedding(vocab_size, embedding_dim, rng=rng)
        self.rnn = layer(
            embedding_dim,
            hidden_size,
            num_layers,
            dropout=dropout if num_layers > 1 else 0.0,
            rng=rng,
        )
        self.linear = nn.Linear(hidden_size, vocab_size, rng=rng)
        self.dropout = nn.Dropout(dropout, rng=rng)

    def forward(self, ids: ArrayLike | Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Read tokens and score the next one after each.

        Parameters
        ----------
        ids : array_like or Tensor of int, shape (T, N)
            N texts, a column each; T steps in time.
        state : Tensor or tuple of Tensor, optional
            What the call before returned, for text that goes on; None for zeros.

        Returns
        -------
        scores : Tensor, shape (T, N, V)
            ``scores[t]`` is about what follows ``ids[t]``.
        state : Tensor, or tuple (h, c) of Tensor for the LSTM, each (layers, N, H)
            After the last step.

        Raises
        ------
        ValueError
            If the tokens have other than two axes.
        TypeError, IndexError
            If a token is no integer in [0, V).
        """
        ids = ids.data if isinstance(ids, Tensor) else np.asarray(ids)
        if ids.ndim != 2:
            raise ValueError(
                f"CharRNN: ids has shape {ids.shape}, expected (T, N): time first, "
                "then texts"
            )
        x = self.dropout(self.embedding(ids))  # (T, N, D)
        x, state = self.rnn(x, state)  # (T, N, H)
        return self.linear(self.dropout(x)), state

    def surprisals(
        self,
        ids: ArrayLike,
        *,
        context: ArrayLike = (),
        streams: int = 1,
        warm_up: int = 256,
    ) -> np.ndarray:
        """Return -log p of every token, given those before it, in nats.

        The model is in evaluation mode meanwhile, and no graph is recorded.

        Parameters
        ----------
        ids : array_like of int, shape (T,)
            Tokens in [0, V), at least one.
        context : array_like of int
            Tokens before the first one. Without any, the model has read nothing when
            the first token comes: that token's surprisal is ln V, as for a guess.
        streams : int
            1 reads the text from its start to its end. n > 1 cuts it into n parts that
            are read at the same time, which is faster.
        warm_up : int
            How many tokens before the text, and before each part of it, are read first;
            at least 1.

        Returns
        -------
        ndarray of float64, shape (T,)
            Their mean is the cross-entropy in nats per token.

        Raises
        ------
        TypeError, ValueError
            If a token is no integer in [0, V), or `streams` or `warm_up` is no int of
            at least 1.
        """
        ids = token_ids("CharRNN", "ids", ids, self.vocab_size)
        streams = require_size(streams, "CharRNN: streams")
        warm_up = require_size(warm_up, "CharRNN: warm_up")
        before = np.zeros(0, np.int64)
        if np.size(context):
            before = token_ids("CharRNN", "context", context, self.vocab_size)
        text = np.concatenate([before[-warm_up:], ids])
        nats = np.full(len(text), np.log(self.vocab_size))
        length, ends = _parts(len(text), streams, warm_up)
        columns = text[ends - length + np.arange(length)[:, np.newaxis]]  # (length, N)
        fresh = np.diff(ends, prepend=1)  # how many at its end each part alone scores
        state = None
        with evaluating(self):
            for start in range(0, length - 1, CHUNK):
                stop = min(start + CHUNK, length - 1)
                scores, state = self(columns[start:stop], state)
                following = columns[start + 1 : stop + 1, :, np.newaxis]
                log_p = np.take_along_axis(F.log_softmax(scores).data, following, -1)
                step = np.arange(start + 1, stop + 1)[:, np.newaxis]
                is_fresh = step >= length - fresh
                places = (ends - length + step)[is_fresh]
                nats[places] = -log_p[..., 0][is_fresh]
        return nats[len(text) - len(ids) :]


def _parts(length: int, streams: int, warm_up: int) -> tuple[int, np.ndarray]:
    """Cut a text into overlapping parts of one length; return it and their ends."""
    streams = max(1, min(streams, length - warm_up))
    part = -(-(length + (streams - 1) * warm_up) // streams)
    ends = part + (part - warm_up) * np.arange(streams)
    return part, np.minimum(ends, length)


def detach_state(state: Any) -> Any:
    """Return a state without the graph that led to it.

    Truncated backpropagation through time goes on from there: the values are carried
    over, and no gradient flows back.

    Parameters
    ----------
    state : Tensor, tuple of such states, or None

    Returns
    -------
    Tensor, tuple or None
        Of the same form.
    """
    if state is None:
        return None
    if isinstance(state, tuple):
        return tuple(detach_state(part) for part in state)
    return state.detach()
