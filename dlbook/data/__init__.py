"""Data sets: where they come from, how to split, scale and cut them into batches."""

from dlbook.data.dataset import Dataset
from dlbook.data.downloads import DownloadError
from dlbook.data.embedded import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_english_text,
    load_iris,
    load_photographs,
    load_wine,
)
from dlbook.data.generated import (
    make_blobs,
    make_circles,
    make_moons,
    make_spirals,
    make_xor,
)
from dlbook.data.images import as_images, photographs_as_images
from dlbook.data.loader import DataLoader
from dlbook.data.mnist import load_fashion_mnist, load_mnist
from dlbook.data.mnist_1d import make_mnist_1d, mnist_1d_templates
from dlbook.data.preparation import standardize
from dlbook.data.shakespeare import load_shakespeare
from dlbook.data.shapes import Shapes, make_shapes
from dlbook.data.splits import k_fold, ordered_split, random_split, stratified_split

__all__ = [
    "DataLoader",
    "Dataset",
    "DownloadError",
    "Shapes",
    "as_images",
    "k_fold",
    "load_breast_cancer",
    "load_diabetes",
    "load_digits",
    "load_english_text",
    "load_fashion_mnist",
    "load_iris",
    "load_mnist",
    "load_photographs",
    "load_shakespeare",
    "load_wine",
    "make_blobs",
    "make_circles",
    "make_mnist_1d",
    "make_moons",
    "make_shapes",
    "make_spirals",
    "make_xor",
    "mnist_1d_templates",
    "ordered_split",
    "photographs_as_images",
    "random_split",
    "standardize",
    "stratified_split",
]
