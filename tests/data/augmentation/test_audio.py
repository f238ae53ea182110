"""Recordings: a tone keeps its pitch while its length changes, and the reverse."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlbook.data.augmentation import (
    AddNoise,
    Gain,
    PitchShift,
    TimeShift,
    TimeStretch,
)
from dlbook.data.augmentation.audio import overlap_add, resample, spectrogram, stretch

RATE = 8000


def tone(frequency, seconds=0.5):
    return np.sin(2 * np.pi * frequency * np.arange(int(seconds * RATE)) / RATE)


def pitch(signal):
    """Return the frequency of the largest peak, in Hz, to about 0.1 Hz."""
    size = 16 * len(signal)
    spectrum = np.abs(np.fft.rfft(signal * np.hanning(len(signal)), size))
    return spectrum.argmax() * RATE / size


@pytest.mark.parametrize("frequency", [220.0, 440.0, 1234.5])
@pytest.mark.parametrize("rate", [0.5, 0.8, 1.25, 2.0])
def test_stretching_keeps_the_pitch(frequency, rate):
    signal = tone(frequency)
    slower = TimeStretch(rate, window_length=512)(signal, 0)
    assert len(slower) == round(len(signal) / rate)
    assert abs(pitch(slower) / frequency - 1) < 0.003  # a twentieth of a semitone
    middle = slower[len(slower) // 4 : -len(slower) // 4]
    assert 0.9 < middle.std() / signal.std() < 1.02  # a little of it cancels


@pytest.mark.parametrize("semitones", [-12, -5, 0, 3, 7])
def test_shifting_the_pitch_keeps_the_length(semitones):
    signal = tone(440.0)
    higher = PitchShift(semitones, window_length=512)(signal, 0)
    assert len(higher) == len(signal)
    assert abs(pitch(higher) / (440 * 2 ** (semitones / 12)) - 1) < 0.003


@pytest.mark.parametrize("length", [1, 3, 64, 1000, 1023])
@pytest.mark.parametrize("window_length", [4, 64, 256])
def test_a_rate_of_1_changes_nothing(length, window_length):
    signal = np.random.default_rng(0).standard_normal(length)
    np.testing.assert_allclose(stretch(signal, 1.0, window_length), signal, atol=1e-9)
    shifted = PitchShift(0, window_length)(signal, 0)
    np.testing.assert_allclose(shifted, signal, atol=1e-9)


@given(
    length=st.integers(1, 300),
    rate=st.floats(0.2, 5),
    window_length=st.sampled_from([4, 16, 64]),
)
def test_any_rate_gives_finite_numbers_and_the_right_length(
    length, rate, window_length
):
    signal = np.random.default_rng(0).standard_normal(length)
    result = stretch(signal, rate, window_length)
    assert len(result) == max(round(length / rate), 1)
    assert np.isfinite(result).all()
    assert np.abs(result).max() < 50


def test_spectra_are_those_of_windows_a_quarter_apart():
    signal = np.random.default_rng(0).standard_normal(50)
    spectra = spectrogram(signal, 16)
    assert spectra.shape == (2 + 13, 9)  # 13 = ceil(50 / 4)
    padded = np.pad(signal, (8, 40))
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(16) / 16)
    for i in (0, 1, 7, 14):
        expected = np.fft.rfft(padded[4 * i : 4 * i + 16] * window)
        np.testing.assert_allclose(spectra[i], expected, atol=1e-12)
    np.testing.assert_allclose(overlap_add(spectra, 16, 50), signal, atol=1e-12)
    np.testing.assert_allclose(overlap_add(spectra, 16, 20), signal[:20], atol=1e-12)


def slow_stretch(signal, rate, window_length):
    """Return the stretched signal, frame by frame, frequency by frequency."""
    hop, spectra = window_length // 4, spectrogram(signal, window_length)
    frames, place = [], 0.0
    while place < len(spectra) - 1:
        i, share = int(place), place % 1
        size = (1 - share) * np.abs(spectra[i]) + share * np.abs(spectra[i + 1])
        frames.append((i, size))
        place = len(frames) * rate
    phases = np.zeros((len(frames), spectra.shape[1]))
    for k in range(spectra.shape[1]):
        expected = 2 * np.pi * hop / window_length * k
        for n, (i, _) in enumerate(frames[:-1]):
            rest = np.angle(spectra[i + 1, k]) - np.angle(spectra[i, k]) - expected
            rest = (rest + np.pi) % (2 * np.pi) - np.pi  # the nearest to 0
            phases[n + 1, k] = phases[n, k] + expected + rest
        loudest = int(np.argmax([size.sum() for _, size in frames]))
        start = np.angle(spectra[frames[loudest][0], k]) - phases[loudest, k]
        phases[:, k] += start
    sizes = np.array([size for _, size in frames])
    length = max(round(len(signal) / rate), 1)
    return overlap_add(sizes * np.exp(1j * phases), window_length, length)


@pytest.mark.parametrize("rate", [0.4, 0.75, 1.0, 1.5, 3.0])
@pytest.mark.parametrize(("length", "window_length"), [(1, 4), (37, 8), (200, 32)])
def test_a_stretched_signal_is_that_of_the_loops(rate, length, window_length):
    signal = np.random.default_rng(0).standard_normal(length)
    ours = stretch(signal, rate, window_length)
    np.testing.assert_allclose(
        ours, slow_stretch(signal, rate, window_length), atol=1e-9
    )


def test_loudness_follows_the_recording():
    # the steady growth of a tone, in tenths of the time, but for the two ends
    signal = tone(500.0) * np.linspace(0, 1, RATE // 2)
    loudness = np.split(stretch(signal, 0.5, 256), 10)[1:9]
    expected = np.split(np.repeat(signal, 2), 10)[1:9]
    ratios = [a.std() / b.std() for a, b in zip(loudness, expected, strict=True)]
    assert 0.9 < min(ratios) < max(ratios) < 1.02


@pytest.mark.parametrize(("length", "other"), [(100, 150), (100, 60), (99, 200)])
def test_resampling_keeps_what_both_can_hold(length, other):
    def wave(samples):
        turns = np.arange(samples) / samples
        return 1 + np.sin(2 * np.pi * 3 * turns) + np.cos(2 * np.pi * 20 * turns)

    np.testing.assert_allclose(resample(wave(length), other), wave(other), atol=1e-12)


def test_what_a_shorter_signal_cannot_hold_is_cut_off():
    high = np.cos(2 * np.pi * 40 * np.arange(100) / 100)
    np.testing.assert_allclose(resample(high, 60), 0, atol=1e-12)


# --- gain, noise, shift ---------------------------------------------------------------


@pytest.mark.parametrize(("db", "factor"), [(20, 10.0), (-20, 0.1), (0, 1.0)])
def test_20_decibels_are_a_factor_of_10(db, factor):
    np.testing.assert_allclose(Gain(db)(tone(100.0), 0), factor * tone(100.0))


def test_the_gain_is_uniform_in_decibels():
    gain, rng = Gain((-10, 30)), np.random.default_rng(0)
    db = 20 * np.log10([gain(np.ones(1), rng).item() for _ in range(2000)])
    assert -10 <= db.min() < -9.8 < 29.8 < db.max() <= 30
    assert abs(db.mean() - 10) < 4 * 40 / math.sqrt(12 * 2000)


@pytest.mark.parametrize("snr_db", [-3.0, 0.0, 20.0])
def test_the_ratio_of_signal_to_noise_is_exact(snr_db):
    signal = tone(300.0)
    noise = AddNoise(snr_db)(signal, 0) - signal
    ratio = 10 * math.log10(np.sum(signal**2) / np.sum(noise**2))
    assert abs(ratio - snr_db) < 1e-9
    white = np.corrcoef(noise[1:], noise[:-1])[0, 1]
    assert abs(white) < 4 / math.sqrt(len(noise))
    assert abs(noise.mean() / noise.std()) < 4 / math.sqrt(len(noise))


def test_the_noise_is_the_generators():
    signal, drawn = tone(300.0, 0.05), np.random.default_rng(3)
    drawn.uniform()  # the ratio
    noise = drawn.standard_normal(len(signal))
    added = AddNoise(6.0)(signal, 3) - signal
    np.testing.assert_allclose(added / noise, added[0] / noise[0], rtol=1e-6)
    assert added[0] / noise[0] > 0


def test_the_ratio_is_drawn_and_silence_stays_silent():
    signal, rng = tone(300.0, 0.05), np.random.default_rng(0)
    add = AddNoise((5, 25))
    noises = [add(signal, rng) - signal for _ in range(500)]
    ratios = [10 * math.log10(np.sum(signal**2) / np.sum(n**2)) for n in noises]
    assert min(ratios) + 1e-9 >= 5
    assert max(ratios) <= 25 + 1e-9
    assert abs(np.mean(ratios) - 15) < 4 * 20 / math.sqrt(12 * 500)
    assert not AddNoise(0)(np.zeros(10), 0).any()


def test_every_shift_comes_and_silence_with_it():
    signal, rng = np.arange(1.0, 6.0), np.random.default_rng(0)
    shift = TimeShift(2 / 8, sampling_rate=8)
    results = {tuple(shift(signal, rng).tolist()) for _ in range(200)}
    assert results == {
        (3, 4, 5, 0, 0),
        (2, 3, 4, 5, 0),
        (1, 2, 3, 4, 5),
        (0, 1, 2, 3, 4),
        (0, 0, 1, 2, 3),
    }
    wrap = TimeShift(2 / 8, sampling_rate=8, wrap=True)
    results = {tuple(wrap(signal, rng).tolist()) for _ in range(200)}
    assert results == {tuple(np.roll(signal, k).tolist()) for k in range(-2, 3)}


def test_a_shift_by_more_than_all_leaves_silence():
    signal, rng = np.ones(3), np.random.default_rng(0)
    sums = {TimeShift(10.0, 1)(signal, rng).sum() for _ in range(200)}
    assert sums == {0, 1, 2, 3}
    np.testing.assert_array_equal(TimeShift(0, 8000)(signal, 0), signal)
