"""Update rules, which turn gradients into steps, named as in torch.optim.

Clipping is here, too: it comes between the gradients and the step. The proximal step,
which makes weights exactly 0, comes after it.
"""

from dlbook.optim import lr_scheduler
from dlbook.optim.adadelta import Adadelta
from dlbook.optim.adagrad import Adagrad
from dlbook.optim.adam import Adam, AdamW
from dlbook.optim.adamax import Adamax
from dlbook.optim.averaging import EqualAverage, ExponentialMovingAverage
from dlbook.optim.clipping import clip_grad_norm_, clip_grad_value_
from dlbook.optim.nadam import NAdam
from dlbook.optim.optimizer import Optimizer
from dlbook.optim.proximal import proximal_l1_
from dlbook.optim.radam import RAdam
from dlbook.optim.rmsprop import RMSprop
from dlbook.optim.sgd import SGD

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "EqualAverage",
    "ExponentialMovingAverage",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "clip_grad_norm_",
    "clip_grad_value_",
    "lr_scheduler",
    "proximal_l1_",
]
