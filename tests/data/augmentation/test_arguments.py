"""Options out of range, and the checks that find them."""

import math

import numpy as np
import pytest

from dlbook.data.augmentation import (
    AddNoise,
    ColorJitter,
    Gain,
    GaussianNoise,
    Grayscale,
    Normalize,
    PitchShift,
    RandomAffine,
    RandomCrop,
    RandomDeletion,
    RandomErasing,
    RandomHorizontalFlip,
    RandomInsertion,
    RandomResizedCrop,
    RandomRotation,
    RandomSwap,
    RandomVerticalFlip,
    SynonymReplacement,
    TimeShift,
    TimeStretch,
)
from dlbook.data.augmentation.arguments import (
    height_and_width,
    number_or_range,
    require_int,
    require_number,
    require_range,
)


def test_the_ends_of_a_range_belong_to_it():
    for value in (0, 1, 0.5, np.float32(1)):
        require_number("x", value, 0, 1)
    assert require_range("x", (0, 1), 0, 1) == (0.0, 1.0)
    assert require_range("x", [2, 2]) == (2.0, 2.0)
    require_int("x", 3, 3)
    require_int("x", np.int32(3), 3)


def test_a_number_is_a_range_without_width():
    assert number_or_range("x", 3) == (3.0, 3.0)
    assert number_or_range("x", (1, 2)) == (1.0, 2.0)
    assert [type(end) for end in number_or_range("x", np.float32(3))] == [float, float]


def test_one_length_is_both_sides():
    assert height_and_width("x", 3) == (3, 3)
    assert height_and_width("x", [3, np.int64(4)]) == (3, 4)


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        *(
            (lambda kind=kind, p=p: kind(p), error, f"{kind.__name__}: p must {match}")
            for kind in (
                RandomHorizontalFlip,
                RandomVerticalFlip,
                RandomErasing,
                RandomDeletion,
            )
            for p, error, match in (
                (-0.1, ValueError, r"lie in \[0, 1\], got -0.1"),
                (1.1, ValueError, r"lie in \[0, 1\], got 1.1"),
                (math.nan, ValueError, r"lie in \[0, 1\], got nan"),
                ("1", TypeError, "be a number, got str"),
                (True, TypeError, "be a number, got bool"),
            )
        ),
        (lambda: RandomCrop(0), ValueError, "RandomCrop: size must be at least 1"),
        (lambda: RandomCrop(2.0), TypeError, "size must be an int, got float"),
        (lambda: RandomCrop((2, 3, 4)), ValueError, "size must be an int or a pair"),
        (lambda: RandomCrop((2, True)), TypeError, "size must be an int, got bool"),
        (lambda: RandomCrop(2, -1), ValueError, "padding must be at least 0, got -1"),
        (
            lambda: RandomCrop(2, 1, "zeros"),
            ValueError,
            "padding_mode must be one of .* got 'zeros'",
        ),
        (lambda: RandomCrop(2, fill=math.inf), ValueError, "fill must be finite"),
        (lambda: RandomResizedCrop(0), ValueError, "RandomResizedCrop: size must be"),
        *(
            (lambda kind=kind, o=options: kind(1, **o), error, match)
            for kind in (RandomResizedCrop, RandomErasing)
            for options, error, match in (
                ({"scale": 0.5}, TypeError, r"scale must be a pair \(low, high\), got"),
                ({"scale": (0.5, 0.2)}, ValueError, "scale must be in order"),
                ({"scale": (0.5, 1.2)}, ValueError, r"scale must lie in \[0, 1\]"),
                ({"scale": (0.0, 1)}, ValueError, "scale must be greater than 0"),
                ({"ratio": (0, 1)}, ValueError, "ratio must be greater than 0"),
                ({"ratio": (1, 0.5)}, ValueError, "ratio must be in order"),
                ({"ratio": (1, 2, 3)}, TypeError, "ratio must be a pair"),
            )
        ),
        (lambda: RandomErasing(value="noise"), ValueError, "value must be a number or"),
        (lambda: RandomErasing(value=None), TypeError, "value must be a number, got N"),
        (lambda: RandomRotation(-1), ValueError, "degrees must be finite and at least"),
        (lambda: RandomRotation((2, 1)), ValueError, "degrees must be in order"),
        (lambda: RandomRotation("1"), TypeError, "degrees must be a number, got str"),
        (lambda: RandomRotation(1, fill="0"), TypeError, "fill must be a number"),
        (lambda: RandomAffine(-1), ValueError, "RandomAffine: degrees must be finite"),
        (lambda: RandomAffine(translate=0.1), TypeError, "translate must be a pair"),
        (lambda: RandomAffine(translate=(0.1,)), TypeError, "translate must be a pair"),
        (
            lambda: RandomAffine(translate=(0.1, 1.1)),
            ValueError,
            r"translate must lie in \[0, 1\], got 1.1",
        ),
        (lambda: RandomAffine(scale=(0, 1)), ValueError, "scale must be greater than"),
        (
            lambda: RandomAffine(scale=(-1, 1)),
            ValueError,
            "scale must be finite",
        ),
        (lambda: RandomAffine(scale=2.0), TypeError, "scale must be a pair"),
        (lambda: RandomAffine(shear=90), ValueError, r"shear must lie in \[0, 89\]"),
        (lambda: RandomAffine(shear=(-90, 0)), ValueError, r"lie in \[-89, 89\]"),
        (lambda: RandomAffine(fill=math.nan), ValueError, "fill must be finite"),
        *(
            (lambda o={name: value}: ColorJitter(**o), error, f"ColorJitter: {name}")
            for name in ("brightness", "contrast", "saturation", "hue")
            for value, error in (
                (-0.1, ValueError),
                ((-0.6, 1), ValueError),
                ((0.2, 0.1), ValueError),
                ("0.1", TypeError),
                (math.inf, ValueError),
            )
        ),
        (lambda: ColorJitter(hue=(-0.52, 0)), ValueError, r"lie in \[-0.5, 0.5\]"),
        (lambda: ColorJitter(hue=(0, 0.52)), ValueError, r"lie in \[-0.5, 0.5\]"),
        (lambda: ColorJitter(hue=0.52), ValueError, r"lie in \[0, 0.5\]"),
        (lambda: ColorJitter(hue=0.6), ValueError, r"hue must lie in \[0, 0.5\]"),
        (lambda: Grayscale(2), ValueError, "num_output_channels must be 1 or 3, got 2"),
        (lambda: Normalize("0", 1), TypeError, "mean must be a number, got str"),
        (lambda: Normalize(0, 0), ValueError, "std must be greater than 0"),
        (lambda: Normalize(0, (1, 0)), ValueError, "std must be greater than 0"),
        (lambda: Normalize(0, -1), ValueError, "std must be finite and at least 0"),
        (lambda: Normalize((0, math.nan), 1), ValueError, "mean must be finite"),
        (lambda: GaussianNoise(math.nan), ValueError, "mean must be finite, got nan"),
        (lambda: GaussianNoise(0, -1), ValueError, "sigma must be finite and at least"),
        (lambda: GaussianNoise(clip=1), TypeError, "clip must be True or False, got 1"),
        (lambda: Gain("3"), TypeError, "Gain: db must be a number, got str"),
        (lambda: Gain((3, 1)), ValueError, "Gain: db must be in order"),
        (lambda: AddNoise(math.inf), ValueError, "AddNoise: snr_db must be finite"),
        (lambda: AddNoise((1, 2, 3)), TypeError, "snr_db must be a pair"),
        (lambda: TimeShift(-1, 8000), ValueError, "seconds must be finite"),
        (lambda: TimeShift(1, 8e3), TypeError, "sampling_rate must be an int, got flo"),
        (lambda: TimeShift(1, 0), ValueError, "sampling_rate must be at least 1"),
        (lambda: TimeShift(1, 8000, "no"), TypeError, "wrap must be True or False"),
        (lambda: TimeStretch(0), ValueError, "rate must be greater than 0, got 0"),
        (lambda: TimeStretch((-1, 1)), ValueError, "rate must be finite and at least"),
        (lambda: TimeStretch(1, 10), ValueError, "window_length must be a multiple of"),
        (lambda: TimeStretch(1, 2), ValueError, "window_length must be at least 4"),
        (lambda: PitchShift(math.nan), ValueError, "PitchShift: semitones must be fin"),
        (lambda: PitchShift(1, 9), ValueError, "PitchShift: window_length must be a m"),
        *(
            (
                lambda kind=kind, n=n: kind(n),
                error,
                f"{kind.__name__}: n .*{match}",
            )
            for kind in (SynonymReplacement, RandomInsertion, RandomSwap)
            for n, error, match in (
                (0, ValueError, "at least 1, got 0"),
                (1.5, TypeError, "an int, got float"),
            )
        ),
        *(
            (lambda kind=kind, s=s: kind(1, s), TypeError, match)
            for kind in (SynonymReplacement, RandomInsertion)
            for s, match in (
                (["big"], "synonyms must be a mapping .* got list"),
                ({"big": "large"}, "synonyms of 'big' must be a list .* got 'large'"),
                ({"big": 3}, "synonyms of 'big' must be a list of words, got 3"),
            )
        ),
    ],
)
def test_unusable_options_are_refused_when_the_transform_is_made(make, error, match):
    with pytest.raises(error, match=match):
        make()
