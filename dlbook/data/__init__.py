"""Data sets: embedded ones, how to split them, how to bring them to one scale."""

from dlbook.data.dataset import Dataset
from dlbook.data.embedded import load_digits, load_iris
from dlbook.data.preparation import batches, standardize, stratified_split

__all__ = [
    "Dataset",
    "batches",
    "load_digits",
    "load_iris",
    "standardize",
    "stratified_split",
]
