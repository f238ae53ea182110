"""Update rules, which turn gradients into steps, named as in torch.optim.

Clipping is here, too: it comes between the gradients and the step.
"""

from dlbook.optim.adam import Adam, AdamW
from dlbook.optim.clipping import clip_grad_norm_, clip_grad_value_
from dlbook.optim.optimizer import Optimizer
from dlbook.optim.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "clip_grad_norm_", "clip_grad_value_"]
