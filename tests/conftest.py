"""What every test shares: one thread, no screen, a seeded generator, fixed examples."""

import os

# Before NumPy, torch or matplotlib is imported. tools/run.py sets the same.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault("DLBOOK_STATIC", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

import hypothesis  # noqa: E402
import numpy as np  # noqa: E402
import pytest  # noqa: E402

hypothesis.settings.register_profile(
    "dlbook",
    derandomize=True,  # the same examples in every run
    database=None,
    deadline=None,  # a slow machine is not a wrong result
    max_examples=50,
    print_blob=True,
)
hypothesis.settings.load_profile("dlbook")


def pytest_addoption(parser):
    """Add the options that leave nothing out."""
    parser.addoption(
        "--every-mutant", action="store_true", help="plant every fault, not a few"
    )
    parser.addoption(
        "--every-page",
        action="store_true",
        help="run every page, badly equipped, not one of each part",
    )


def cuda_is_there() -> bool:
    """Whether torch is installed and sees a CUDA device."""
    try:
        import torch
    except ModuleNotFoundError:
        return False
    return torch.cuda.is_available()


def pytest_collection_modifyitems(items):
    """Skip tests marked ``gpu`` where there is no CUDA device."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if marked and not cuda_is_there():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="no CUDA device"))


@pytest.fixture
def rng() -> np.random.Generator:
    """The same random numbers for every test."""
    return np.random.default_rng(0)
