"""Change a recording: louder, noisier, later, slower, higher.

Every transform takes one channel, an array of floats of shape (T,), and a generator,
and returns a new array of the same dtype.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dlbook.data.augmentation.arguments import (
    Range,
    generator,
    number_or_range,
    require_float_array,
    require_int,
    require_number,
)

__all__ = ["AddNoise", "Gain", "PitchShift", "TimeShift", "TimeStretch"]


class AudioTransform:
    """Base class: a subclass says in `apply` what becomes of a recording."""

    def __call__(self, array: np.ndarray, rng: np.random.Generator | int) -> np.ndarray:
        """(T,) -> (T',).

        Raises
        ------
        TypeError
            If `array` is no array of floats, or `rng` is neither generator nor seed.
        ValueError
            If the shape does not fit.
        """
        require_float_array(type(self).__name__, array, {1: "(T,)"})
        return self.apply(array, generator(type(self).__name__, rng))

    def apply(self, signal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the transformed recording, a new array; every subclass defines it.

        Raises
        ------
        NotImplementedError
            If the subclass does not.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define apply()")


@dataclass(frozen=True)
class Gain(AudioTransform):
    r"""Multiply by :math:`10^{g/20}`: g decibels louder.

    Parameters
    ----------
    db : float or pair of float
        g; between the two numbers of a pair, uniformly. Negative is softer.

    Raises
    ------
    TypeError, ValueError
        If `db` is neither a finite number nor a pair of them in order.
    """

    db: Range

    def __post_init__(self) -> None:
        number_or_range("Gain: db", self.db)

    def apply(self, signal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(T,) -> (T,); draws one number."""
        return signal * 10 ** (rng.uniform(*number_or_range("db", self.db)) / 20)


@dataclass(frozen=True)
class AddNoise(AudioTransform):
    r"""Add white noise at a given ratio of signal to noise.

    .. math:: 10 \log_{10} \frac{\sum_t x_t^2}{\sum_t n_t^2} = \mathrm{SNR}

    holds exactly, not in expectation. Silence stays silent.

    Parameters
    ----------
    snr_db : float or pair of float
        The ratio in decibels; between the two numbers of a pair, uniformly. 0 is as
        much noise as signal, 20 a hundredth of its power.

    Raises
    ------
    TypeError, ValueError
        If `snr_db` is neither a finite number nor a pair of them in order.
    """

    snr_db: Range

    def __post_init__(self) -> None:
        number_or_range("AddNoise: snr_db", self.snr_db)

    def apply(self, signal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(T,) -> (T,); draws the ratio and T normal numbers."""
        ratio = 10 ** (rng.uniform(*number_or_range("snr_db", self.snr_db)) / 10)
        noise = rng.standard_normal(len(signal))
        power = np.sum(signal.astype(np.float64) ** 2)
        noise *= np.sqrt(power / (ratio * np.sum(noise**2)))
        return signal + noise.astype(signal.dtype)


@dataclass(frozen=True)
class TimeShift(AudioTransform):
    """Begin earlier or later, by whole samples.

    Parameters
    ----------
    seconds : float
        The shift is uniform from so much earlier to so much later; at least 0.
    sampling_rate : int
        Samples a second.
    wrap : bool
        Put what leaves at one end in at the other. False puts in silence.

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong kind or out of its range.
    """

    seconds: float
    sampling_rate: int
    wrap: bool = False

    def __post_init__(self) -> None:
        require_number("TimeShift: seconds", self.seconds, 0)
        require_int("TimeShift: sampling_rate", self.sampling_rate, 1)
        if not isinstance(self.wrap, bool):
            raise TypeError(f"TimeShift: wrap must be True or False, got {self.wrap!r}")

    def apply(self, signal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(T,) -> (T,); draws one integer."""
        most = round(self.seconds * self.sampling_rate)
        later = int(rng.integers(-most, most + 1))
        if self.wrap:
            return np.roll(signal, later)
        shifted = np.zeros_like(signal)
        later = min(max(later, -len(signal)), len(signal))  # then all is silent
        if later >= 0:
            shifted[later:] = signal[: len(signal) - later]
        else:
            shifted[:later] = signal[-later:]
        return shifted


@dataclass(frozen=True)
class TimeStretch(AudioTransform):
    """Play faster or slower at the same pitch: a phase vocoder.

    The recording is cut into overlapping windows; their spectra are laid out at
    another distance, with phases that go on as fast as they did. What begins suddenly
    is smeared over a window, and a voice gets some reverberation.

    Parameters
    ----------
    rate : float or pair of float
        How many times as fast, greater than 0; between the two numbers of a pair,
        uniformly. The result has round(T / rate) samples.
    window_length : int
        Samples in a window, a multiple of 4: at 16 kHz, 1024 are 64 ms. Longer windows
        keep low tones apart, shorter ones keep beats sharp.

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong kind or out of its range.

    References
    ----------
    Flanagan & Golden (1966), "Phase vocoder", *Bell System Technical Journal* 45.
    """

    rate: Range
    window_length: int = 1024

    def __post_init__(self) -> None:
        low, _ = number_or_range("TimeStretch: rate", self.rate, 0)
        if low == 0:
            raise ValueError(
                f"TimeStretch: rate must be greater than 0, got {self.rate}"
            )
        _require_window("TimeStretch", self.window_length)

    def apply(self, signal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(T,) -> (round(T / rate),), at least one sample; draws one number."""
        rate = rng.uniform(*number_or_range("rate", self.rate))
        return stretch(signal, rate, self.window_length).astype(signal.dtype)


@dataclass(frozen=True)
class PitchShift(AudioTransform):
    """Play higher or lower at the same speed.

    The recording is stretched, and played so much faster that it has its old length.

    Parameters
    ----------
    semitones : float or pair of float
        12 are an octave, twice the frequency; negative is lower; between the two
        numbers of a pair, uniformly.
    window_length : int
        As in `TimeStretch`.

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong kind or out of its range.
    """

    semitones: Range
    window_length: int = 1024

    def __post_init__(self) -> None:
        number_or_range("PitchShift: semitones", self.semitones)
        _require_window("PitchShift", self.window_length)

    def apply(self, signal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """(T,) -> (T,); draws one number."""
        semitones = rng.uniform(*number_or_range("semitones", self.semitones))
        longer = stretch(signal, 2 ** (-semitones / 12), self.window_length)
        return resample(longer, len(signal)).astype(signal.dtype)


def stretch(signal: np.ndarray, rate: float, window_length: int) -> np.ndarray:
    """Return a signal that takes 1 / rate of the time, by a phase vocoder.

    Parameters
    ----------
    signal : ndarray of floats, shape (T,)
    rate : float
        Greater than 0.
    window_length : int
        W, a multiple of 4.

    Returns
    -------
    ndarray of float64, shape (round(T / rate),), at least one sample
    """
    spectra = spectrogram(signal, window_length)  # (F, K)
    # frame i of the result looks like the place rate * i between two frames
    places = np.arange(0, len(spectra) - 1, rate)
    before = places.astype(np.int64)
    between = (places - before)[:, np.newaxis]
    size = np.abs(spectra)
    size = (1 - between) * size[before] + between * size[before + 1]
    # from frame to frame each phase goes on as far as it did there, but for whole turns
    phases = np.angle(spectra)
    advance = np.diff(phases, axis=0)[before]
    phase = np.cumsum(advance, axis=0) - advance  # what came before
    # neighboring frequencies of one tone belong together: right where it is loudest
    loudest = size.sum(axis=1).argmax()
    phase += phases[before[loudest]] - phase[loudest]
    length = max(round(len(signal) / rate), 1)
    return overlap_add(size * np.exp(1j * phase), window_length, length)


def spectrogram(signal: np.ndarray, window_length: int) -> np.ndarray:
    """Return the spectra of overlapping windows, at least two.

    Parameters
    ----------
    signal : ndarray of floats, shape (T,)
    window_length : int
        W, a multiple of 4; the windows are W / 4 apart, the first one around sample 0.

    Returns
    -------
    ndarray of complex128, shape (F, W / 2 + 1)
        F = 2 + ceil(T / (W / 4)), enough for the last sample to lie in four windows.
    """
    hop = window_length // 4
    frames = 2 + math.ceil(len(signal) / hop)
    padded = np.zeros((frames - 1) * hop + window_length)
    padded[2 * hop : 2 * hop + len(signal)] = signal
    windows = np.lib.stride_tricks.sliding_window_view(padded, window_length)[::hop]
    return np.fft.rfft(windows * _hann(window_length))


def overlap_add(spectra: np.ndarray, window_length: int, length: int) -> np.ndarray:
    """Undo `spectrogram`: return `length` samples, shape (length,).

    Where windows overlap, they are averaged with their squares as weights.
    """
    hop, window = window_length // 4, _hann(window_length)
    windows = np.fft.irfft(spectra, window_length) * window
    total, weight = np.zeros((2, (len(spectra) - 1) * hop + window_length))
    for i, part in enumerate(windows):
        total[i * hop : i * hop + window_length] += part
        weight[i * hop : i * hop + window_length] += window**2
    heard = slice(2 * hop, 2 * hop + length)
    return total[heard] / weight[heard]


def resample(signal: np.ndarray, length: int) -> np.ndarray:
    """Return a signal of another length, with the same spectrum below half its rate.

    Frequencies that the shorter one cannot hold are cut off, so that none is heard as
    another. The signal is taken for one period of a periodic one.
    """
    spectrum = np.fft.rfft(signal)
    return np.fft.irfft(spectrum, length) * (length / len(signal))


def _hann(window_length: int) -> np.ndarray:
    turns = np.arange(window_length) / window_length
    return 0.5 - 0.5 * np.cos(2 * np.pi * turns)


def _require_window(name: str, window_length: int) -> None:
    require_int(f"{name}: window_length", window_length, 4)
    if window_length % 4:
        raise ValueError(
            f"{name}: window_length must be a multiple of 4, got {window_length}"
        )
