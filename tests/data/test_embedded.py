"""The embedded data sets hold what their docstrings say."""

import subprocess
import sys

import numpy as np
import pytest

from dlbook.data import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_english_text,
    load_iris,
    load_photographs,
    load_wine,
)

TABLES = [load_iris, load_digits, load_wine, load_breast_cancer, load_diabetes]


def test_iris_has_fishers_sizes():
    iris = load_iris(dtype=np.float64)
    assert iris.inputs.shape == (150, 4)
    assert iris.class_names == ("setosa", "versicolor", "virginica")
    assert iris.feature_names[2] == "petal length (cm)"
    # means of Fisher (1936), Table II, in centimeters
    means = [iris.inputs[iris.targets == c].mean(axis=0) for c in (0, 1)]
    np.testing.assert_allclose(means[0], [5.006, 3.428, 1.462, 0.246], rtol=1e-12)
    np.testing.assert_allclose(means[1], [5.936, 2.770, 4.260, 1.326], rtol=1e-12)


def test_iris_classes_are_renumbered_in_the_order_asked_for():
    every = load_iris()
    some = load_iris(classes=["virginica", "setosa"], features=["petal width"])
    assert some.class_names == ("virginica", "setosa")
    assert some.feature_names == ("petal width (cm)",)
    np.testing.assert_array_equal(some.inputs[:50, 0], every.inputs[100:, 3])
    np.testing.assert_array_equal(some.inputs[50:, 0], every.inputs[:50, 3])
    np.testing.assert_array_equal(some.targets, np.repeat([0, 1], 50))


def test_digits_are_exact_sixteenths_in_file_order():
    digits = load_digits()
    assert digits.inputs.shape == (1797, 64)
    assert digits.images.shape == (1797, 8, 8)
    sixteenths = digits.inputs * 16
    np.testing.assert_array_equal(sixteenths, np.round(sixteenths))
    assert digits.inputs.min() == 0
    assert digits.inputs.max() == 1
    np.testing.assert_array_equal(digits.targets[:12], [*range(10), 0, 1])
    np.testing.assert_array_equal(digits.images[0].ravel(), digits.inputs[0])


def test_wine_is_that_of_its_first_line():
    wine = load_wine(dtype=np.float64)
    assert wine.inputs.shape == (178, 13)
    np.testing.assert_array_equal(np.bincount(wine.targets), [59, 71, 48])
    # the first line of wine.data at UCI
    np.testing.assert_array_equal(
        wine.inputs[0],
        [14.23, 1.71, 2.43, 15.6, 127, 2.8, 3.06, 0.28, 2.29, 5.64, 1.04, 3.92, 1065],
    )
    assert wine.feature_names[1] == "malic acid"
    assert wine.feature_names[12] == "proline"


def test_in_breast_cancer_malignant_is_class_1():
    cancer = load_breast_cancer(dtype=np.float64)
    assert cancer.inputs.shape == (569, 30)
    assert cancer.class_names == ("benign", "malignant")
    np.testing.assert_array_equal(np.bincount(cancer.targets), [357, 212])
    # the first line of wdbc.data at UCI: 842302,M,17.99,10.38,122.8,1001,...
    assert cancer.targets[0] == 1
    np.testing.assert_array_equal(cancer.inputs[0, :4], [17.99, 10.38, 122.8, 1001])
    radius = cancer.inputs[:, cancer.feature_names.index("mean radius")]
    assert radius[cancer.targets == 1].mean() > radius[cancer.targets == 0].mean() + 5


def test_diabetes_is_a_regression_in_the_units_of_the_source():
    diabetes = load_diabetes(dtype=np.float64)
    assert diabetes.inputs.shape == (442, 10)
    assert diabetes.class_names == ()
    # the first line of Efron et al. (2004), Table 1
    np.testing.assert_array_equal(
        diabetes.inputs[0], [59, 2, 32.1, 101, 157, 93.2, 38, 4, 4.8598, 87]
    )
    assert diabetes.targets[0] == 151
    assert diabetes.targets.dtype == np.float64
    assert load_diabetes().targets.dtype == np.float32
    assert repr(load_diabetes()) == (
        "Dataset(diabetes: 442 samples, 10 features, float32; targets 25 to 346)"
    )
    assert len(diabetes.feature_names) == 10


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_photographs_are_bytes_over_255(dtype):
    photographs = load_photographs(dtype=dtype)
    assert list(photographs) == ["china", "flower"]
    for pixels in photographs.values():
        assert pixels.shape == (427, 640, 3)
        assert pixels.dtype == dtype
        np.testing.assert_array_equal(
            np.round(pixels * 255).astype(dtype) / 255, pixels
        )
        assert 0 <= pixels.min() < 0.1
        assert 0.9 < pixels.max() <= 1
    # rows from the top, red first: sky above the temple, a red-orange flower
    sky, ground = photographs["china"][:40], photographs["china"][-40:]
    assert sky.mean() > ground.mean()
    red, _, blue = photographs["flower"][200:250, 300:350].mean(axis=(0, 1))
    assert red > blue


def test_photographs_refuse_an_integer_dtype():
    with pytest.raises(ValueError, match="dtype must be a floating-point type"):
        load_photographs(dtype=np.uint8)


def test_english_text_is_long_and_english():
    text = load_english_text()
    assert 300_000 < len(text) < 700_000
    assert 80 < len(set(text)) < 150
    assert np.mean([character.isascii() for character in text]) > 0.99
    assert text.startswith('The "assert" statement\n')
    words = text.lower().split()
    assert words.count("the") > 0.03 * len(words)
    assert text == load_english_text()


@pytest.mark.parametrize("load", TABLES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_the_one_asked_for(load, dtype):
    dataset = load(dtype=dtype)
    assert dataset.inputs.dtype == dtype
    assert dataset.targets.dtype == (np.int64 if dataset.class_names else dtype)
    assert len(dataset.feature_names) == dataset.inputs.shape[1]
    assert dataset.source.endswith("through scikit-learn")


@pytest.mark.parametrize("load", TABLES)
def test_integer_dtype_is_refused(load):
    with pytest.raises(ValueError, match="dtype must be a floating-point type"):
        load(dtype=np.int64)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"classes": ["rose"]}, "classes: no 'rose' here"),
        ({"classes": "setosa"}, "classes must be a sequence of names"),
        ({"classes": []}, "classes must name at least one"),
        ({"features": ["petal width"] * 2}, "features must name .* each once"),
    ],
)
def test_unknown_names_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        load_iris(**options)


def test_images_of_flowers_are_refused():
    with pytest.raises(ValueError, match="iris are not images"):
        _ = load_iris().images


def test_repr_counts_the_classes():
    iris = load_iris(classes=["setosa", "versicolor"])
    assert repr(iris) == (
        "Dataset(iris: 100 samples, 4 features, float32; setosa 50, versicolor 50)"
    )


@pytest.mark.parametrize(
    ("missing", "load", "message"),
    [
        *(
            ("sklearn", load.__name__, 'pip install "dlbook[notebook]"')
            for load in (*TABLES, load_photographs)
        ),
        ("PIL", "load_photographs", "with Pillow, which is not installed: pip install"),
        ("pydoc_data", "load_english_text", "which this Python comes without"),
    ],
)
def test_where_something_is_missing_the_error_says_what(missing, load, message):
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        f"from dlbook.data import {load}\n"
        f"try: {load}()\n"
        "except ModuleNotFoundError as error: print(error)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert f"{load}() reads" in answer.stdout
    assert message in answer.stdout
