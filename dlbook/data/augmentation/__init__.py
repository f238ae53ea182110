"""More data from the data there are: changes that leave the meaning as it is.

A transform is called with an array, or a list of tokens, and a generator that it draws
from, and returns a new one: the input is left alone, float32 stays float32. Its options
are checked when it is made and shown when it is printed. `Compose` joins transforms,
and ``DataLoader(..., transform=...)`` applies one to each example. Any function
``(array, rng) -> array`` may stand among them.

Names, options and definitions of the transforms of images are torchvision's, which
draws from a global generator.
"""

from dlbook.data.augmentation.audio import (
    AddNoise,
    Gain,
    PitchShift,
    TimeShift,
    TimeStretch,
)
from dlbook.data.augmentation.color import ColorJitter, Grayscale, Normalize
from dlbook.data.augmentation.composition import Compose, RandomApply
from dlbook.data.augmentation.cropping import (
    RandomCrop,
    RandomErasing,
    RandomResizedCrop,
)
from dlbook.data.augmentation.flipping import RandomHorizontalFlip, RandomVerticalFlip
from dlbook.data.augmentation.geometry import RandomAffine, RandomRotation
from dlbook.data.augmentation.mixing import cutmix, mixup
from dlbook.data.augmentation.noise import GaussianNoise
from dlbook.data.augmentation.text import (
    RandomDeletion,
    RandomInsertion,
    RandomSwap,
    SynonymReplacement,
    load_synonyms,
)

__all__ = [
    "AddNoise",
    "ColorJitter",
    "Compose",
    "Gain",
    "GaussianNoise",
    "Grayscale",
    "Normalize",
    "PitchShift",
    "RandomAffine",
    "RandomApply",
    "RandomCrop",
    "RandomDeletion",
    "RandomErasing",
    "RandomHorizontalFlip",
    "RandomInsertion",
    "RandomResizedCrop",
    "RandomRotation",
    "RandomSwap",
    "RandomVerticalFlip",
    "SynonymReplacement",
    "TimeShift",
    "TimeStretch",
    "cutmix",
    "load_synonyms",
    "mixup",
]
