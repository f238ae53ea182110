"""The recording of matplotlib: what is known of it, and what if it is missing."""

import sys

import matplotlib
import numpy as np
import pytest
from matplotlib import cbook

from dlbook.data import load_eeg
from dlbook.data.eeg import CHANNELS, SAMPLING_RATE


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_is_ten_seconds_of_four_channels(dtype):
    eeg = load_eeg(dtype=dtype)
    assert eeg.shape == (10 * SAMPLING_RATE, len(CHANNELS)) == (800, 4)
    assert eeg.dtype == dtype
    assert eeg.flags.writeable
    assert eeg.flags.c_contiguous
    assert eeg.dtype.isnative
    np.testing.assert_allclose(
        eeg[1], [0.014910, -0.064551, 0.118527, -0.106232], atol=1e-6
    )


def test_by_default_it_is_float32():
    assert load_eeg().dtype == np.float32


def test_mean_and_deviation_are_as_said():
    eeg = load_eeg(dtype=np.float64)
    np.testing.assert_allclose(eeg.mean(axis=0), 0, atol=5e-4)
    np.testing.assert_allclose(eeg[:, 1:].std(axis=0, ddof=1), 1, atol=1e-4)
    assert eeg[:, 0].std() == pytest.approx(0.998, abs=5e-4)


def test_it_is_a_signal_and_no_noise():
    """Rows are points in time: a measurement resembles the one before."""
    eeg = load_eeg(dtype=np.float64)
    for channel in eeg.T:
        assert np.corrcoef(channel[1:], channel[:-1])[0, 1] > 0.8
    spectrum = np.abs(np.fft.rfft(eeg, axis=0)) ** 2
    frequencies = np.fft.rfftfreq(len(eeg), 1 / SAMPLING_RATE)
    slow = spectrum[frequencies < 20].sum(axis=0) / spectrum.sum(axis=0)
    assert (slow > 0.95).all()


def test_without_matplotlib_the_error_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ModuleNotFoundError, match="pip install matplotlib"):
        load_eeg()


def test_without_the_file_the_error_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(
        cbook, "_get_data_path", lambda *parts: tmp_path.joinpath(*parts)
    )
    version = matplotlib.__version__
    with pytest.raises(FileNotFoundError, match=f"{version} comes without .* eeg.dat"):
        load_eeg()


def test_another_file_is_not_taken_for_it(monkeypatch, tmp_path):
    path = tmp_path / "eeg.dat"
    path.write_bytes(b"0" * 8)
    monkeypatch.setattr(cbook, "get_sample_data", lambda name, asfileobj: str(path))
    with pytest.raises(ValueError, match="has 8 bytes, expected 25600"):
        load_eeg()


def test_an_integer_dtype_is_refused():
    with pytest.raises(ValueError, match="dtype must be a floating-point type"):
        load_eeg(dtype=int)
