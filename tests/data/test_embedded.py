"""The embedded data sets hold what their docstrings say."""

import subprocess
import sys

import numpy as np
import pytest

from dlbook.data import load_digits, load_iris


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


@pytest.mark.parametrize("load", [load_iris, load_digits])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_the_one_asked_for(load, dtype):
    dataset = load(dtype=dtype)
    assert dataset.inputs.dtype == dtype
    assert dataset.targets.dtype == np.int64


@pytest.mark.parametrize("load", [load_iris, load_digits])
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


def test_without_scikit_learn_the_error_says_what_to_install():
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "from dlbook.data import load_digits\n"
        "try: load_digits()\n"
        "except ModuleNotFoundError as error: print(error)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert 'pip install "dlbook[notebook]"' in answer.stdout
