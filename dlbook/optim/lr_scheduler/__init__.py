"""Schedules of the learning rate, named as in torch.optim.lr_scheduler."""

from dlbook.optim.lr_scheduler.cosine import (
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
)
from dlbook.optim.lr_scheduler.cyclic import CyclicLR
from dlbook.optim.lr_scheduler.exponential import ExponentialLR
from dlbook.optim.lr_scheduler.lambda_lr import LambdaLR, MultiplicativeLR
from dlbook.optim.lr_scheduler.one_cycle import OneCycleLR
from dlbook.optim.lr_scheduler.plateau import ReduceLROnPlateau
from dlbook.optim.lr_scheduler.polynomial import PolynomialLR
from dlbook.optim.lr_scheduler.scheduler import LRScheduler
from dlbook.optim.lr_scheduler.sequential import ChainedScheduler, SequentialLR
from dlbook.optim.lr_scheduler.step import MultiStepLR, StepLR
from dlbook.optim.lr_scheduler.warm_up import ConstantLR, LinearLR

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]
