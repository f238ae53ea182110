"""Update rules, which turn gradients into steps, named as in torch.optim."""

from dlbook.optim.optimizer import Optimizer
from dlbook.optim.sgd import SGD

__all__ = ["SGD", "Optimizer"]
