"""Silero VAD: spans and shares of speech."""

import numpy as np
import pytest

from echoic.clip import SAMPLE_RATE_HZ, Samples
from echoic.models import vad

WINDOW_S = vad.WINDOW_SAMPLES / SAMPLE_RATE_HZ


def windows(*runs: tuple[float, int]) -> np.ndarray:
    """Probabilities: (value, how many windows) after one another."""
    return np.repeat(
        np.asarray([value for value, _ in runs], np.float32), [count for _, count in runs]
    )


def vowels(seconds: float, f0_hz: float = 120.0) -> Samples:
    """A buzzing voice: glottal pulses through three formants that change four times a second."""
    rng = np.random.default_rng(0)
    formants = [(700, 1200, 2600), (300, 2300, 3000), (500, 900, 2400), (600, 1800, 2500)]
    frames = int(seconds * SAMPLE_RATE_HZ)
    time_s = np.arange(frames) / SAMPLE_RATE_HZ
    pitch_hz = f0_hz * (1 + 0.1 * np.sin(2 * np.pi * 1.3 * time_s))
    phase = 2 * np.pi * np.cumsum(pitch_hz) / SAMPLE_RATE_HZ
    out = np.zeros(frames)
    for harmonic in range(1, 40):
        for turn in range(4):
            chosen = (time_s * 4).astype(int) % 4 == turn
            gain = sum(
                np.exp(-(((harmonic * f0_hz - centre) / 120) ** 2)) / (1 + i)
                for i, centre in enumerate(formants[turn])
            )
            out[chosen] += (gain + 0.02) * np.sin(harmonic * phase[chosen]) / harmonic**0.3
    out *= 0.6 + 0.4 * np.sin(2 * np.pi * 4 * time_s - np.pi / 2)
    out += 0.001 * rng.standard_normal(frames)
    return (0.3 * out / np.abs(out).max()).astype(np.float32)


def test_a_span_opens_at_the_high_and_closes_at_the_low_threshold() -> None:
    # 0.4 does not open a span, but keeps one open; 0.3 closes it.
    assert vad.spans_of(windows((0.4, 20), (0.6, 10), (0.4, 10), (0.3, 20))) == [(20, 40)]


def test_a_short_gap_is_closed_and_a_long_one_is_not() -> None:
    # 0.1 s is 3.125 windows: 3 windows of silence are bridged, 4 are not.
    assert vad.spans_of(windows((0.9, 10), (0.0, 3), (0.9, 10))) == [(0, 23)]
    assert vad.spans_of(windows((0.9, 10), (0.0, 4), (0.9, 10))) == [(0, 10), (14, 24)]


def test_a_blip_shorter_than_a_quarter_of_a_second_is_no_speech() -> None:
    # 0.25 s is 7.8 windows.
    assert vad.spans_of(windows((0.0, 5), (0.9, 7), (0.0, 5))) == []
    assert vad.spans_of(windows((0.0, 5), (0.9, 8), (0.0, 5))) == [(5, 13)]


def test_no_window_has_no_span() -> None:
    assert vad.spans_of(np.zeros(0, np.float32)) == []


@pytest.mark.models
def test_every_window_of_a_clip_gets_a_probability() -> None:
    for frames, expected in [(0, 0), (1, 1), (512, 1), (513, 2), (16_000, 32)]:
        found = vad.speech_probabilities(np.zeros(frames, np.float32))
        assert found.shape == (expected,)
        assert ((found >= 0) & (found <= 1)).all()


@pytest.mark.models
def test_cutting_the_call_in_two_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    voice = vowels(1.0)
    whole = vad.speech_probabilities(voice)
    monkeypatch.setattr(vad, "CALL_WINDOWS", 7)
    np.testing.assert_allclose(vad.speech_probabilities(voice), whole, atol=1e-5)


@pytest.mark.models
def test_silence_noise_and_tones_are_not_speech() -> None:
    rng = np.random.default_rng(1)
    time_s = np.arange(3 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    noise = (0.1 * rng.standard_normal(len(time_s))).astype(np.float32)
    tone = (0.5 * np.sin(2 * np.pi * 300 * time_s)).astype(np.float32)
    for samples in (np.zeros(48_000, np.float32), noise, tone, np.zeros(0, np.float32)):
        assert vad.speech_spans(samples) == []
        assert vad.speech_ratio(samples) == 0.0


@pytest.mark.models
def test_a_voice_between_silences_is_found_where_it_stands() -> None:
    quiet = np.zeros(SAMPLE_RATE_HZ, np.float32)
    samples = np.concatenate([quiet, vowels(2.0), quiet])
    spans = vad.speech_spans(samples)
    assert spans, "no speech found"
    assert spans[0][0] == pytest.approx(1.0, abs=0.25)
    assert spans[-1][1] == pytest.approx(3.0, abs=0.25)
    assert vad.speech_ratio(samples) == pytest.approx(0.5, abs=0.12)
