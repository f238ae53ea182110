"""Data sets: where they come from, how to split, scale and cut them into batches."""

from dlbook.data.adding import make_adding
from dlbook.data.buckets import BucketLoader, bucket_batches
from dlbook.data.dataset import Dataset
from dlbook.data.downloads import DownloadError
from dlbook.data.eeg import load_eeg
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
from dlbook.data.look_ahead import best_causal_accuracy, make_look_ahead
from dlbook.data.mnist import load_fashion_mnist, load_mnist
from dlbook.data.mnist_1d import make_mnist_1d, mnist_1d_templates
from dlbook.data.number_mixtures import draw_numbers
from dlbook.data.numerals import (
    chinese_numeral,
    from_chinese_numeral,
    from_number_words,
    make_numerals,
    number_words,
    numeral_pairs,
)
from dlbook.data.preparation import standardize
from dlbook.data.repeats import make_repeats
from dlbook.data.sentiment import best_bag_accuracy, make_sentiment
from dlbook.data.sequences import (
    character_batches,
    pad_sequence,
    unpad_sequence,
    windows,
)
from dlbook.data.shakespeare import load_shakespeare
from dlbook.data.shapes import Shapes, make_shapes
from dlbook.data.splits import k_fold, ordered_split, random_split, stratified_split
from dlbook.data.text import Vocabulary, split_words
from dlbook.data.tokenizer import BytePairTokenizer

__all__ = [
    "BucketLoader",
    "BytePairTokenizer",
    "DataLoader",
    "Dataset",
    "DownloadError",
    "Shapes",
    "Vocabulary",
    "as_images",
    "best_bag_accuracy",
    "best_causal_accuracy",
    "bucket_batches",
    "character_batches",
    "chinese_numeral",
    "draw_numbers",
    "from_chinese_numeral",
    "from_number_words",
    "k_fold",
    "load_breast_cancer",
    "load_diabetes",
    "load_digits",
    "load_eeg",
    "load_english_text",
    "load_fashion_mnist",
    "load_iris",
    "load_mnist",
    "load_photographs",
    "load_shakespeare",
    "load_wine",
    "make_adding",
    "make_blobs",
    "make_circles",
    "make_look_ahead",
    "make_mnist_1d",
    "make_moons",
    "make_numerals",
    "make_repeats",
    "make_sentiment",
    "make_shapes",
    "make_spirals",
    "make_xor",
    "mnist_1d_templates",
    "number_words",
    "numeral_pairs",
    "ordered_split",
    "pad_sequence",
    "photographs_as_images",
    "random_split",
    "split_words",
    "standardize",
    "stratified_split",
    "unpad_sequence",
    "windows",
]
