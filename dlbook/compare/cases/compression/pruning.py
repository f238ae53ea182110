"""Cases of the page on pruning: a masked product, and a network pruned in training."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dlbook import functional as F
from dlbook import nn, optim
from dlbook.autograd import Tensor
from dlbook.compare.case import Batches, Cost, OperationCase, Run, Shape, Weights
from dlbook.compare.cases.backprop.training import DigitsAdamCase
from dlbook.compression import global_unstructured, prunable, remove


class MaskedLinearCase(OperationCase):
    """A linear layer with nine tenths of its weights masked: a dense product."""

    name = "masked-linear"
    title = "Linear, 90 % masked"
    axes = ("batch", "inputs", "outputs")
    sizes = ((3, 4, 5), (64, 300, 100), (256, 512, 512))
    bench_size = (256, 512, 512)
    input_names = ("x", "weight", "mask")

    @staticmethod
    def inputs(
        size: Shape, dtype: DTypeLike, rng: np.random.Generator
    ) -> tuple[np.ndarray, ...]:
        """Draw x (N, D) and weight (K, D) from N(0, 1); keep one weight in ten."""
        batch, features, outputs = size
        x = rng.standard_normal((batch, features)).astype(dtype)
        weight = rng.standard_normal((outputs, features)).astype(dtype)
        mask = np.abs(weight) > np.quantile(np.abs(weight), 0.9)
        return x, weight, mask.astype(np.int64)  # no gradient goes to integers

    @staticmethod
    def ours(x: Tensor, weight: Tensor, mask: Tensor) -> Tensor:
        """Multiply with dlbook."""
        return F.linear(x, weight * mask.astype(weight.dtype))

    @staticmethod
    def theirs(x: Any, weight: Any, mask: Any) -> Any:
        """Multiply with torch, as a pruned layer does."""
        from torch.nn import functional

        return functional.linear(x, weight * mask.to(weight.dtype))

    def cost(self, size: Shape, dtype: DTypeLike = np.float32) -> Cost:
        """Count three dense products: zeros are multiplied, too."""
        batch, features, outputs = size
        moved = 2 * (batch * (features + outputs) + features * outputs)
        moved += outputs * features  # the mask
        flops = 6 * batch * features * outputs
        return Cost(flops, moved * np.dtype(dtype).itemsize)


class DigitsPrunedCase(DigitsAdamCase):
    """A network learns digits by SGD with momentum, and is pruned to a tenth halfway.

    By then the momentum of every weight is at work, and weight decay besides.
    """

    name = "digits-pruned"
    title = "Training on digits, pruned halfway"
    sizes = ((64, 32, 10, 32, 1), (64, 128, 10, 32, 3))
    bench_size = (64, 128, 10, 32, 3)

    @staticmethod
    def ours(weights: Weights, batches: Batches) -> Run:
        """Train and prune with dlbook."""
        hidden, features = weights["0.weight"].shape
        classes = len(weights["2.bias"])
        model = nn.Sequential(
            nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, classes)
        ).to(weights["0.weight"].dtype)
        model.load_state_dict(weights)
        optimizer = optim.SGD(
            model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-3
        )
        loss_of = nn.CrossEntropyLoss()
        losses = []
        for step, (inputs, labels) in enumerate(batches):
            if step == len(batches) // 2:
                global_unstructured(prunable(model), amount=0.9)
            optimizer.zero_grad()
            loss = loss_of(model(Tensor(inputs)), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        for layer, name in prunable(model):
            remove(layer, name)  # the zeros are now in the weights themselves
        return Run(np.array(losses), dict(model.state_dict()))

    @staticmethod
    def theirs(weights: Weights, batches: Batches, device: str = "cpu") -> Run:
        """Train and prune with torch."""
        import torch
        from torch import nn
        from torch.nn.utils import prune

        state = {name: torch.tensor(value) for name, value in weights.items()}
        hidden, features = weights["0.weight"].shape
        classes = len(weights["2.bias"])
        model = nn.Sequential(
            nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, classes)
        ).to(device, state["0.weight"].dtype)
        model.load_state_dict(state)
        optimizer = torch.optim.SGD(
            model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-3
        )
        loss_of = nn.CrossEntropyLoss()
        losses = []
        for step, batch in enumerate(batches):
            if step == len(batches) // 2:
                prune.global_unstructured(
                    [(model[0], "weight"), (model[2], "weight")],
                    pruning_method=prune.L1Unstructured,
                    amount=0.9,
                )
            inputs, labels = (torch.from_numpy(array).to(device) for array in batch)
            optimizer.zero_grad()
            loss = loss_of(model(inputs), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        for layer in (model[0], model[2]):
            prune.remove(layer, "weight")
        final = {name: w.cpu().numpy() for name, w in model.state_dict().items()}
        return Run(np.array(losses), final)


CASES = (MaskedLinearCase(), DigitsPrunedCase())
