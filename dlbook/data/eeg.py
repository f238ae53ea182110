"""A recording of brain waves that comes with matplotlib: no download, no network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

from dlbook.data.dataset import floating_type

__all__ = ["load_eeg"]

CHANNELS = ("PG3", "PG5", "PG7", "PG9")
SAMPLING_RATE = 80.0  # measurements per second
_SHAPE = (800, 4)


def load_eeg(*, dtype: DTypeLike = np.float32) -> np.ndarray:
    """Load ten seconds of an electroencephalogram (EEG), four channels.

    Parameters
    ----------
    dtype : float32 or float64

    Returns
    -------
    ndarray, shape (800, 4)
        One measurement a row, 80 of them per second; the channels PG3, PG5, PG7 and PG9
        in columns. Without unit: every channel has mean 0, and the standard deviation
        1 (PG3: 0.998).

    Raises
    ------
    ModuleNotFoundError
        If matplotlib is not installed.
    FileNotFoundError
        If this matplotlib comes without the file.
    ValueError
        If the file has another size than the one known here, or if `dtype` is not a
        floating-point type.

    Notes
    -----
    The file is bare numbers. That there are 800 measurements of four channels in ten
    seconds, and the names of the channels, is what matplotlib's gallery says when it
    draws them. Not known are the person, the place of the electrodes, what was done
    with the signal before, and the unit: the values were shifted and scaled, channel by
    channel, with mean and standard deviation of the whole recording. A model that is
    tested on the last seconds has thus seen their scale, though not their course.

    References
    ----------
    matplotlib, example "MRI with EEG" of its gallery, file ``eeg.dat`` of its sample
    data.
    """
    resolved = floating_type(dtype)
    try:
        import matplotlib
        from matplotlib import cbook
    except ImportError as error:
        raise ModuleNotFoundError(
            "load_eeg() reads the recording from matplotlib, which is not installed: "
            "pip install matplotlib"
        ) from error
    path = cbook.get_sample_data("eeg.dat", asfileobj=False)
    try:
        content = Path(str(path)).read_bytes()
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"load_eeg(): matplotlib {matplotlib.__version__} comes without the sample "
            "file eeg.dat, as some distributions cut it out; the one from PyPI has it: "
            "pip install --force-reinstall matplotlib"
        ) from error
    expected = 8 * _SHAPE[0] * _SHAPE[1]
    if len(content) != expected:
        raise ValueError(
            f"load_eeg(): the file eeg.dat of matplotlib {matplotlib.__version__} has "
            f"{len(content)} bytes, expected {expected}"
        )
    return np.frombuffer(content, "<f8").reshape(_SHAPE).astype(resolved)
