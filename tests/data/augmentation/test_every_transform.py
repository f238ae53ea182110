"""What all transforms promise: new arrays, the same dtype, draws that repeat."""

import dataclasses

import numpy as np
import pytest

from dlbook.data import augmentation
from dlbook.data.augmentation import (
    AddNoise,
    ColorJitter,
    Compose,
    Gain,
    GaussianNoise,
    Grayscale,
    Normalize,
    PitchShift,
    RandomAffine,
    RandomApply,
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

IMAGES = [
    ColorJitter(0.4, 0.4, 0.4, 0.1),
    ColorJitter(),
    GaussianNoise(),
    GaussianNoise(0.1, 0.2, clip=False),
    Grayscale(),
    Grayscale(3),
    Normalize(0.5, (0.1, 0.2, 0.3)),
    RandomAffine(20, (0.1, 0.2), (0.5, 2.0), (-5, 5), fill=1.0),
    RandomCrop(5),
    RandomCrop((7, 4), padding=2, padding_mode="reflect"),
    RandomErasing(1.0, value="random"),
    RandomErasing(0.0),
    RandomHorizontalFlip(),
    RandomHorizontalFlip(0.0),
    RandomHorizontalFlip(1.0),
    RandomResizedCrop(5),
    RandomRotation(30),
    RandomVerticalFlip(),
]
SOUNDS = [
    AddNoise((3, 20)),
    Gain(-6.0),
    PitchShift((-2, 2), window_length=64),
    TimeShift(0.01, sampling_rate=8000),
    TimeShift(0.01, sampling_rate=8000, wrap=True),
    TimeStretch((0.5, 2.0), window_length=64),
]
SENTENCES = [
    RandomDeletion(0.3),
    RandomInsertion(2),
    RandomSwap(2),
    SynonymReplacement(2),
]
WITHOUT_CHANCE = (Grayscale, Normalize)
images = pytest.mark.parametrize("transform", IMAGES, ids=repr)
arrays = pytest.mark.parametrize(
    ("transform", "shape"),
    [
        *((transform, (3, 9, 8)) for transform in IMAGES),
        *((transform, (200,)) for transform in SOUNDS),
        (Compose([RandomCrop(5), RandomApply(RandomRotation(9))]), (3, 9, 8)),
        (RandomApply(Gain(3), 0.0), (200,)),
        (RandomApply(Gain(3), 1.0), (200,)),
    ],
    ids=str,
)
every = pytest.mark.parametrize("transform", [*IMAGES, *SOUNDS, *SENTENCES], ids=repr)


def numbers(shape, dtype=np.float32):
    return np.random.default_rng(1).random(shape).astype(dtype)


@arrays
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_result_is_a_new_array_of_the_same_dtype(transform, shape, dtype):
    array = numbers(shape, dtype)
    array.flags.writeable = False
    for seed in range(3):
        result = transform(array, np.random.default_rng(seed))
        assert result.dtype == dtype
        assert not np.shares_memory(result, array)
        assert result.flags.writeable
        assert np.isfinite(result).all()


@arrays
def test_both_dtypes_get_the_same_draws(transform, shape):
    single = transform(numbers(shape), 5)
    double = transform(numbers(shape).astype(np.float64), 5)
    np.testing.assert_allclose(single, double, atol=2e-5)


@arrays
def test_a_seed_is_a_generator_that_starts_anew(transform, shape):
    array = numbers(shape)
    expected = transform(array, np.random.default_rng(3))
    for _ in range(2):
        np.testing.assert_array_equal(transform(array, 3), expected)


@images
def test_in_a_batch_each_image_draws_its_own(transform):
    batch = numbers((4, 3, 9, 8))
    rng = np.random.default_rng(0)
    one_by_one = [transform(image, rng) for image in batch]
    result = transform(batch, 0)
    np.testing.assert_array_equal(result, one_by_one)
    assert isinstance(result, np.ndarray)
    assert result.dtype == np.float32


@every
def test_another_seed_gives_another_result(transform):
    if transform in (ColorJitter(), RandomErasing(0.0), *(f(p) for f, p in FIXED)):
        return
    if isinstance(transform, (*WITHOUT_CHANCE, Gain)):
        return
    given = (
        ["a", "big", "dog", "was", "very", "happy", "in", "the", "old", "house"]
        if transform in SENTENCES
        else numbers((3, 9, 8) if transform in IMAGES else (200,))
    )
    results = {str(np.asarray(transform(given, seed)).tolist()) for seed in range(20)}
    assert len(results) > 1


FIXED = [(RandomHorizontalFlip, 0.0), (RandomHorizontalFlip, 1.0)]


@every
def test_the_repr_makes_the_transform_again(transform):
    made = eval(repr(transform), vars(augmentation))
    assert made == transform
    assert hash(made) == hash(transform)


@every
def test_options_cannot_be_changed_unchecked(transform):
    name = dataclasses.fields(transform)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(transform, name, -1)


@images
@pytest.mark.parametrize(
    ("array", "error", "match"),
    [
        ([[[0.5]]], TypeError, " an array, got list"),
        (np.zeros((3, 9, 8), np.uint8), TypeError, "got uint8; divide bytes by 255"),
        (np.zeros((9, 8)), ValueError, r"\(C, H, W\) or \(N, C, H, W\), .* \(9, 8\)"),
        (np.zeros((0, 3, 9, 8)), ValueError, "no axis empty"),
        (np.zeros((3, 9, 0)), ValueError, "no axis empty"),
    ],
)
def test_what_is_no_image_is_refused(transform, array, error, match):
    with pytest.raises(error, match=f"{type(transform).__name__} takes.*{match}"):
        transform(array, 0)


@pytest.mark.parametrize("transform", SOUNDS, ids=repr)
@pytest.mark.parametrize(
    ("array", "error"),
    [
        ([0.5], TypeError),
        (np.zeros(3, np.int16), TypeError),
        (np.zeros((2, 100)), ValueError),
        (np.zeros(0), ValueError),
    ],
)
def test_what_is_no_recording_is_refused(transform, array, error):
    with pytest.raises(error, match=f"{type(transform).__name__} takes"):
        transform(array, 0)


@every
def test_a_generator_is_needed_where_there_is_chance(transform):
    given = ["a"] if transform in SENTENCES else numbers((3, 9, 8))
    given = numbers(200) if transform in SOUNDS else given
    if isinstance(transform, WITHOUT_CHANCE):
        np.testing.assert_array_equal(transform(given), transform(given, 1))
        return
    with pytest.raises(TypeError, match="rng"):
        transform(given)
    with pytest.raises(TypeError, match="rng must be"):
        transform(given, "seed")
    with pytest.raises(TypeError, match="rng must be"):
        transform(given, None)


def test_every_public_name_is_among_them():
    tested = {type(t).__name__ for t in (*IMAGES, *SOUNDS, *SENTENCES)}
    others = {"Compose", "RandomApply", "cutmix", "load_synonyms", "mixup"}
    assert tested | others == set(augmentation.__all__)


def test_a_kind_of_transform_says_what_becomes_of_its_input():
    for base, shape in (
        (augmentation.image.ImageTransform, (1, 2, 2)),
        (augmentation.audio.AudioTransform, (4,)),
    ):
        with pytest.raises(NotImplementedError, match="define apply"):
            base()(np.zeros(shape), 0)
